import * as v from 'valibot';
import { ServiceError } from '../errors.ts';
import { stagesOf } from '../labels.ts';
import type { Secret, Version } from '../secret.ts';
import { action, SecretId, seconds } from './action.ts';

const input = v.object({
  SecretId,
  IncludeDeprecated: v.optional(v.boolean(), false),
  MaxResults: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)), 100),
  NextToken: v.optional(v.string()),
});

export const listSecretVersionIds = action(input, ({ model }, request) => {
  const secret = model.seen(model.live(request.SecretId));
  const entries = [...secret.versions.values()]
    .map((version) => entryOf(secret, version))
    .filter(({ VersionStages }) => request.IncludeDeprecated || VersionStages.length > 0);
  const start = startOf(request.NextToken);
  const end = start + request.MaxResults;
  return {
    ...{ ARN: secret.arn, Name: secret.name, Versions: entries.slice(start, end) },
    ...(end < entries.length && { NextToken: tokenFor(end) }),
  };
});

const entryOf = (secret: Secret, { id, createdAt, accessedAt }: Version) => ({
  VersionId: id,
  VersionStages: stagesOf(secret, id),
  CreatedDate: seconds(createdAt),
  ...(accessedAt !== undefined && { LastAccessedDate: seconds(accessedAt) }),
  KmsKeyIds: [secret.kmsKeyId ?? 'DefaultEncryptionKey'],
});

const tokenFor = (start: number): string => Buffer.from(`start:${start}`).toString('base64url');

function startOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const [, start] = /^start:(\d+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (start === undefined) throw new ServiceError('InvalidNextTokenException', 'The NextToken is not valid.');
  return Number(start);
}
