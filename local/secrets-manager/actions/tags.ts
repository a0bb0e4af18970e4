import * as v from 'valibot';
import { action, SecretId, Tags } from './action.ts';

export const tagResource = action(v.object({ SecretId, Tags }), ({ model }, request) => {
  const secret = model.live(request.SecretId);
  for (const { Key, Value } of request.Tags) secret.tags.set(Key, Value);
  model.changed(secret);
  return {};
});

const untagInput = v.object({ SecretId, TagKeys: v.array(v.string()) });

export const untagResource = action(untagInput, ({ model }, request) => {
  const secret = model.live(request.SecretId);
  for (const key of request.TagKeys) secret.tags.delete(key);
  model.changed(secret);
  return {};
});
