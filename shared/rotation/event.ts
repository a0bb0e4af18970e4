/** The event that Secrets Manager invokes a rotation function with. */
import * as v from 'valibot';
import { KeyturnError } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { Redacted } from '../core/redacted.ts';

export const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
export type Step = (typeof STEPS)[number];

export interface RotationEvent {
  readonly step: Step;
  /** ARN of the secret. */
  readonly secretId: string;
  /** The event's ClientRequestToken, which is the id of the version being made. */
  readonly versionId: string;
  /** Proves to Secrets Manager, across accounts and assumed roles, that the rotation function is the caller. */
  readonly rotationToken: Redacted | undefined;
}

const text = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.check(
      (value) => value.length >= least && value.length <= most,
      `must have ${least} to ${most} characters`,
    ),
  );

/** @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html */
const schema = v.object({
  Step: v.picklist(STEPS),
  SecretId: text(1, 2048),
  ClientRequestToken: text(32, 64),
  RotationToken: v.optional(text(1, 4096)),
});

/** @throws KeyturnError INVALID_EVENT, naming the field. */
export function parseEvent(input: unknown): RotationEvent {
  const parsed = parse(schema, input);
  if (!parsed.ok) {
    const [{ field, what }] = parsed.problems;
    throw new KeyturnError('INVALID_EVENT', `${field === '' ? 'The event' : `"${field}"`} ${what}.`, {
      field,
    });
  }
  const { Step, SecretId, ClientRequestToken, RotationToken } = parsed.value;
  return {
    step: Step,
    secretId: SecretId,
    versionId: ClientRequestToken,
    rotationToken: RotationToken === undefined ? undefined : new Redacted(RotationToken),
  };
}
