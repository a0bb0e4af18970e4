import { matchesAny } from '../core/patterns.ts';
import type { AuditEvent, Principal } from './events/event.ts';

/**
 * What a deployment knows of itself, and the events cannot tell. All lists hold patterns in which `*` stands for any
 * text; an empty list matches nothing.
 */
export interface Deployment {
  /** ARNs of rotation functions. */
  readonly rotationFunctions: readonly string[];
  /** ARNs of the roles of rotation functions. */
  readonly rotationRoles: readonly string[];
  /** ARNs of roles that infrastructure-as-code runs as. */
  readonly deployRoles: readonly string[];
  /** ARNs of roles that Keyturn's own audit functions run as. */
  readonly ownRoles: readonly string[];
  /** ARNs of roles kept for emergencies. */
  readonly breakGlassRoles: readonly string[];
  /** Account numbers that may use our secrets. */
  readonly trustedAccounts: readonly string[];
  /** Ids of organizations whose members may use our secrets. When it is empty, any organization that a policy names may. */
  readonly trustedOrganizations: readonly string[];
  /** Names of secrets that nobody has a reason to touch. */
  readonly honeytokens: readonly string[];
  /** Names of secrets that only software reads. */
  readonly machineSecrets: readonly string[];
  /** Names of the secret that the sweep reads to see that events arrive. */
  readonly canaries: readonly string[];
  /** Networks that calls usually come from, as the addresses of CIDR blocks. */
  readonly networks: readonly string[];
  /** ARNs of what the audit itself is made of: rules, queues, topics, tables, functions, trails. */
  readonly pipeline: readonly string[];
  /** The keys of tags that say what a secret is. */
  readonly tags: { readonly honeytoken: string; readonly tier: string; readonly owner: string };
}

export const NO_DEPLOYMENT: Deployment = {
  rotationFunctions: [],
  rotationRoles: [],
  deployRoles: [],
  ownRoles: [],
  breakGlassRoles: [],
  trustedAccounts: [],
  trustedOrganizations: [],
  honeytokens: [],
  machineSecrets: [],
  canaries: [],
  networks: [],
  pipeline: [],
  tags: { honeytoken: 'keyturn:honeytoken', tier: 'keyturn:tier', owner: 'owner' },
};

export const isRotationRole = ({ rotationRoles }: Deployment, { key }: Principal): boolean =>
  matchesAny(rotationRoles, key);

export const isDeployRole = ({ deployRoles }: Deployment, { key }: Principal): boolean =>
  matchesAny(deployRoles, key);

export const isOwnRole = ({ ownRoles }: Deployment, { key }: Principal): boolean => matchesAny(ownRoles, key);

/** Whether an account is neither the event's own nor trusted. */
export const isForeign = ({ trustedAccounts }: Deployment, event: AuditEvent, accountId: string): boolean =>
  accountId !== event.accountId && !trustedAccounts.includes(accountId);
