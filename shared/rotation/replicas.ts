/**
 * The secret's copies in other Regions. Before a password changes every Region has to be in step: one that is behind
 * gives out as its AWSCURRENT what this rotation replaces, and one whose replication has failed would not get the new
 * password either.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
 */
import { KeyturnError } from '../core/errors.ts';
import { fence, pause, type Rotation } from './rotation.ts';
import type { SecretDescription } from './secret-store.ts';

type Replicas = SecretDescription['replicas'];

const POLL_MS = 1_000;
/** Kept back for the rest of the step. */
const RESERVE_MS = 10_000;

/** @returns REPLICA_BEHIND, retryable unless a replication has failed; `undefined` when every Region is in step. */
export function problemOf(name: string, replicas: Replicas): KeyturnError | undefined {
  const late = [...replicas].filter(([, status]) => status !== 'InSync');
  if (late.length === 0) return undefined;
  const told = late.map(([region, status]) => `${region} is ${status}`).join(', ');
  return new KeyturnError('REPLICA_BEHIND', `Of the copies of ${name}, ${told}.`, {
    retryable: late.every(([, status]) => status === 'InProgress'),
  });
}

/**
 * Waits for copies that are under way.
 * @param mayHold asked when a Region is behind: to wait, or to refuse, would draw it out when AWSCURRENT is dead by now.
 * @throws KeyturnError REPLICA_BEHIND; FENCE_LOST when the labels moved meanwhile
 */
export async function requireReplicas(rotation: Rotation, mayHold: () => Promise<boolean>): Promise<void> {
  const { store, secret, settings } = rotation;
  let { replicas } = secret;
  let problem = problemOf(secret.name, replicas);
  if (settings.replicaWaitMs === 0 || problem === undefined || !(await mayHold())) return;
  const wait = beginWait(rotation);
  while (problem?.retryable && wait.mayGoOn()) {
    await pause(POLL_MS);
    ({ replicas } = await store.describe(secret.arn));
    problem = problemOf(secret.name, replicas);
  }
  wait.ended(replicas);
  if (problem !== undefined) throw problem;
  // What was read of the secret is as old as the wait.
  await fence(rotation);
}

/**
 * After a change of the secret: waits until it has arrived in every Region, or for as long as is allowed. What stays
 * behind is no failure of this step: the next rotation and the sweep see it.
 */
export async function awaitReplicas(rotation: Rotation): Promise<void> {
  const { store, secret, settings } = rotation;
  if (settings.replicaWaitMs === 0 || secret.replicas.size === 0) return;
  const wait = beginWait(rotation);
  let replicas: Replicas | undefined;
  // AWS does not say how soon DescribeSecret tells of a replication, so the first look is not at once.
  while ((replicas === undefined || [...replicas.values()].includes('InProgress')) && wait.mayGoOn()) {
    await pause(POLL_MS);
    replicas = await store.describe(secret.arn).then(
      (seen) => seen.replicas,
      () => replicas,
    );
  }
  if (replicas !== undefined) wait.ended(replicas);
}

/** What is allowed is allowed once in a step. */
function beginWait({ settings, deadline, facts }: Rotation) {
  const begun = Date.now();
  const waitedMs = facts.replicaWaitMs ?? 0;
  const until = begun + Math.min(settings.replicaWaitMs - waitedMs, deadline.remainingMs() - RESERVE_MS);
  return {
    mayGoOn: () => Date.now() < until,
    /** For the log line. */
    ended(replicas: Replicas) {
      facts.replicas = Object.fromEntries(replicas);
      facts.replicaWaitMs = waitedMs + Date.now() - begun;
    },
  };
}
