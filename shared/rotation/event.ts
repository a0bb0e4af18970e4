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
  const { Step, SecretId, ClientRequestToken, RotationToken } = parsed(schema, input);
  return {
    step: Step,
    secretId: SecretId,
    versionId: ClientRequestToken,
    rotationToken: RotationToken === undefined ? undefined : new Redacted(RotationToken),
  };
}

/** Not a step of Secrets Manager's, which never sends it: an operator asks what stands in the way of a rotation. */
export const CHECK = 'keyturn:check';

const checkSchema = v.object({ Step: v.literal(CHECK), SecretId: text(1, 2048) });

export const isCheck = (input: unknown): boolean =>
  typeof input === 'object' && input !== null && 'Step' in input && input.Step === CHECK;

/** @returns the id of the secret to check @throws KeyturnError INVALID_EVENT, naming the field. */
export const parseCheck = (input: unknown): string => parsed(checkSchema, input).SecretId;

function parsed<T>(schema: v.GenericSchema<unknown, T>, input: unknown): T {
  const result = parse(schema, input);
  if (result.ok) return result.value;
  const [{ field, what }] = result.problems;
  throw new KeyturnError('INVALID_EVENT', `${field === '' ? 'The event' : `"${field}"`} ${what}.`, { field });
}
