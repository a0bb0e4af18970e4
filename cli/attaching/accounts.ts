/** Two secrets that rotate one user would lock each other out, so each says in a tag whose passwords it changes. */
import {
  paginateListSecrets,
  type SecretListEntry,
  type SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { shareUser } from '../../shared/rotation/check/account.ts';
import type { CheckReport } from '../../shared/rotation/check/report.ts';
import { asked } from './mistake.ts';

const ACCOUNT_TAG = 'keyturn:account';

const accountIn = ({ Tags = [] }: Pick<SecretListEntry, 'Tags'>): string | undefined =>
  Tags.find(({ Key }) => Key === ACCOUNT_TAG)?.Value;

/** @returns the names of other secrets that say they rotate a user of this account */
export async function rivalsOf(
  client: SecretsManagerClient,
  secretArn: string,
  account: string,
): Promise<string[]> {
  const Filters = [{ Key: 'tag-key' as const, Values: [ACCOUNT_TAG] }];
  const rivals: string[] = [];
  const pages = paginateListSecrets({ client }, { Filters });
  for await (const { SecretList = [] } of { [Symbol.asyncIterator]: () => pages })
    for (const { ARN, Name = '', ...entry } of SecretList)
      if (ARN !== secretArn && shareUser(accountIn(entry) ?? '', account)) rivals.push(Name);
  return rivals;
}

/** The strategy is for the audit: it tells whether a password that was stolen still works after a rotation. */
export async function tagAccount(
  client: SecretsManagerClient,
  secretArn: string,
  { account, strategy }: Pick<CheckReport, 'account' | 'strategy'>,
): Promise<void> {
  const Tags = [
    { Key: ACCOUNT_TAG, Value: account ?? '' },
    { Key: 'keyturn:strategy', Value: strategy ?? '' },
  ];
  const tag = client.send(new TagResourceCommand({ SecretId: secretArn, Tags }));
  await asked('secretsmanager:TagResource', tag);
}
