/** The bundled audit function between a bus and a topic, as it is deployed: DynamoDB is dynalite, SNS is fauxqs. */
import { resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { BusEvent } from '../event-bus.ts';
import { type FunctionOptions, type LambdaFunction, startFunction } from '../lambda/function.ts';
import { createTable, startDynamoDb } from './dynamodb.ts';
import { startMessages } from './messages.ts';

const ENTRY = resolve(import.meta.dirname, '../../dist/audit/index.mjs');
const BATCH = 100;

/** The parts of an alert that are looked at here; all of it is in docs/alert.schema.json. */
export interface ReceivedAlert {
  readonly severity: string;
  readonly title: string;
  readonly findings: readonly { readonly detector: string; readonly because: readonly string[] }[];
  readonly secrets: { readonly total: number };
  readonly runbook: readonly string[];
  readonly principal: { readonly key: string };
}

export interface AuditPipeline extends AsyncDisposable {
  /** Has the events judged. @returns the alerts that came of it. @throws Error when the function failed. */
  judge(events: readonly BusEvent[]): Promise<readonly ReceivedAlert[]>;
}

/**
 * @param settings environment variables of the function, besides those of its own parts
 * @param start runs the bundled function; in threads of this process without it
 */
export async function startAuditPipeline(
  region: string,
  settings: Readonly<Record<string, string>> = {},
  start: (options: FunctionOptions) => LambdaFunction = startFunction,
): Promise<AuditPipeline> {
  await using stack = new AsyncDisposableStack();
  const dynamo = stack.use(await startDynamoDb());
  const messages = stack.use(await startMessages(region));
  const topic = await messages.topic('alerts');
  await withClient(dynamo.endpoint, region, (client) => createTable(client, 'audit'));
  const audit = stack.use(
    start({
      entry: ENTRY,
      name: 'audit',
      env: {
        AWS_REGION: region,
        ...{ AWS_ACCESS_KEY_ID: 'audit', AWS_SECRET_ACCESS_KEY: 'rehearsal' },
        AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
        AWS_ENDPOINT_URL_SNS: messages.endpoint,
        ...{ KEYTURN_TABLE: 'audit', KEYTURN_TOPIC: topic.arn },
        ...settings,
      },
    }),
  );
  const parts = stack.move();
  return {
    async judge(events) {
      for (let at = 0; at < events.length; at += BATCH) {
        const result = await audit.invoke(sqsBatch(events.slice(at, at + BATCH)));
        const { batchItemFailures: [failure] = [] } = ((result.ok && result.value) || {}) as {
          batchItemFailures?: unknown[];
        };
        if (!result.ok || failure !== undefined)
          throw new Error(`The audit function failed: ${audit.output()}`);
      }
      return (await topic.take()).map(({ Message }) => JSON.parse(Message) as ReceivedAlert);
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

const sqsBatch = (events: readonly BusEvent[]) => ({
  Records: events.map((event) => ({
    eventSource: 'aws:sqs',
    messageId: event.id,
    body: JSON.stringify(event),
  })),
});

async function withClient(
  endpoint: string,
  region: string,
  run: (client: DynamoDBClient) => Promise<void>,
): Promise<void> {
  const credentials = { accessKeyId: 'audit', secretAccessKey: 'rehearsal' };
  const client = new DynamoDBClient({ endpoint, region, credentials });
  await run(client).finally(() => client.destroy());
}
