/** `keyturn learn`: a deployment's memory, seeded with a history. */
import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Audit } from '../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../shared/audit/deployment.ts';
import { dynamodbMemory } from '../shared/aws/dynamodb-memory.ts';
import { isKeyturnError } from '../shared/core/errors.ts';
import { asked, isNamed, Mistake } from './attaching/mistake.ts';
import type { HistoryFile } from './history-files.ts';
import { eventsOfFiles } from './replay.ts';

/**
 * @returns from how many events it learned.
 * @throws Mistake when the table is none, or does not answer.
 */
export async function learn(
  files: readonly HistoryFile[],
  table: string,
  done: (bytes: number) => void,
): Promise<number> {
  await look(table);
  const audit = new Audit({
    memory: dynamodbMemory(table),
    publisher: { publish: () => Promise.resolve() },
    detectors: [],
    deployment: NO_DEPLOYMENT,
    suppressions: [],
  });
  let learned = 0;
  try {
    for await (const events of eventsOfFiles(files, done)) {
      await audit.remember(events);
      learned += events.length;
    }
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    throw new Mistake(
      `the table ${table} failed after ${learned} events: ${error.message.split('. ')[0]}. Run it again: what is learned twice is learned once`,
    );
  }
  return learned;
}

/** Before a long history is read, and by a right that the memory needs too. */
async function look(table: string): Promise<void> {
  const client = new DynamoDBClient({});
  const key = { subject: { S: 'nobody' }, span: { S: 'never' } };
  const request = new BatchGetItemCommand({ RequestItems: { [table]: { Keys: [key] } } });
  await asked('dynamodb:BatchGetItem', client.send(request).catch(explain(table))).finally(() =>
    client.destroy(),
  );
}

const explain = (table: string) => (error: unknown) => {
  if (isNamed(error, 'ResourceNotFoundException'))
    throw new Mistake(`there is no table ${table} in this account and Region`);
  if (isNamed(error, 'AccessDeniedException'))
    throw new Mistake(`you need dynamodb:BatchGetItem and dynamodb:UpdateItem on the table ${table}`);
  if (error instanceof Error && /^Region (is missing|not accepted)/.test(error.message))
    throw new Mistake('there is no Region, or none that could be: set AWS_REGION');
  throw error;
};
