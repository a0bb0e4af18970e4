/** What an API action is: a schema for its input, and what it does. */
import * as v from 'valibot';
import { parse } from '../../../shared/core/parse.ts';
import { invalidParameter, type ServiceError, validationError } from '../errors.ts';
import type { Model } from '../model.ts';
import type { Replication } from '../replication.ts';
import type { Rotations } from '../rotations.ts';

export interface Service {
  readonly model: Model;
  readonly rotations: Rotations;
  readonly replication: Replication;
  /** Why the caller may not read which secrets, by ARN; for a batch, which leaves them out. */
  readonly refusedReads?: ReadonlyMap<string, ServiceError>;
}

/** @returns the output as JSON; times are epoch seconds. @throws ServiceError */
export type Action = (service: Service, input: unknown) => object;

export function action<T>(
  schema: v.GenericSchema<unknown, T>,
  run: (service: Service, input: T) => object,
): Action {
  return (service, input) => run(service, parsed(schema, input));
}

/** The limits are in every action's API reference page. */
export const SecretId = v.pipe(v.string(), v.minLength(1), v.maxLength(2048));
export const VersionId = v.pipe(v.string(), v.minLength(32), v.maxLength(64));
export const VersionStage = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
export const Tags = v.array(v.object({ Key: v.string(), Value: v.optional(v.string(), '') }));

/**
 * The id of the version to be made. SDKs fill it in; who calls without one must.
 * @param absent makes the error for a missing token, which is not the same in every action.
 */
export function versionIdOf(token: string | undefined, absent: (message: string) => Error): string {
  if (token === undefined)
    throw absent('You must provide a ClientRequestToken value. We recommend a UUID-type value.');
  if (token.length < 32 || token.length > 64)
    throw invalidParameter('ClientRequestToken must be 32-64 characters long.');
  return token;
}

export const seconds = (ms: number): number => ms / 1000;

function parsed<T>(schema: v.GenericSchema<unknown, T>, input: unknown): T {
  const result = parse(schema, input);
  if (result.ok) return result.value;
  const [{ field, what }] = result.problems;
  throw validationError(
    `1 validation error detected: Value at '${field}' failed to satisfy constraint: ${what}`,
  );
}
