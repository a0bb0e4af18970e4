/** What `keyturn replay` makes of a folder that holds more than records: each one that it cannot read is listed here. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventsOfFile, NO_HISTORY } from '../../cli/history.ts';
import { historyFiles } from '../../cli/history-files.ts';
import { replay } from '../../cli/replay.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { havePublicRecords, PUBLIC_RECORDS } from '../support/cloudtrail-records.ts';

const EXAMPLES = 'panther-analysis/cloudtrail-rule-tests.jsonl';
/** Examples of a rule that were reduced to the fields which it looks at. Nothing tells what they are of, or when. */
const REDUCED: Readonly<Record<string, string>> = {
  'S3 Bucket Deletion Failed': 'has no eventSource',
  'An S3 Object Deleted': 'has no eventSource',
  'Non-Account-Creation Event': 'has no eventSource',
  'User Account Created - CloudTrail': 'has no eventSource',
  'Normal Console Login - CloudTrail': 'has no eventSource',
  BatchGetSecretValue: 'has no eventTime that is a date',
  'BatchGetSecretValue Catch-All': 'has no eventTime that is a date',
  'BatchGetSecretValue Catch-All with other filters': 'has no eventTime that is a date',
  'BatchGetSecretValue in us-east-1': 'has no eventTime that is a date',
  'Non-batch GetSecretValue event - no match': 'has no eventTime that is a date',
};
/** They speak of calls, or are of other services. */
const WITHOUT_RECORDS = [
  'cloud-custodian-cwe/event-config-rule-instance.json',
  'cloud-custodian-cwe/event-config-rule-security-group.json',
  'trailalerts/rules/exceptions.json',
  'trailalerts/rules/postprocessing_rules/sample_rules.json',
  'traildiscover/SecretsManager/DescribeSecret.json',
  'traildiscover/SecretsManager/GetSecretValue.json',
  'traildiscover/SecretsManager/ListSecrets.json',
];

/** A folder is read by the names of its files, and some have a name of their own. */
const files = async () => {
  const others = readdirSync(PUBLIC_RECORDS, { recursive: true, encoding: 'utf8' });
  const own = others.filter((name) => name.endsWith('.cloudtrail')).map((name) => join(PUBLIC_RECORDS, name));
  return await historyFiles([PUBLIC_RECORDS, ...own]);
};

const NONE = 'no folder shared/cloudtrail beside this one, with public CloudTrail records';

test('public records are all read, but for examples without what tells what they are', async ({ skip }) => {
  skip(!havePublicRecords, NONE);
  const examples = readFileSync(join(PUBLIC_RECORDS, EXAMPLES), 'utf8').split('\n').filter(Boolean);
  const unreadable = examples.flatMap((line): [string, string][] => {
    const { test: name, event } = JSON.parse(line) as { test: string; event: unknown };
    const read = readEvent(event);
    return read !== undefined && isUnreadable(read) ? [[name, read.reason]] : [];
  });
  expect(Object.fromEntries(unreadable)).toEqual(REDUCED);
  const { report, filesWithout } = await replay({ files: await files(), learn: [] });
  expect(report.malformed).toBe(Object.keys(REDUCED).length);
  expect(report.records).toBeGreaterThan(9000);
  expect(filesWithout).toBe(WITHOUT_RECORDS.length);
});

test('public records are in all files but those that are none of CloudTrail', async ({ skip }) => {
  skip(!havePublicRecords, NONE);
  const without: string[] = [];
  for (const file of await files())
    for await (const event of eventsOfFile(file))
      if (event === NO_HISTORY) without.push(file.path.slice(PUBLIC_RECORDS.length + 1));
  expect(without).toEqual(WITHOUT_RECORDS);
});
