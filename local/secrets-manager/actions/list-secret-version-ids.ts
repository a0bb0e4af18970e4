import * as v from 'valibot';
import { stagesOf } from '../labels.ts';
import { pageOf } from '../paging.ts';
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
  const page = pageOf(entries, request);
  return { ARN: secret.arn, Name: secret.name, Versions: page.entries, ...page.next };
});

const entryOf = (secret: Secret, { id, createdAt, accessedAt }: Version) => ({
  VersionId: id,
  VersionStages: stagesOf(secret, id),
  CreatedDate: seconds(createdAt),
  ...(accessedAt !== undefined && { LastAccessedDate: seconds(accessedAt) }),
  KmsKeyIds: [secret.kmsKeyId ?? 'DefaultEncryptionKey'],
});
