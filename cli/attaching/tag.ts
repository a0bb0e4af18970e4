/** The tag that lets a function look at a secret which is not attached to it yet; it is there only for that long. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type SecretsManagerClient,
  type Tag,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import type { CheckReport } from '../../shared/rotation/check/report.ts';
import type { RotationFunction } from './deployment.ts';
import { asked } from './mistake.ts';

const FUNCTION_TAG = 'keyturn:function';
/** Tags are not seen everywhere at once, least of all by IAM. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 1_000;

export const functionIn = (tags: readonly Tag[] | undefined): string | undefined =>
  tags?.find(({ Key }) => Key === FUNCTION_TAG)?.Value;

/**
 * Tags the secret, has it looked at, and puts the tag back to what it was.
 * @param before the tag's value, if the secret has it
 */
export async function lookWhileTagged(
  secrets: SecretsManagerClient,
  { arn, before }: { readonly arn: string; readonly before: string | undefined },
  { name }: RotationFunction,
  look: () => Promise<CheckReport>,
): Promise<CheckReport> {
  if (before === name) return look();
  const restore = () => (before === undefined ? untag(secrets, arn) : tag(secrets, arn, before));
  undoOnInterrupt(restore);
  try {
    await tag(secrets, arn, name);
    return await onceSeen(look);
  } finally {
    toUndo.delete(restore);
    await restore();
  }
}

const tag = (secrets: SecretsManagerClient, SecretId: string, Value: string): Promise<unknown> =>
  asked(
    'secretsmanager:TagResource',
    secrets.send(new TagResourceCommand({ SecretId, Tags: [{ Key: FUNCTION_TAG, Value }] })),
  );

const untag = (secrets: SecretsManagerClient, SecretId: string): Promise<unknown> =>
  asked(
    'secretsmanager:UntagResource',
    secrets.send(new UntagResourceCommand({ SecretId, TagKeys: [FUNCTION_TAG] })),
  );

/** An interrupt skips every `finally`. */
const toUndo = new Set<() => Promise<unknown>>();
let listens = false;

function undoOnInterrupt(undo: () => Promise<unknown>): void {
  toUndo.add(undo);
  if (listens) return;
  listens = true;
  process.once('SIGINT', async () => {
    await Promise.allSettled([...toUndo].map((one) => one()));
    process.exit(130);
  });
}

async function onceSeen(look: () => Promise<CheckReport>): Promise<CheckReport> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const report = await look();
    if (!isDenied(report) || Date.now() > until) return report;
    await sleep(PAUSE_MS);
  }
}

const isDenied = ({ checks }: CheckReport): boolean =>
  checks.some(({ check, says }) => check === 'secret' && /AccessDenied|SECRET_NOT_OURS/.test(says));
