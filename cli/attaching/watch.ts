/** A rotation as it goes on: its steps by the function's log, its end by the labels. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CloudWatchLogsClient,
  type FilteredLogEvent,
  type FilterLogEventsCommandInput,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { DescribeSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import { parse } from '../../shared/core/parse.ts';
import { asked } from './mistake.ts';

export interface Watched {
  readonly secrets: SecretsManagerClient;
  readonly logs: CloudWatchLogsClient;
  readonly functionName: string;
  readonly secretArn: string;
  readonly versionId: string;
}

export interface StepSeen {
  readonly step: string;
  readonly ms: number;
  /** Code and message; absent when the step succeeded. */
  readonly error: string | undefined;
}

export type Ending = 'finished' | 'failed' | 'gone' | 'unknown';

const PATIENCE_MS = 10 * 60_000;
const PAUSE_MS = 1_000;
const REMOVAL_MS = 60_000;
/** Lines may arrive later than what they tell of. */
const AFTERMATH_MS = 10_000;

/** What the function logs at the end of each invocation. */
const line = v.object({
  step: v.string(),
  versionId: v.string(),
  outcome: v.string(),
  durationMs: v.optional(v.number(), 0),
  errorMessage: v.optional(v.string()),
});

/**
 * @param wanted how many steps there will be
 * @param seen is called for each, once
 * @returns `failed` after the first step that fails; `gone` when the version has lost AWSPENDING otherwise
 */
export async function watch(
  watched: Watched,
  wanted: number,
  seen: (step: StepSeen) => void,
): Promise<Ending> {
  const steps = stepsOf(watched);
  const until = Date.now() + PATIENCE_MS;
  let told = 0;
  let over: { readonly ending: Ending; readonly at: number } | undefined;
  while (Date.now() < until) {
    const ending = await stateOf(watched);
    for (const step of await steps()) {
      seen(step);
      told += 1;
      if (step.error !== undefined) return 'failed';
    }
    // A version that was just made may not be seen everywhere at once, and then looks gone.
    if (ending !== over?.ending) over = ending === undefined ? undefined : { ending, at: Date.now() };
    if (over !== undefined && (told >= wanted || Date.now() - over.at > AFTERMATH_MS)) return over.ending;
    await sleep(PAUSE_MS);
  }
  return 'unknown';
}

/** Secrets Manager takes AWSPENDING off a version that was only a test; what comes before would be in its way. */
export async function untilRemoved(watched: Watched): Promise<void> {
  const until = Date.now() + REMOVAL_MS;
  while ((await stateOf(watched)) === undefined && Date.now() < until) await sleep(PAUSE_MS);
}

/** @returns undefined while the version is pending */
async function stateOf({ secrets, secretArn, versionId }: Watched): Promise<Ending | undefined> {
  const describe = secrets.send(new DescribeSecretCommand({ SecretId: secretArn }));
  const { VersionIdsToStages = {} } = await asked('secretsmanager:DescribeSecret', describe);
  const stages = VersionIdsToStages[versionId] ?? [];
  if (stages.includes('AWSCURRENT')) return 'finished';
  return stages.includes('AWSPENDING') ? undefined : 'gone';
}

/** @returns what tells the steps that were not told yet; none where the log may not be read */
function stepsOf({ logs, functionName, versionId }: Watched): () => Promise<StepSeen[]> {
  const startTime = Date.now() - 60_000;
  const told = new Set<string>();
  return async () => {
    const filter = {
      logGroupName: `/aws/lambda/${functionName}`,
      filterPattern: `{ $.versionId = "${versionId}" && $.message = "invocation" }`,
      startTime,
    };
    const events = await allEvents(logs, filter).catch(() => []);
    const fresh = events.filter(({ eventId = '' }) => !told.has(eventId));
    for (const { eventId = '' } of fresh) told.add(eventId);
    return fresh.flatMap(({ message = '' }) => stepIn(message, versionId));
  };
}

/** A page may be empty, and more may follow. */
async function allEvents(
  client: CloudWatchLogsClient,
  filter: FilterLogEventsCommandInput,
): Promise<FilteredLogEvent[]> {
  const found: FilteredLogEvent[] = [];
  for await (const { events = [] } of paginateFilterLogEvents({ client }, filter)) found.push(...events);
  return found;
}

function stepIn(message: string, versionId: string): StepSeen[] {
  const found = parse(v.pipe(v.string(), v.parseJson(), line), message);
  if (!found.ok || found.value.versionId !== versionId) return [];
  const { step, durationMs, outcome, errorMessage } = found.value;
  const error = outcome === 'failed' ? (errorMessage ?? 'no reason was logged') : undefined;
  return [{ step, ms: durationMs, error }];
}
