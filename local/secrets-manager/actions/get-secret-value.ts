import * as v from 'valibot';
import { invalidRequest, valueNotFound } from '../errors.ts';
import { CURRENT, stagesOf } from '../labels.ts';
import type { Model } from '../model.ts';
import type { Secret, Version } from '../secret.ts';
import { action, SecretId, seconds, VersionId, VersionStage } from './action.ts';

const input = v.object({
  SecretId,
  VersionId: v.optional(VersionId),
  VersionStage: v.optional(VersionStage),
});

const DAY = 86_400_000;

export const getSecretValue = action(input, ({ model }, request) => readValueOf(model, request));

/** @throws ServiceError */
export function readValueOf(model: Model, request: v.InferOutput<typeof input>): object {
  const live = model.live(request.SecretId);
  const secret = model.seen(live);
  const { value, ...version } = find(secret, request.VersionId, request.VersionStage);
  touch(model, live, version.id);
  return {
    ...{ ARN: secret.arn, Name: secret.name, VersionId: version.id },
    VersionStages: stagesOf(secret, version.id),
    CreatedDate: seconds(version.createdAt),
    [value.field]: value.content.reveal(),
  };
}

type Valued = Version & { readonly value: NonNullable<Version['value']> };

// An empty version is not found whichever way it is asked for.
function find(secret: Secret, id: string | undefined, stage: string | undefined): Valued {
  const holder = secret.labels.get(stage ?? CURRENT);
  const version = secret.versions.get(id ?? holder ?? '');
  if (!hasValue(version))
    throw id === undefined || version !== undefined
      ? valueNotFound('staging label', stage ?? CURRENT)
      : valueNotFound('VersionId', id);
  if (id !== undefined && stage !== undefined && holder !== id)
    throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
  return version;
}

const hasValue = (version: Version | undefined): version is Valued => version?.value !== undefined;

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretVersionsListEntry.html: by the day.
function touch(model: Model, secret: Secret, versionId: string): void {
  const today = Math.floor(model.now() / DAY) * DAY;
  secret.accessedAt = today;
  const version = secret.versions.get(versionId);
  if (version !== undefined) secret.versions.set(versionId, { ...version, accessedAt: today });
}
