/** Records of CloudTrail for tests: made here where none is public, read from the shared folder where it is present. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

type Json = Record<string, unknown>;

export const ACCOUNT = '111122223333';
export const SECRET = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:orders/database-a1B2c3`;

export const ROLE = {
  type: 'AssumedRole',
  principalId: 'AROAEXAMPLE:orders',
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/orders/orders`,
  accountId: ACCOUNT,
  accessKeyId: 'ASIAEXAMPLE000000001',
  sessionContext: {
    sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${ACCOUNT}:role/orders`, accountId: ACCOUNT },
  },
};

/** A successful read of `SECRET`, with the given fields laid over it; an undefined field is left out. */
export function record(fields: Json = {}): Json {
  const whole = {
    eventVersion: '1.11',
    eventID: '0f5c3f0e-0000-4000-8000-000000000001',
    eventTime: '2026-11-20T09:00:00Z',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'GetSecretValue',
    eventType: 'AwsApiCall',
    eventCategory: 'Management',
    awsRegion: 'eu-central-1',
    recipientAccountId: ACCOUNT,
    readOnly: true,
    userIdentity: ROLE,
    sourceIPAddress: '198.51.100.7',
    userAgent: 'aws-sdk-js/3.1164.0',
    requestParameters: { secretId: SECRET },
    responseElements: null,
    ...fields,
  };
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
}

/** Beside the checkout, where the developers have them; absent elsewhere. */
export const PUBLIC_RECORDS = resolve(import.meta.dirname, '../../../shared/cloudtrail');

export const havePublicRecords = existsSync(PUBLIC_RECORDS);

export interface PublicRecord {
  /** The file, from the shared folder. */
  readonly file: string;
  readonly record: Json;
}

export function* publicRecords(): Iterable<PublicRecord> {
  for (const file of readdirSync(PUBLIC_RECORDS, { recursive: true, encoding: 'utf8' }).sort())
    if (/\.(json|jsonl|cloudtrail)$/.test(file))
      for (const document of documentsIn(
        readFileSync(join(PUBLIC_RECORDS, file), 'utf8').replace(/^\uFEFF/, ''),
      ))
        for (const found of recordsIn(document)) yield { file, record: found };
}

function documentsIn(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line));
  }
}

/** The folders wrap their records in different ways: whatever has an event name, a source and a time is one. */
function* recordsIn(value: unknown): Iterable<Json> {
  if (typeof value !== 'object' || value === null) return;
  const object = value as Json;
  if (['eventName', 'eventSource', 'eventTime'].every((key) => typeof object[key] === 'string')) yield object;
  else for (const inner of Object.values(object)) yield* recordsIn(inner);
}
