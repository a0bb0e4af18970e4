/**
 * An invented company at work: services that read their few secrets, people, deployments, rotations, scanners. Seeded,
 * and of any size. What it does is harmless, all of it: whatever is alerted of it is a false alarm.
 */

import { type Random, randomOf } from './random.ts';
import {
  ACCOUNT,
  type Actor,
  type CloudTrailRecord,
  call,
  decrypted,
  HOME,
  list,
  personIdentity,
  read,
  refused,
  roleIdentity,
  serviceEvent,
} from './records.ts';

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** A Monday. */
export const FIRST_DAY = Date.parse('2026-06-01T00:00:00Z');

export interface CompanyOptions {
  readonly seed: number;
  readonly services: number;
  readonly people: number;
  /** How many times as often its services read as those of the usual company; 1 without it. */
  readonly busy?: number;
}

export interface Service {
  readonly name: string;
  readonly secrets: readonly string[];
  readonly actor: Actor;
  /** How many run in a day, each with credentials and an address of its own. */
  readonly instances: number;
  /** Starts on this day of the simulation. */
  readonly from: number;
  readonly readsADay: number;
}

export interface Person {
  readonly name: string;
  readonly team: string;
  readonly home: string;
}

export interface Company {
  readonly services: readonly Service[];
  readonly people: readonly Person[];
  /** All secrets that exist on a day. */
  secretsOn(day: number): readonly string[];
  /** What happens on a day, in order. */
  day(day: number): CloudTrailRecord[];
}

/** What the deployment of Keyturn is told of the company. */
export const COMPANY_DEPLOYMENT = {
  rotationRoles: [`arn:aws:iam::${ACCOUNT}:role/keyturn-rotate`],
  rotationFunctions: [`arn:aws:lambda:*:${ACCOUNT}:function:keyturn-*`],
  deployRoles: [`arn:aws:iam::${ACCOUNT}:role/deploy`],
  breakGlassRoles: [`arn:aws:iam::${ACCOUNT}:role/break-glass`],
  honeytokens: ['admin/root-backup'],
  pipeline: [`arn:aws:*:*:${ACCOUNT}:*keyturn-*`],
};

const DEPLOYER: Actor = {
  identity: roleIdentity('deploy'),
  userAgent: 'HashiCorp Terraform/1.9 terraform-provider-aws/5.7 aws-sdk-go-v2/1.30',
  address: () => '192.0.2.10',
};
const SCANNER: Actor = {
  identity: roleIdentity('scanner'),
  userAgent: 'Boto3/1.40',
  address: () => '192.0.2.20',
};
const ROTATOR: Actor = {
  identity: roleIdentity('keyturn-rotate'),
  userAgent: 'aws-sdk-js/3.1164.0 exec-env/AWS_Lambda_nodejs24.x',
  address: () => '10.0.9.9',
  vpcEndpointId: 'vpce-0a',
};
const REGIONS = [HOME, 'eu-west-1', 'us-east-1'] as const;

export function company({ seed, services: count, people: heads, busy = 1 }: CompanyOptions): Company {
  const random = randomOf(seed);
  const services = Array.from({ length: count }, (_, at) => serviceOf(at, busy, random));
  const people = Array.from({ length: heads }, (_, at) => ({
    name: `person${at}@example.com`,
    team: random.pick(services).name,
    home: `198.51.${random.between(0, 99)}.${random.between(1, 250)}`,
  }));
  const secretsOn = (day: number) =>
    services.filter(({ from }) => from <= day).flatMap(({ secrets }) => secrets);
  return {
    services,
    people,
    secretsOn,
    day: (day) => {
      const chance = randomOf(seed * 1000 + day);
      const today = services.filter(({ from }) => from <= day);
      return [
        ...today.flatMap((service) => serviceDay(service, day, chance)),
        ...(isWorkday(day) ? people.flatMap((person) => personDay(person, today, day, chance)) : []),
        ...deployments(services, day, chance),
        ...rotations(today, day, chance),
        ...scan(secretsOn(day), day),
        ...emergencies(today, people, day, chance),
      ].toSorted((one, other) => String(one['eventTime']).localeCompare(String(other['eventTime'])));
    },
  };
}

