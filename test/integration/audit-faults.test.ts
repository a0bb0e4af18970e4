/**
 * DynamoDB that throttles, refuses, conflicts, or carries out a call whose answer is lost, and SNS that fails at times,
 * while two functions work on one principal: nothing is lost, and whatever is sent twice has the same id.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTable, startDynamoDb } from '../../local/audit/dynamodb.ts';
import { type Random, randomOf } from '../../local/company/random.ts';
import type { Alert } from '../../shared/audit/alerts/alert.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { dynamodbMemory } from '../../shared/aws/dynamodb-memory.ts';
import { ACCOUNT, record } from '../support/cloudtrail-records.ts';

const disposables = new AsyncDisposableStack();
let random: Random = randomOf(1);
let faults: Record<string, number>;
/** Where DynamoDB itself is. */
let target: URL;

const ERRORS = [
  ['ProvisionedThroughputExceededException', 400],
  ['ThrottlingException', 400],
  ['TransactionConflictException', 400],
  ['InternalServerError', 500],
] as const;

/** Stands before DynamoDB: one call in three goes wrong, in one of five ways. */
async function misbehave(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(incoming);
  const count = (name: string) => {
    faults[name] = (faults[name] ?? 0) + 1;
  };
  if (random.chance(0.27)) {
    const [name, status] = random.pick(ERRORS);
    count(name);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'x' }));
    return;
  }
  const isLost = random.chance(0.06);
  if (isLost) count('answer lost');
  const onward = request(new URL(incoming.url ?? '/', target), {
    method: incoming.method ?? 'POST',
    headers: incoming.headers,
  });
  onward.end(body);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  const answered = await buffer(answer);
  if (isLost) incoming.socket.destroy();
  else {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    response.end(answered);
  }
}

beforeAll(async () => {
  target = new URL(disposables.use(await startDynamoDb()).endpoint);
  const server = createServer((incoming, response) => void misbehave(incoming, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  disposables.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
});
afterAll(() => disposables.disposeAsync());

const reads = (secrets: number, day: string, minute: number): AuditEvent[] =>
  Array.from({ length: secrets }, (_, n) => {
    const event = readEvent(
      record({
        eventID: `${day}-${n}`,
        eventTime: `${day}T09:${String(minute).padStart(2, '0')}:${String(n).padStart(2, '0')}Z`,
        requestParameters: { secretId: `team${n}/database` },
        userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/thief`, accountId: ACCOUNT },
      }),
    );
    if (event === undefined || isUnreadable(event)) throw new Error('not an event');
    return event;
  });

/** A function that takes each message until it succeeds, as a queue has it do. @returns how often it failed. */
async function work(audit: Audit, messages: readonly AuditEvent[], advance: () => void): Promise<number> {
  let failures = 0;
  for (const message of messages)
    for (;;) {
      try {
        await audit.take([message]);
        break;
      } catch {
        failures += 1;
        advance();
        if (failures > 500) throw new Error('It never succeeds.');
      }
    }
  return failures;
}

test.each([1, 2, 3])(
  'nothing is lost, and nothing told twice under two ids (seed %i)',
  async (seed) => {
    random = randomOf(seed);
    faults = {};
    const table = `audit-${seed}`;
    const direct = new DynamoDBClient({ endpoint: target.href, region: 'eu-central-1' });
    await createTable(direct, table);
    direct.destroy();
    let now = Date.parse('2026-11-20T10:00:00Z');
    const sent: Alert[] = [];
    const make = () =>
      new Audit(
        {
          ...{ memory: dynamodbMemory(table), detectors: DETECTORS },
          ...{ deployment: NO_DEPLOYMENT, suppressions: [] },
          publisher: {
            publish: async (alert) => {
              if (random.chance(0.3)) throw new Error('SNS is away.');
              sent.push(alert);
              // Taken, and the answer lost.
              if (random.chance(0.2)) throw new Error('SNS did not answer.');
            },
          },
        },
        () => now,
      );
    // The claim on an alert that is being sent ends in time; so long the message waits in the queue.
    const advance = () => {
      now += 61_000;
    };
    const theft = reads(24, '2026-11-20', 10);
    const [one, other] = [theft.filter((_, n) => n % 2 === 0), theft.filter((_, n) => n % 2 === 1)];
    await Promise.all([work(make(), one, advance), work(make(), other, advance)]);
    expect(Object.keys(faults).length).toBe(ERRORS.length + 1);
    const ids = new Map(sent.map(({ id, stage, severity, secrets }) => [id, { stage, severity, secrets }]));
    const stages = [...ids.values()].map(({ stage }) => stage);
    expect(stages.filter((stage) => stage === 'first')).toHaveLength(1);
    expect(stages.filter((stage) => stage === 'grown').length).toBeLessThanOrEqual(1);
    expect([...ids.values()].map(({ severity }) => severity)).toContain('high');

    // All of it once more, by a function that knows nothing but the table: all is told, so nothing is.
    const before = sent.length;
    await work(make(), theft, advance);
    const again = sent.slice(before).map(({ id }) => id);
    expect(again.filter((id) => !ids.has(id))).toEqual([]);
  },
  180_000,
);
