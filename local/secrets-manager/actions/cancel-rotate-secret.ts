import * as v from 'valibot';
import { invalidRequest } from '../errors.ts';
import { incompleteVersion } from '../labels.ts';
import { action, SecretId } from './action.ts';

// AWSPENDING stays where it is and blocks the next rotation until it is removed.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html
export const cancelRotateSecret = action(v.object({ SecretId }), ({ model, rotations }, request) => {
  const secret = model.writable(request.SecretId);
  if (secret.rotation === undefined)
    throw invalidRequest('No Lambda rotation function ARN is associated with this secret.');
  secret.rotation = { ...secret.rotation, enabled: false };
  rotations.end(secret, 'cancelled');
  model.changed(secret);
  return { ARN: secret.arn, Name: secret.name, VersionId: incompleteVersion(secret) };
});
