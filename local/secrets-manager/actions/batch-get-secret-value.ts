import * as v from 'valibot';
import { invalidParameter, ServiceError } from '../errors.ts';
import { pageOf } from '../paging.ts';
import { action, SecretId, type Service } from './action.ts';
import { readValueOf } from './get-secret-value.ts';
import { Filters, matching } from './list-secrets.ts';

const input = v.object({
  SecretIdList: v.optional(v.pipe(v.array(SecretId), v.minLength(1), v.maxLength(20))),
  Filters: v.optional(Filters),
  MaxResults: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20))),
  NextToken: v.optional(v.string()),
});

/** The documented maximum, for want of a documented default. */
const MOST = 20;

export const batchGetSecretValue = action(input, (service, request) => {
  const { SecretIdList, Filters: filters, MaxResults, NextToken } = request;
  if ((SecretIdList === undefined) === (filters === undefined))
    throw invalidParameter('You must specify either SecretIdList or Filters, but not both.');
  if (SecretIdList !== undefined && MaxResults !== undefined)
    throw invalidParameter("You can't use MaxResults with SecretIdList; it is for Filters.");
  const found = SecretIdList ?? matching(service, filters ?? []).map(({ arn }) => arn);
  const { entries, next } = pageOf(found, { MaxResults: MaxResults ?? MOST, NextToken });
  const answers = entries.map((id) => answerFor(service, id));
  return {
    SecretValues: answers.flatMap(({ value }) => value ?? []),
    Errors: answers.flatMap(({ error }) => error ?? []),
    ...next,
  };
});

interface Answer {
  readonly value?: object;
  readonly error?: { readonly SecretId: string; readonly ErrorCode: string; readonly Message: string };
}

/** What fails for one secret is an entry of its own, and the call succeeds. */
function answerFor({ model, refusedReads }: Service, id: string): Answer {
  try {
    const refusal = refusedReads?.get(model.get(id).arn);
    if (refusal !== undefined) throw refusal;
    return { value: readValueOf(model, { SecretId: id }) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { error: { SecretId: id, ErrorCode: error.name, Message: error.message } };
  }
}
