/** The wizard's order: look, judge, attach, ask, rotate. */
import {
  CancelRotateSecretCommand,
  RotateSecretCommand,
  type RotateSecretCommandInput,
} from '@aws-sdk/client-secrets-manager';
import { rivalsOf, tagAccount } from './accounts.ts';
import { type Clients, clientsIn, regionOf } from './clients.ts';
import { type Engine, rotationFunctions } from './deployment.ts';
import { type Found, findFunction } from './find-function.ts';
import { asked, isNamed, Mistake } from './mistake.ts';
import { mayFinish } from './role.ts';
import { type Schedule, scheduleOf } from './schedule.ts';
import { failuresOf, type Screen } from './screen.ts';
import { type Secret, secretNamed } from './secret.ts';
import { type Ending, untilRemoved, type Watched, watch } from './watch.ts';

export interface AttachOptions {
  readonly secretId: string;
  readonly every: string | undefined;
  readonly stage: string;
  readonly region: string | undefined;
  readonly engine: Engine | undefined;
  ask(question: string): Promise<boolean>;
  readonly screen: Screen;
}

/** @returns the exit status: 0 when the secret is attached, and rotated unless that was declined @throws Mistake */
export async function attach(options: AttachOptions): Promise<number> {
  const { secretId, every, stage, screen } = options;
  if (every !== undefined) scheduleOf(every, secretId);
  const region = regionOf(secretId, options.region);
  const functions = await rotationFunctions(stage, region);
  const clients = clientsIn(region);
  const secret = await secretNamed(clients.secrets, secretId);
  const found = await findFunction(clients, secret, functions, options.engine);
  screen.line(`${secret.name}, looked at by ${found.rotation.name}:`);
  screen.report(found.report);
  const obstacles = await obstaclesFor(clients, secret, found);
  if (obstacles.length > 0) return refused(screen, obstacles);
  screen.gap();
  screen.line(`The function's role may carry a rotation to its end, and no other secret has these users.`);
  return attachNow(options, { clients, secret, ...found });
}

function refused(screen: Screen, obstacles: readonly string[]): number {
  screen.gap();
  screen.line('Not attached, and nothing was changed:');
  for (const obstacle of obstacles) screen.line(`  ${obstacle}`);
  return 1;
}

/** @returns what is in the way, each as a line; nothing when nothing is */
async function obstaclesFor(
  clients: Clients,
  secret: Secret,
  { rotation, report }: Found,
): Promise<string[]> {
  const failed = failuresOf(report).map(({ check }) => check);
  const rivals = report.account === null ? [] : await rivalsOf(clients.secrets, secret.arn, report.account);
  return [
    ...(failed.length > 0 ? [`The check failed: ${failed.join(', ')}.`] : []),
    ...rivals.map(
      (rival) =>
        `${rival} rotates a user of ${report.account} too, and the two would lock each other out: give each secret users of its own, or take the tag keyturn:account off ${rival} if it no longer rotates them.`,
    ),
    ...(await mayFinish(clients, secret, rotation)),
  ];
}

interface Attaching extends Found {
  readonly clients: Clients;
  readonly secret: Secret;
}

async function attachNow(options: AttachOptions, attaching: Attaching): Promise<number> {
  const { screen } = options;
  const { clients, secret, rotation } = attaching;
  const schedule = scheduleFor(options.every, secret);
  const rules = schedule === undefined ? {} : { RotationRules: schedule.rules };
  const versionId = await rotateSecret(clients, {
    SecretId: secret.arn,
    RotationLambdaARN: rotation.arn,
    RotateImmediately: false,
    ...rules,
  });
  const { says = 'by the schedule it has' } = schedule ?? {};
  screen.gap();
  screen.line(`Attached to ${rotation.name}. It rotates ${says}.`);
  screen.line('Secrets Manager tests the configuration:');
  const { ending, told } = await steps(attaching, versionId, 1, screen);
  if (ending === 'failed') {
    await untilRemoved(watchedOf(attaching, versionId));
    return undone(attaching, screen);
  }
  if (told === 0)
    screen.line('  The function’s log could not be read, so whether the test passed is not known.');
  await tagAccount(clients.secrets, secret.arn, attaching.report);
  return askAndRotate(options, attaching);
}

