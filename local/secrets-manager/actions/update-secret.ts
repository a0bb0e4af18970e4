import * as v from 'valibot';
import { invalidRequest } from '../errors.ts';
import { action, SecretId, versionIdOf } from './action.ts';
import { storeValue } from './put-secret-value.ts';

const input = v.object({
  SecretId,
  ClientRequestToken: v.optional(v.string()),
  Description: v.optional(v.pipe(v.string(), v.maxLength(2048))),
  KmsKeyId: v.optional(v.pipe(v.string(), v.maxLength(2048))),
  SecretString: v.optional(v.string()),
  SecretBinary: v.optional(v.string()),
});

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html: with a value, as PutSecretValue
// without stages; AWSCURRENT moves to the new version.
export const updateSecret = action(input, (service, request) => {
  const secret = service.model.writable(request.SecretId);
  const hasValue = request.SecretString !== undefined || request.SecretBinary !== undefined;
  const made = hasValue
    ? {
        VersionId: storeValue(
          service,
          secret,
          versionIdOf(request.ClientRequestToken, invalidRequest),
          request,
        ),
      }
    : {};
  if (request.Description !== undefined) secret.description = request.Description;
  if (request.KmsKeyId !== undefined) secret.kmsKeyId = request.KmsKeyId;
  service.model.changed(secret);
  return { ARN: secret.arn, Name: secret.name, ...made };
});
