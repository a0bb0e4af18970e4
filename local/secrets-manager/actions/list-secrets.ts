import * as v from 'valibot';
import { pageOf } from '../paging.ts';
import type { Secret } from '../secret.ts';
import { action, type Service } from './action.ts';
import { descriptionOf, primaryRegionOf } from './describe-secret.ts';

const KEYS = [
  'description',
  'name',
  'tag-key',
  'tag-value',
  'primary-region',
  'owning-service',
  'all',
] as const;

/** Shared with BatchGetSecretValue. */
export const Filters = v.array(v.object({ Key: v.picklist(KEYS), Values: v.array(v.string()) }));
type Filter = v.InferOutput<typeof Filters>[number];

const input = v.object({
  IncludePlannedDeletion: v.optional(v.boolean(), false),
  MaxResults: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)), 100),
  NextToken: v.optional(v.string()),
  Filters: v.optional(Filters, []),
  SortOrder: v.optional(v.picklist(['asc', 'desc']), 'desc'),
});
export const listSecrets = action(input, (service, request) => {
  const found = matching(service, request.Filters, request.IncludePlannedDeletion);
  const { entries, next } = pageOf(request.SortOrder === 'asc' ? found : found.toReversed(), request);
  return { SecretList: entries.map(entryOf), ...next };
});

/** The oldest first. */
export const matching = ({ model }: Service, filters: readonly Filter[], deleted = false): Secret[] =>
  model
    .all()
    .map((secret) => model.seen(secret))
    .filter(({ deletedAt }) => deleted || deletedAt === undefined)
    .filter((secret) => filters.every((filter) => passes(secret, filter)))
    .toSorted((one, other) => one.createdAt - other.createdAt);

function entryOf(secret: Secret): object {
  const { VersionIdsToStages, ...description } = descriptionOf(secret);
  return { ...description, SecretVersionsToStages: VersionIdsToStages };
}

/** Any of the values is enough; one that begins with `!` excludes. Names are matched from their beginning. */
function passes(secret: Secret, { Key, Values }: Filter): boolean {
  const [excluded, included] = [Values.filter(isNegated), Values.filter((value) => !isNegated(value))];
  const texts = textsOf(secret, Key);
  const holds = (value: string) => texts.some((text) => text.startsWith(value));
  return !excluded.some((value) => holds(value.slice(1))) && (included.length === 0 || included.some(holds));
}

const isNegated = (value: string): boolean => value.startsWith('!');

function textsOf(secret: Secret, key: Filter['Key']): string[] {
  const { name, tags, description, owningService } = secret;
  const texts = {
    name: [name],
    description: [description ?? ''],
    'tag-key': [...tags.keys()],
    'tag-value': [...tags.values()],
    'primary-region': [primaryRegionOf(secret) ?? ''],
    'owning-service': [owningService ?? ''],
  };
  return key === 'all' ? Object.values(texts).flat() : texts[key];
}