/** A secret that has a schedule keeps it, unless another is asked for. */
function scheduleFor(every: string | undefined, { arn, description }: Secret): Schedule | undefined {
  const kept = every === undefined && description.RotationRules !== undefined;
  return kept ? undefined : scheduleOf(every ?? '30d', arn);
}

async function askAndRotate({ ask, screen }: AttachOptions, attaching: Attaching): Promise<number> {
  const { clients, secret } = attaching;
  screen.gap();
  if (!(await ask('Rotate now?'))) {
    screen.line(
      `Not rotated: the first rotation comes with the schedule, or by: aws secretsmanager rotate-secret --secret-id ${secret.name}`,
    );
    return 0;
  }
  const versionId = await rotateSecret(clients, { SecretId: secret.arn });
  const { ending } = await steps(attaching, versionId, 4, screen);
  screen.gap();
  screen.line(ENDINGS[ending]);
  return ending === 'finished' ? 0 : 1;
}

const ENDINGS: { readonly [ending in Ending]: string } = {
  finished: 'Rotated: AWSCURRENT is the new version.',
  failed:
    'Not rotated yet. Secrets Manager tries again by itself within the rotation window; AWSPENDING stays until then. Do not remove it by hand before AWSCURRENT is seen to log in.',
  gone: 'Not rotated: AWSPENDING was removed. The function’s log says why.',
  unknown: 'Nothing was heard for ten minutes: look into the function’s log.',
};

const watchedOf = ({ clients, secret, rotation }: Attaching, versionId: string): Watched => ({
  ...clients,
  functionName: rotation.name,
  secretArn: secret.arn,
  versionId,
});

async function steps(
  attaching: Attaching,
  versionId: string,
  wanted: number,
  screen: Screen,
): Promise<{ readonly ending: Ending; readonly told: number }> {
  let told = 0;
  const ending = await watch(watchedOf(attaching, versionId), wanted, (step) => {
    told += 1;
    screen.step(step);
  });
  return { ending, told };
}

async function rotateSecret({ secrets }: Clients, input: RotateSecretCommandInput): Promise<string> {
  const rotate = secrets.send(new RotateSecretCommand(input)).catch((error: unknown) => {
    if (isNamed(error, 'InvalidRequestException') && /isn't complete/.test((error as Error).message))
      throw new Mistake(
        `an earlier rotation of ${input.SecretId} has not ended; see docs/attaching.md, "pending"`,
      );
    if (isNamed(error, 'AccessDeniedException') && /cannot invoke/.test((error as Error).message))
      throw new Mistake(
        `Secrets Manager may not invoke ${input.RotationLambdaARN}: deploy again (npm run deploy), which lets it`,
      );
    throw error;
  });
  return (await asked('secretsmanager:RotateSecret', rotate)).VersionId ?? '';
}

/** The secret is as it was: not rotated, or rotated by the function that it had. */
async function undone({ clients, secret }: Attaching, screen: Screen): Promise<number> {
  const { RotationEnabled, RotationLambdaARN, RotationRules } = secret.description;
  const SecretId = secret.arn;
  screen.gap();
  if (RotationEnabled !== true) {
    await asked(
      'secretsmanager:CancelRotateSecret',
      clients.secrets.send(new CancelRotateSecretCommand({ SecretId })),
    );
    screen.line('The test failed, so rotation was switched off again. No password was changed.');
  } else {
    await rotateSecret(clients, { SecretId, RotationLambdaARN, RotationRules, RotateImmediately: false });
    screen.line(
      'The test failed, so the function and the schedule of before were put back. No password was changed.',
    );
  }
  return 1;
}