function serviceOf(at: number, busy: number, random: Random): Service {
  const name = `svc${at}`;
  const kind = random.pick(['lambda', 'lambda', 'ecs', 'instance', 'ci']);
  const identity = roleIdentity(name, kind === 'instance' ? `i-0${String(at).padStart(16, '0')}` : name);
  const vpc = random.chance(0.6);
  const address: () => string =
    kind === 'ci'
      ? () => `20.${random.between(0, 250)}.${random.between(0, 250)}.7`
      : vpc
        ? () => `10.0.${at % 250}.${random.between(1, 250)}`
        : kind === 'lambda'
          ? () => `3.${random.between(60, 80)}.${random.between(0, 250)}.9`
          : () => `192.0.2.${100 + (at % 100)}`;
  const agents = {
    lambda: 'aws-sdk-js/3.1164.0 exec-env/AWS_Lambda_nodejs24.x',
    ecs: 'aws-sdk-java/2.30 exec-env/AWS_ECS_FARGATE',
    instance: 'Boto3/1.40',
    ci: 'aws-cli/2.30',
  };
  const actor = {
    identity,
    address,
    userAgent: agents[kind as keyof typeof agents],
    ...(vpc && kind !== 'ci' && { vpcEndpointId: 'vpce-0a' }),
  };
  const secrets = Array.from(
    { length: random.between(1, 6) },
    (_, n) => `${name}/${n === 0 ? 'database' : `key-${n}`}`,
  );
  // One in eight begins while the company is watched, as new services do.
  const from = random.chance(0.125) ? random.between(10, 55) : 0;
  return {
    name,
    actor,
    instances: kind === 'ci' ? Number.POSITIVE_INFINITY : kind === 'lambda' && !vpc ? 4 : 1,
    secrets: random.chance(0.3) ? [...secrets, 'shared/telemetry'] : secrets,
    from,
    readsADay: busy * random.between(4, 60),
  };
}

const isWorkday = (day: number): boolean => day % 7 < 5;
const at = (day: number, hour: number): number => FIRST_DAY + day * DAY + hour * HOUR;

/** Cold starts read all at once, a cache reads one by one. */
function serviceDay(service: Service, day: number, random: Random): CloudTrailRecord[] {
  const { actor, instances, secrets, readsADay } = service;
  const running = Array.from({ length: Math.min(instances, readsADay) }, (_, n) =>
    n === 0 ? actor : instanceOf(actor, `${day}x${n}`),
  );
  const records: CloudTrailRecord[] = [];
  for (let n = 0; n < readsADay; n++) {
    const time = at(day, random.next() * 24);
    const wanted = random.chance(0.15) ? secrets : [random.pick(secrets)];
    const who = running[n % running.length] ?? actor;
    for (const secret of wanted) records.push(read(who, time, secret), decrypted(who, time, secret));
  }
  return records;
}

function instanceOf(actor: Actor, tag: string): Actor {
  const address = actor.address();
  const identity = { ...actor.identity, accessKeyId: `${actor.identity['accessKeyId']}${tag}` };
  return { ...actor, identity, address: () => address };
}

function personDay(
  { name, team, home }: Person,
  services: readonly Service[],
  day: number,
  random: Random,
): CloudTrailRecord[] {
  if (!random.chance(0.25)) return [];
  const address = random.chance(0.9) ? home : `203.0.${random.between(0, 250)}.${random.between(1, 250)}`;
  const actor: Actor = {
    identity: personIdentity(name, day),
    userAgent: 'Mozilla/5.0 (Macintosh) Safari/605',
    address: () => address,
  };
  const time = at(day, 8 + random.next() * 9);
  const own = services.find((service) => service.name === team);
  if (own === undefined) return [list(actor, time)];
  const looked = random.pick(own.secrets);
  const records = [
    list(actor, time),
    call(actor, time + 4000, 'secretsmanager', 'DescribeSecret', { secretId: looked }),
    call(actor, time + 5000, 'secretsmanager', 'GetResourcePolicy', { secretId: looked }),
  ];
  return random.chance(0.5) ? [...records, read(actor, time + 9000, looked)] : records;
}

