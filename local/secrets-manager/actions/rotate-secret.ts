import * as v from 'valibot';
import { invalidParameter, invalidRequest, resourceExists, ServiceError } from '../errors.ts';
import { checkRoomForLabels, incompleteVersion, PENDING } from '../labels.ts';
import { checkRules } from '../schedule.ts';
import type { RotationSettings, Secret } from '../secret.ts';
import { action, SecretId, type Service, versionIdOf } from './action.ts';

const input = v.object({
  SecretId,
  ClientRequestToken: v.optional(v.string()),
  RotationLambdaARN: v.optional(v.string()),
  RotationRules: v.optional(
    v.object({
      AutomaticallyAfterDays: v.optional(v.number()),
      Duration: v.optional(v.string()),
      ScheduleExpression: v.optional(v.string()),
    }),
  ),
  RotateImmediately: v.optional(v.boolean(), true),
});
type Input = v.InferOutput<typeof input>;

export const rotateSecret = action(input, (service, request) => {
  const { model, rotations } = service;
  const secret = model.writable(request.SecretId);
  const versionId = versionIdOf(request.ClientRequestToken, invalidParameter);
  const settings = settingsOf(service, secret, request);
  const reply = { ARN: secret.arn, Name: secret.name, VersionId: versionId };
  // Not documented: a repeated call, such as an SDK's retry, is taken for the one before.
  if (rotations.isRunning(secret, versionId)) return reply;
  refuseWhileIncomplete(service, secret);
  checkNewVersion(secret, versionId);
  secret.rotation = settings;
  if (request.RotateImmediately) rotations.start(secret, versionId);
  else rotations.startTest(secret, versionId);
  model.changed(secret);
  return reply;
});

/** What is not given stays as it was. */
function settingsOf({ rotations }: Service, secret: Secret, request: Input): RotationSettings {
  const functionArn = request.RotationLambdaARN ?? secret.rotation?.functionArn;
  if (functionArn === undefined)
    throw invalidRequest('No Lambda rotation function ARN is associated with this secret.');
  if (request.RotationRules !== undefined) checkRules(request.RotationRules);
  if (!rotations.canInvoke(functionArn)) throw cannotInvoke();
  const rules = request.RotationRules ?? secret.rotation?.rules;
  return { enabled: true, functionArn, rules, rotatedAt: secret.rotation?.rotatedAt };
}

const cannotInvoke = () =>
  new ServiceError(
    'AccessDeniedException',
    'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
  );

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html: AWSPENDING on another
// version than AWSCURRENT means that a rotation is still in progress. The call changes no configuration then.
function refuseWhileIncomplete({ rotations }: Service, secret: Secret): void {
  const pending = incompleteVersion(secret);
  if (pending === undefined) return;
  if (secret.rotation !== undefined) rotations.reattempt(secret, pending);
  throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");
}

function checkNewVersion(secret: Secret, versionId: string): void {
  if (secret.versions.has(versionId))
    throw resourceExists(`A version with the ClientRequestToken ${versionId} already exists.`);
  checkRoomForLabels(secret, [PENDING]);
}
