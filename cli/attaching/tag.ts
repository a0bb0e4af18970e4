/** The tag that lets a function look at a secret which is not attached to it yet; it is there only for that long. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type SecretsManagerClient,
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

/** Tags the secret, has it looked at, and takes the tag off again. */
export async function lookWhileTagged(
  secrets: SecretsManagerClient,
  secretArn: string,
  { name }: RotationFunction,
  look: () => Promise<CheckReport>,
): Promise<CheckReport> {
  const untag = () =>
    secrets.send(new UntagResourceCommand({ SecretId: secretArn, TagKeys: [FUNCTION_TAG] }));
  // An interrupt would skip the `finally`.
  const interrupted = () => void untag().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  try {
    const Tags = [{ Key: FUNCTION_TAG, Value: name }];
    await asked(
      'secretsmanager:TagResource',
      secrets.send(new TagResourceCommand({ SecretId: secretArn, Tags })),
    );
    return await onceSeen(look);
  } finally {
    process.off('SIGINT', interrupted);
    await asked('secretsmanager:UntagResource', untag());
  }
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
