/** Who acted: CloudTrail's userIdentity, whose shape depends on its type, as one shape. */
import type { Logged, Principal } from './event.ts';
import { objectIn, textIn } from './logged.ts';

/** Roles and users that were read lately: nearly all events are of a few of them. */
const known = new Map<string, Principal>();
const MOST_KNOWN = 10_000;

/** @returns the same object for the same principal, while it is seen: what is known can go by it. */
export function principalOf(identity: Logged | undefined): Principal {
  const type = identity?.['type'];
  if (type !== 'AssumedRole' && type !== 'IAMUser') return readPrincipal(identity);
  const { arn, accountId, accessKeyId, invokedBy, principalId } = identity ?? {};
  const name = `${type} ${arn} ${accountId} ${accessKeyId} ${invokedBy} ${principalId} ${issuerOf(identity)}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  if (known.size >= MOST_KNOWN) known.clear();
  const read = readPrincipal(identity);
  known.set(name, read);
  return read;
}

function readPrincipal(identity: Logged | undefined): Principal {
  const arn = textIn(identity, 'arn');
  return {
    ...actorOf(identity, arn),
    arn,
    accountId: textIn(identity, 'accountId'),
    accessKeyId: textIn(identity, 'accessKeyId'),
    invokedBy: textIn(identity, 'invokedBy'),
  };
}

const issuerOf = (identity: Logged | undefined): string | undefined =>
  textIn(objectIn(objectIn(identity, 'sessionContext'), 'sessionIssuer'), 'arn');

type Actor = Pick<Principal, 'key' | 'type' | 'session'>;

function actorOf(identity: Logged | undefined, arn: string | undefined): Actor {
  const accountId = textIn(identity, 'accountId') ?? '';
  const id = textIn(identity, 'principalId') ?? textIn(identity, 'userName') ?? 'unknown';
  switch (textIn(identity, 'type')) {
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
        key: textIn(objectIn(identity, 'onBehalfOf'), 'userId') ?? id,
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
  const service = textIn(identity, 'invokedBy');
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
