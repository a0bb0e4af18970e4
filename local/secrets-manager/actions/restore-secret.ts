import * as v from 'valibot';
import { action, SecretId } from './action.ts';

export const restoreSecret = action(v.object({ SecretId }), ({ model }, request) => {
  const secret = model.get(request.SecretId);
  secret.deletedAt = undefined;
  model.changed(secret);
  return { ARN: secret.arn, Name: secret.name };
});
