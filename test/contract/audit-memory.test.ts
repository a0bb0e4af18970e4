/** One contract for the audit's memory: in the process, on dynalite, and on moto where there is Python. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTable, startDynamoDb } from '../../local/audit/dynamodb.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import type { Memory } from '../../shared/audit/memory/memory.ts';
import { dynamodbMemory } from '../../shared/aws/dynamodb-memory.ts';
import { installMoto, startMoto } from '../support/moto.ts';

const NOW = Date.parse('2026-11-20T09:00:00Z');
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'none',
  AWS_REGION: 'eu-central-1',
};

interface Place {
  readonly name: string;
  /**
   * moto's server takes each request in a thread of its own and locks nothing: of two writes of one item at one time
   * one can be lost, and both of two conditional ones can succeed. DynamoDB's writes of an item are atomic.
   */
  readonly oneAtATime?: boolean;
  /** @returns why it cannot be had here, else the memory. */
  start(disposables: AsyncDisposableStack): Promise<Memory | string>;
}

async function onDynamoDb(endpoint: string): Promise<Memory> {
  Object.assign(process.env, CREDENTIALS, { AWS_ENDPOINT_URL_DYNAMODB: endpoint });
  const client = new DynamoDBClient({ endpoint });
  await createTable(client, 'audit');
  client.destroy();
  return dynamodbMemory('audit');
}

const PLACES: readonly Place[] = [
  { name: 'the process', start: async () => new InProcessMemory() },
  {
    name: 'dynalite',
    start: async (disposables) => await onDynamoDb(disposables.use(await startDynamoDb()).endpoint),
  },
  {
    name: 'moto',
    oneAtATime: true,
    start: async (disposables) =>
      (await installMoto()) ?? (await onDynamoDb(disposables.use(await startMoto()).endpoint)),
  },
];

describe.each(PLACES)('the memory in $name', ({ start, oneAtATime }) => {
  const disposables = new AsyncDisposableStack();
  let memory: Memory | string;
  let number = 0;

  beforeAll(async () => {
    memory = await start(disposables);
  }, 400_000);
  afterAll(() => disposables.disposeAsync());

  const newKey = () => ({ subject: `principal/${number++}`, span: '2026-Q4' });
  const there = (skip: (condition: boolean, note: string) => void): Memory => {
    skip(typeof memory === 'string', String(memory));
    return memory as Memory;
  };
  const together = async <T>(calls: readonly (() => Promise<T>)[]): Promise<T[]> => {
    if (!oneAtATime) return Promise.all(calls.map((call) => call()));
    const answers: T[] = [];
    for (const call of calls) answers.push(await call());
    return answers;
  };
  const marks = (...list: string[]) => new Set(list);

  test('has nothing of what was never added', async ({ skip }) => {
    expect(await there(skip).read([newKey(), newKey()])).toEqual([marks(), marks()]);
  });

  test('keeps what was added, and tells it in the order of the additions', async ({ skip }) => {
    const [one, other] = [newKey(), newKey()];
    const after = await there(skip).add([
      { key: one, marks: marks('a', 'b'), until: NOW },
      { key: other, marks: marks('c'), until: NOW },
    ]);
    expect(after).toEqual([marks('a', 'b'), marks('c')]);
    expect(await there(skip).read([other, one])).toEqual([marks('c'), marks('a', 'b')]);
  });

  test('takes no away, and the same twice as once', async ({ skip }) => {
    const key = newKey();
    await there(skip).add([{ key, marks: marks('a', 'b'), until: NOW }]);
    const [after] = await there(skip).add([{ key, marks: marks('b', 'c'), until: NOW - 1000 }]);
    expect(after).toEqual(marks('a', 'b', 'c'));
  });

  test('loses nothing of many who add at once', async ({ skip }) => {
    const key = newKey();
    const all = Array.from({ length: 40 }, (_, at) => `mark|${at}`);
    const afters = await together(
      all.map((mark) => () => there(skip).add([{ key, marks: marks(mark), until: NOW }])),
    );
    expect((await there(skip).read([key]))[0]).toEqual(marks(...all));
    expect(Math.max(...afters.map(([after]) => after?.size ?? 0))).toBe(all.length);
  });

  test('reads more items than one call takes', async ({ skip }) => {
    const keys = Array.from({ length: 130 }, newKey);
    await there(skip).add(keys.map((key, at) => ({ key, marks: marks(String(at)), until: NOW })));
    expect(await there(skip).read(keys)).toEqual(keys.map((_, at) => marks(String(at))));
  });

  test('takes any text for a subject or a mark', async ({ skip }) => {
    const key = { subject: `x/${'ä€🙂#|'.repeat(3)}`, span: '2026-11-20T09' };
    await there(skip).add([{ key, marks: marks('a|b|"\\\n', '🙂'), until: NOW }]);
    expect((await there(skip).read([key]))[0]).toEqual(marks('a|b|"\\\n', '🙂'));
  });

  test('lets one claim a thing until the lease ends', async ({ skip }) => {
    const key = newKey();
    const claim = () => there(skip).claim(key, 'first', NOW, NOW + 60_000);
    const claims = await together([claim, claim, claim]);
    expect(claims.filter((ours) => ours)).toHaveLength(1);
    expect(await there(skip).claim(key, 'grown', NOW, NOW + 60_000)).toBe(true);
    expect(await there(skip).claim(key, 'first', NOW + 59_999, NOW + 120_000)).toBe(false);
    expect(await there(skip).claim(key, 'first', NOW + 60_000, NOW + 120_000)).toBe(true);
    expect((await there(skip).read([key]))[0]).toEqual(marks());
  });

  test('goes on when an item is full', async ({ skip }) => {
    const key = newKey();
    const large = (from: number) =>
      marks(...Array.from({ length: 3000 }, (_, at) => `${from + at}`.padStart(70, 'x')));
    for (const from of [0, 3000]) await there(skip).add([{ key, marks: large(from), until: NOW }]);
    const [after] = await there(skip).add([{ key, marks: marks('one more'), until: NOW }]);
    expect(after?.size).toBeGreaterThanOrEqual(3000);
  });
});
