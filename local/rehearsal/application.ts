/**
 * The application whose secret is rotated: it opens a new connection for every query with a freshly read
 * AWSCURRENT, which is the most that a rotation can disturb.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { DatabaseOnStage } from './cast.ts';
import type { Stage } from './stage.ts';

const PAUSE_MS = 5;

export interface Experience {
  readonly queries: number;
  readonly failedQueries: number;
  /** From the first failed query to the next that worked, in ms; 0 when none failed. */
  readonly failingMs: number;
}

export interface Application {
  /** Ends it after the query under way. */
  stop(): Promise<Experience>;
}

/** @returns once the first query has worked */
export async function startApplication(
  database: DatabaseOnStage,
  stage: Stage,
  secretArn: string,
): Promise<Application> {
  let running = true;
  const seen = { queries: 0, failedQueries: 0, failingMs: 0 };
  let failingSince: number | undefined;

  const query = async (): Promise<boolean> => {
    try {
      return (await database.work(await stage.read(secretArn))) === 'accepted';
    } catch {
      return false;
    }
  };
  const count = async () => {
    const began = performance.now();
    const worked = await query();
    seen.queries += 1;
    if (worked) {
      if (failingSince !== undefined) seen.failingMs += performance.now() - failingSince;
      failingSince = undefined;
    } else {
      seen.failedQueries += 1;
      failingSince ??= began;
    }
  };
  const loop = async () => {
    while (running) {
      await count();
      await pause(PAUSE_MS);
    }
  };

  await count();
  const looping = loop();
  return {
    async stop() {
      running = false;
      await looping;
      // What fails until the end would otherwise not be counted as time.
      if (failingSince !== undefined) seen.failingMs += performance.now() - failingSince;
      return seen;
    },
  };
}
