/** Who acted: CloudTrail's userIdentity, whose shape depends on its type, as one shape. */
import type { Logged, Principal } from './event.ts';
import { asObject, asText } from './logged.ts';

/** What one access key was seen as: the session itself, and services that call on its behalf. */
interface Known {
  readonly type: unknown;
  readonly principalId: unknown;
  readonly issuer: string | undefined;
  readonly principal: Principal;
}

/** Nearly all events are of a few sessions, so what was read of one is kept, by its access key. */
const known = new Map<string, readonly Known[]>();
const MOST_KEYS = 10_000;
const MOST_OF_KEY = 4;

export function principalOf(identity: Logged | undefined): Principal {
  const key = asText(identity?.['accessKeyId']);
  if (identity === undefined || key === undefined) return readPrincipal(identity);
  const ofKey = known.get(key) ?? [];
  const issuer = issuerOf(identity);
  for (const one of ofKey) if (isSame(one, identity, issuer)) return one.principal;
  if (known.size >= MOST_KEYS) known.clear();
  const { type, principalId } = identity;
  const principal = readPrincipal(identity);
  known.set(key, [{ type, principalId, issuer, principal }, ...ofKey.slice(0, MOST_OF_KEY - 1)]);
  return principal;
}

/** Compares all that a principal is read from. */
const isSame = (
  { type, principalId, issuer, principal }: Known,
  identity: Logged,
  itsIssuer: string | undefined,
): boolean =>
  principal.arn === identity['arn'] &&
  principal.invokedBy === identity['invokedBy'] &&
  principal.accountId === identity['accountId'] &&
  principalId === identity['principalId'] &&
  type === identity['type'] &&
  issuer === itsIssuer &&
  principal.arn !== undefined &&
  (type === 'AssumedRole' || type === 'IAMUser');

const INSTANCE = /^i-[0-9a-f]{8,17}$/;

/** Whether it is the session of an EC2 instance, which is in one place, wherever else its role is. */
export const isInstance = ({ session }: Principal): boolean => INSTANCE.test(session ?? '');

function readPrincipal(identity: Logged | undefined): Principal {
  const arn = asText(identity?.['arn']);
  return {
    ...actorOf(identity, arn),
    arn,
    accountId: asText(identity?.['accountId']),
    accessKeyId: asText(identity?.['accessKeyId']),
    invokedBy: asText(identity?.['invokedBy']),
  };
}

const issuerOf = (identity: Logged | undefined): string | undefined =>
  asText(asObject(asObject(identity?.['sessionContext'])?.['sessionIssuer'])?.['arn']);

type Actor = Pick<Principal, 'key' | 'type' | 'session'>;

function actorOf(identity: Logged | undefined, arn: string | undefined): Actor {
  const accountId = asText(identity?.['accountId']) ?? '';
  const id = asText(identity?.['principalId']) ?? asText(identity?.['userName']) ?? 'unknown';
  switch (asText(identity?.['type'])) {
    case 'AssumedRole':
      return roleOf(identity, arn ?? id);
    case 'IAMUser':
      return { type: 'user', key: arn ?? `${accountId}:${id}`, session: undefined };
    case 'Root':
      return { type: 'root', key: `${accountId}:root`, session: undefined };
    case 'FederatedUser':
      return { type: 'federated', key: arn ?? id, session: undefined };
    case 'AWSAccount':
      return { type: 'account', key: accountId === '' ? id : accountId, session: undefined };
    case 'IdentityCenterUser':
      return {
        type: 'person',
        key: asText(asObject(identity?.['onBehalfOf'])?.['userId']) ?? id,
        session: undefined,
      };
    case 'SAMLUser':
    case 'WebIdentityUser':
    case 'Directory':
      return { type: 'federated', key: id, session: undefined };
    default:
      return serviceOr(identity, arn ?? id);
  }
}

/** AWSService, or no type at all: so are the events of Secrets Manager itself. */
function serviceOr(identity: Logged | undefined, id: string): Actor {
  const service = asText(identity?.['invokedBy']);
  return service === undefined
    ? { type: 'unknown', key: id, session: undefined }
    : { type: 'service', key: service, session: undefined };
}

/** Roles of IAM Identity Center are shared by people, who are told apart by the session's name. */
function roleOf(identity: Logged | undefined, arn: string): Actor {
  const issuer = issuerOf(identity);
  const slash = arn.lastIndexOf('/');
  const session = slash === -1 ? undefined : arn.slice(slash + 1);
  const role = issuer ?? (slash === -1 ? arn : arn.slice(0, slash));
  const isPerson = role.includes('/AWSReservedSSO_');
  return isPerson
    ? { type: 'person', key: `${role}/${session ?? ''}`, session }
    : { type: 'role', key: role, session };
}