/** Plans refresh every secret; an apply makes or changes some; a new service gets its secrets. */
function deployments(services: readonly Service[], day: number, random: Random): CloudTrailRecord[] {
  if (!isWorkday(day)) return [];
  const time = at(day, 10 + random.next() * 5);
  const known = services.filter(({ from }) => from <= day);
  const plan = known.flatMap(({ secrets }, n) =>
    secrets.flatMap((secretId, k) => [
      call(DEPLOYER, time + n * 200 + k * 10, 'secretsmanager', 'DescribeSecret', { secretId }),
      call(DEPLOYER, time + n * 200 + k * 10 + 5, 'secretsmanager', 'GetResourcePolicy', { secretId }),
      ...(n % 4 === 0 ? [read(DEPLOYER, time + n * 200 + k * 10 + 7, secretId)] : []),
    ]),
  );
  const fresh = services.filter(({ from }) => from === day);
  const created = fresh.flatMap(({ secrets }) =>
    secrets.map((name) => call(DEPLOYER, at(day, 0), 'secretsmanager', 'CreateSecret', { name })),
  );
  const removed = random.chance(0.05)
    ? [
        call(DEPLOYER, time + HOUR, 'secretsmanager', 'DeleteSecret', {
          secretId: `old/${day}`,
          recoveryWindowInDays: 30,
        }),
      ]
    : [];
  return [...plan, ...created, ...removed];
}

function rotations(services: readonly Service[], day: number, random: Random): CloudTrailRecord[] {
  return services.flatMap(({ secrets }, n) => {
    const [secretId = ''] = secrets;
    if ((n + day) % 30 !== 0) return [];
    const time = at(day, random.next() * 24);
    const pending = { secretId, versionStage: 'AWSPENDING' };
    const fails = random.chance(0.02);
    return [
      serviceEvent(time, 'RotationStarted', secretId),
      call(ROTATOR, time + 1000, 'secretsmanager', 'DescribeSecret', { secretId }),
      read(ROTATOR, time + 1500, secretId),
      call(ROTATOR, time + 2000, 'secretsmanager', 'PutSecretValue', {
        secretId,
        clientRequestToken: `t-${day}-${n}`,
      }),
      call(ROTATOR, time + 3000, 'secretsmanager', 'GetSecretValue', pending),
      call(ROTATOR, time + 5000, 'secretsmanager', 'GetSecretValue', pending),
      ...(fails
        ? []
        : [
            call(ROTATOR, time + 8000, 'secretsmanager', 'UpdateSecretVersionStage', {
              secretId,
              versionStage: 'AWSCURRENT',
              moveToVersionId: `t-${day}-${n}`,
            }),
            serviceEvent(time + 9000, 'RotationSucceeded', secretId),
          ]),
    ];
  });
}

function scan(secrets: readonly string[], day: number): CloudTrailRecord[] {
  const time = at(day, 3);
  return [
    ...REGIONS.map((region, n) => list(SCANNER, time + n * 2000, { region })),
    ...secrets
      .filter((_, n) => n % 10 === day % 10)
      .map((secretId, n) =>
        call(SCANNER, time + 10_000 + n * 50, 'secretsmanager', 'DescribeSecret', { secretId }),
      ),
  ];
}

/** A colleague looks after another team's service; a deployment lacks a right; somebody mistypes. */
function emergencies(
  services: readonly Service[],
  people: readonly Person[],
  day: number,
  random: Random,
): CloudTrailRecord[] {
  const time = at(day, random.next() * 24);
  const person = random.pick(people);
  const helper: Actor = {
    identity: personIdentity(person.name, day),
    userAgent: 'Mozilla/5.0 (Macintosh) Safari/605',
    address: () => person.home,
  };
  const service = random.pick(services);
  const [secret = ''] = service.secrets;
  return [
    ...(random.chance(0.15)
      ? service.secrets.slice(0, 3).map((secretId, n) => read(helper, time + n * 30_000, secretId))
      : []),
    ...(random.chance(0.1)
      ? Array.from({ length: 30 }, (_, n) =>
          refused(service.actor, time + n * 20_000, 'GetSecretValue', `${secret}-new`),
        )
      : []),
    ...(random.chance(0.2)
      ? [
          call(
            helper,
            time,
            'secretsmanager',
            'GetSecretValue',
            { secretId: `${secret}x` },
            { error: { code: 'ResourceNotFoundException', message: 'not found' } },
          ),
        ]
      : []),
  ];
}
