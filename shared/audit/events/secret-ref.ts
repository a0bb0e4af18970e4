/** Which secret is meant, however it was named. */
import { kept } from '../../core/kept.ts';
import type { SecretRef } from './event.ts';

/**
 * @param id an ARN, an ARN without its random suffix, or a name.
 * @param accountId and @param region of the event: where a name counts.
 *
 * An ARN's last hyphen and six letters are taken for the random suffix. So a partial ARN of a secret whose own name
 * ends so is taken for another secret; Secrets Manager itself advises against such names
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen).
 */
export function secretRef(id: string, accountId: string, region: string): SecretRef {
  return id.startsWith('arn:') ? ofArn(id) : ofKey(`${accountId}/${region}/${id}`);
}

/** The same few secrets are read again and again. */
const MOST_KEPT = 10_000;

const ofKey = kept(MOST_KEPT, (key): SecretRef => {
  const name = key.slice(key.indexOf('/', key.indexOf('/') + 1) + 1);
  return { key, name, arn: undefined };
});

const ofArn = kept(MOST_KEPT, (id): SecretRef => {
  const [, , , itsRegion = '', itsAccount = ''] = id.split(':', 5);
  const last = id.indexOf(':secret:');
  const rest = last === -1 ? id : id.slice(last + ':secret:'.length);
  const name = withoutSuffix(rest);
  return {
    key: `${itsAccount}/${itsRegion}/${name}`,
    name,
    arn: name.length < rest.length ? id : undefined,
  };
});

function withoutSuffix(name: string): string {
  const hyphen = name.length - 7;
  if (hyphen <= 0 || name[hyphen] !== '-') return name;
  for (let at = hyphen + 1; at < name.length; at++) if (!isAlphanumeric(name.charCodeAt(at))) return name;
  return name.slice(0, hyphen);
}

const isAlphanumeric = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
