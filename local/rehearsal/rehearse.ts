/** Rotates one cast's secret while an application uses it, and measures what both saw. */
import type { EventBus } from '../event-bus.ts';
import { startApplication } from './application.ts';
import type { Cast, DatabaseOnStage, Login } from './cast.ts';
import { FUNCTION_CALLER, startStage } from './stage.ts';

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
type StepName = (typeof STEPS)[number];

/** One row of `npm run rehearse -- --json`. Times are ms. */
export interface RehearsedRotation {
  readonly engine: string;
  readonly server: string;
  readonly strategy: Cast['strategy'];
  readonly form: Cast['form'];
  readonly outcome: 'succeeded' | 'failed';
  readonly totalMs: number;
  readonly steps: Readonly<Record<StepName, number>>;
  /** Calls that the function made to Secrets Manager. */
  readonly apiCalls: number;
  /** Logins that the function tried at the database, and those of them that were not accepted. */
  readonly logins: number;
  readonly failedLogins: number;
  readonly currentPassword: 'accepted' | 'rejected';
  readonly previousPassword: 'accepted' | 'rejected';
  /** Of the application that uses the secret meanwhile. */
  readonly failedQueries: number;
  readonly queries: number;
}

export interface Watcher {
  stepBegan?(step: StepName): void;
  stepEnded?(step: StepName, ms: number, error: string | undefined): void;
}

export interface Rehearsed {
  readonly row: RehearsedRotation;
  /** How long new logins of the application failed, in ms. */
  readonly failingMs: number;
  /** What the function wrote to its log. */
  readonly output: string;
}

export async function rehearse(
  database: DatabaseOnStage,
  cast: Cast,
  tag: string,
  watcher: Watcher = {},
  bus?: EventBus,
): Promise<Rehearsed> {
  let apiCalls = 0;
  await using stage = await startStage(database, {
    ...(bus !== undefined && { bus }),
    intercept: ({ caller }, respond) => {
      if (caller === FUNCTION_CALLER) apiCalls += 1;
      return respond();
    },
  });
  const secretArn = await stage.enter(cast, tag);
  const steps = { createSecret: 0, setSecret: 0, testSecret: 0, finishSecret: 0 };
  stage.secrets.rotations.onStep(({ step, phase, ms = 0, error }) => {
    if (phase === 'started') return watcher.stepBegan?.(step);
    steps[step] += ms;
    watcher.stepEnded?.(step, ms, error);
  });
  const application = await startApplication(database, stage, secretArn);
  const began = performance.now();
  await stage.rotate(secretArn);
  const { status } = await stage.secrets.rotations.whenIdle(secretArn);
  const totalMs = performance.now() - began;
  const { failingMs, ...experience } = await application.stop();
  const accepted = (login: Login | undefined) => (login === undefined ? 'rejected' : database.work(login));
  const row: RehearsedRotation = {
    engine: database.engine,
    server: database.label,
    strategy: cast.strategy,
    form: cast.form,
    outcome: status === 'succeeded' ? 'succeeded' : 'failed',
    totalMs: round(totalMs),
    steps: { ...steps, ...Object.fromEntries(STEPS.map((step) => [step, round(steps[step])])) },
    apiCalls,
    ...loginsIn(stage.function.output()),
    currentPassword: await accepted(await stage.read(secretArn)),
    previousPassword: await accepted(
      status === 'succeeded' ? await stage.read(secretArn, 'AWSPREVIOUS') : undefined,
    ),
    ...experience,
  };
  return { row, failingMs: round(failingMs), output: stage.function.output() };
}

/** What each strategy promises, judged on what was seen. */
export function isAsPromised(row: RehearsedRotation): boolean {
  const single = row.strategy === 'single-user';
  return (
    row.outcome === 'succeeded' &&
    // With two passwords AWSPENDING is tried first, and is not set yet.
    row.failedLogins === (row.strategy === 'dual-password' ? 1 : 0) &&
    row.currentPassword === 'accepted' &&
    row.previousPassword === (single ? 'rejected' : 'accepted') &&
    (single || row.failedQueries === 0)
  );
}

function loginsIn(output: string): { logins: number; failedLogins: number } {
  const lines = output.split('\n').filter((line) => line.startsWith('{"level"'));
  const facts = lines.map((line) => JSON.parse(line) as { logins?: number; failedLogins?: number });
  const sum = (field: 'logins' | 'failedLogins') => facts.reduce((all, one) => all + (one[field] ?? 0), 0);
  return { logins: sum('logins'), failedLogins: sum('failedLogins') };
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
