/**
 * The audit's memory in one DynamoDB table: key `subject` and `span`, the marks in the string set `marks`, and when the
 * item may go in `until`, in seconds since 1970, which is the table's TTL attribute.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Addition, ItemKey, Marks, Memory } from '../audit/memory/memory.ts';
import { KeyturnError } from '../core/errors.ts';
import { isTransient, nameOf } from './failure.ts';
import { TIMEOUTS } from './time-outs.ts';

type Item = Record<string, AttributeValue>;

/** Of BatchGetItem. */
const MOST_KEYS = 100;
/** Writes at once: more would only be throttled together. */
const WIDTH = 16;
const ATTEMPTS = 8;

/** @throws KeyturnError AUDIT_MEMORY_FAILED from each call that DynamoDB does not carry out in time. */
export function dynamodbMemory(table: string): Memory {
  const client = new DynamoDBClient({ requestHandler: TIMEOUTS, maxAttempts: ATTEMPTS });

  async function readSome(keys: readonly ItemKey[]): Promise<Map<string, Marks>> {
    const found = new Map<string, Marks>();
    let wanted: readonly Item[] = keys.map(keyOf);
    for (let attempt = 0; wanted.length > 0; attempt++) {
      if (attempt > 0) await pause(attempt);
      if (attempt === ATTEMPTS)
        throw new KeyturnError('AUDIT_MEMORY_FAILED', 'BatchGetItem left keys unread.');
      const request = new BatchGetItemCommand({
        RequestItems: { [table]: { Keys: [...wanted], ConsistentRead: true } },
      });
      const { Responses, UnprocessedKeys } = await client.send(request).catch(failed('BatchGetItem'));
      for (const item of Responses?.[table] ?? []) found.set(nameOfItem(item), marksIn(item));
      wanted = UnprocessedKeys?.[table]?.Keys ?? [];
    }
    return found;
  }

  async function addOne({ key, marks, until }: Addition): Promise<Marks> {
    const update = new UpdateItemCommand({
      TableName: table,
      Key: keyOf(key),
      UpdateExpression: 'ADD #marks :marks SET #until = :until',
      ExpressionAttributeNames: { '#marks': 'marks', '#until': 'until' },
      ExpressionAttributeValues: { ':marks': { SS: [...marks] }, ':until': seconds(until) },
      ReturnValues: 'ALL_NEW',
    });
    try {
      const { Attributes = {} } = await client.send(update);
      return marksIn(Attributes);
    } catch (error) {
      if (!isTooLarge(error)) throw failure('UpdateItem', error);
      const [known] = await read([key]);
      return known ?? new Set();
    }
  }

  async function read(keys: readonly ItemKey[]): Promise<readonly Marks[]> {
    const found = await Promise.all(chunks(keys, MOST_KEYS).map(readSome));
    return keys.map(
      (key) => found.map((some) => some.get(nameOfKey(key))).find((marks) => marks) ?? new Set(),
    );
  }

  return {
    read,

    async add(additions) {
      const after: Marks[] = [];
      for (const some of chunks(additions, WIDTH)) after.push(...(await Promise.all(some.map(addOne))));
      return after;
    },

    async claim(key, what, now, until) {
      const update = new UpdateItemCommand({
        TableName: table,
        Key: keyOf(key),
        UpdateExpression: 'SET #claim = :until',
        ConditionExpression: 'attribute_not_exists(#claim) OR #claim <= :now',
        ExpressionAttributeNames: { '#claim': `claim ${what}` },
        ExpressionAttributeValues: { ':now': { N: String(now) }, ':until': { N: String(until) } },
      });
      try {
        await client.send(update);
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw failure('UpdateItem', error);
      }
    },
  };
}

const keyOf = ({ subject, span }: ItemKey): Item => ({
  subject: { S: shortened(subject) },
  span: { S: span },
});

/** A partition key has at most 2,048 bytes; no ARN or secret's name comes near, but an event may say anything. */
const shortened = (subject: string): string => Buffer.from(subject).subarray(0, 2000).toString();

const nameOfKey = ({ subject, span }: ItemKey): string => `${shortened(subject)}#${span}`;
const nameOfItem = (item: Item): string => `${item['subject']?.S}#${item['span']?.S}`;
const marksIn = (item: Item): Marks => new Set(item['marks']?.SS);
const seconds = (ms: number): AttributeValue => ({ N: String(Math.ceil(ms / 1000)) });

const chunks = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));

const pause = (attempt: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * 2 ** attempt));

/** An item that is full takes no more marks. What is in it is more than enough to alert. */
const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationException' && /size/i.test(error.message);

const failed = (call: string) => (error: unknown) => {
  throw failure(call, error);
};

const failure = (call: string, error: unknown): KeyturnError =>
  new KeyturnError('AUDIT_MEMORY_FAILED', `${call} answered ${nameOf(error)}.`, {
    awsError: nameOf(error),
    retryable: isTransient(error),
  });
