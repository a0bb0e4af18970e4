/** Where the ports of the audit meet their adapters. */
import { Audit } from '../audit/audit.ts';
import type { Deployment } from '../audit/deployment.ts';
import { DETECTORS } from '../audit/detectors/index.ts';
import type { Publisher } from '../audit/incidents/publisher.ts';
import { parseSuppressions } from '../audit/incidents/suppressions.ts';
import type { Memory } from '../audit/memory/memory.ts';
import { dynamodbMemory } from '../aws/dynamodb-memory.ts';
import { snsPublisher } from '../aws/sns-publisher.ts';
import type { Env } from '../core/env.ts';
import { KeyturnError } from '../core/errors.ts';

export interface AuditParts {
  readonly audit: Audit;
  readonly memory: Memory;
  readonly publisher: Publisher;
  readonly deployment: Deployment;
}

/** @throws KeyturnError CONFIG_INVALID */
export function auditParts(env: Env): AuditParts {
  const memory = dynamodbMemory(required(env, 'KEYTURN_TABLE'));
  const publisher = snsPublisher({ alerts: required(env, 'KEYTURN_TOPIC'), chat: env.KEYTURN_CHAT_TOPIC });
  const deployment = deploymentOf(env);
  const suppressions = parseSuppressions(env.KEYTURN_SUPPRESSIONS, Date.now());
  const audit = new Audit({ memory, publisher, detectors: DETECTORS, deployment, suppressions });
  return { audit, memory, publisher, deployment };
}

function required(env: Env, name: 'KEYTURN_TABLE' | 'KEYTURN_TOPIC'): string {
  const value = env[name];
  if (value === undefined) throw new KeyturnError('CONFIG_INVALID', `${name} is missing.`, { field: name });
  return value;
}

const deploymentOf = (env: Env): Deployment => ({
  rotationFunctions: env.KEYTURN_ROTATION_FUNCTIONS,
  rotationRoles: env.KEYTURN_ROTATION_ROLES,
  deployRoles: env.KEYTURN_DEPLOY_ROLES,
  ownRoles: env.KEYTURN_OWN_ROLES,
  breakGlassRoles: env.KEYTURN_BREAK_GLASS_ROLES,
  trustedAccounts: env.KEYTURN_TRUSTED_ACCOUNTS,
  trustedOrganizations: env.KEYTURN_TRUSTED_ORGANIZATIONS,
  honeytokens: env.KEYTURN_HONEYTOKENS,
  machineSecrets: env.KEYTURN_MACHINE_SECRETS,
  canaries: env.KEYTURN_CANARIES,
  networks: env.KEYTURN_NETWORKS,
  pipeline: env.KEYTURN_PIPELINE,
  tags: { honeytoken: 'keyturn:honeytoken', tier: 'keyturn:tier', owner: 'owner' },
});
