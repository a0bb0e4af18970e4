/** What thieves and saboteurs do, by class and stealth. Each is one actor from one moment on. */
import type { Company } from './company.ts';
import type { Random } from './random.ts';
import {
  ACCOUNT,
  type Actor,
  type CloudTrailRecord,
  call,
  KEY,
  list,
  personIdentity,
  read,
  refused,
  STRANGER,
  userIdentity,
} from './records.ts';

export type AttackClass = 'loud' | 'slow' | 'write' | 'policy' | 'key' | 'tamper';

export interface Attack {
  readonly name: string;
  readonly class: AttackClass;
  /** @param time of its beginning @param day of the simulation */
  run(scene: Scene): readonly CloudTrailRecord[];
}

export interface Scene {
  readonly company: Company;
  readonly time: number;
  readonly day: number;
  readonly random: Random;
  /** Tells one run of an attack from another. */
  readonly tag: string;
  /** What the attacker's tools call themselves. */
  readonly userAgent: string | undefined;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SECRETS = 'secretsmanager';

/** Secrets of many services, in no order. */
function loot({ company, day, random }: Scene, count: number): string[] {
  const all = [...new Set(company.secretsOn(day))];
  return Array.from(
    { length: count },
    () => all.splice(random.between(0, all.length - 1), 1)[0] ?? '',
  ).filter((secret) => secret !== '');
}

const outside = ({ random }: Scene): string => `203.0.113.${random.between(1, 250)}`;

/** A key of a user who was seen at work before is not there: the key itself is new to the trail. */
const stolenKey = (scene: Scene, userAgent = 'aws-cli/2.30'): Actor => {
  const address = outside(scene);
  return {
    identity: userIdentity(`user-${scene.tag}`, `AKIA${scene.tag}`),
    userAgent: scene.userAgent ?? userAgent,
    address: () => address,
  };
};

/** The role of a service, as its own machine would use it, or from elsewhere. */
function stolenRole(scene: Scene, inPlace: boolean): Actor {
  const { company, random, userAgent, day } = scene;
  const { actor } = random.pick(company.services.filter(({ from }) => from < day - 8));
  const address = outside(scene);
  const { vpcEndpointId, ...away } = actor;
  return inPlace
    ? { ...actor, userAgent: userAgent ?? actor.userAgent }
    : { ...away, address: () => address, userAgent: userAgent ?? 'Boto3/1.40' };
}

const person = (scene: Scene, agent: string): Actor => {
  const { name, home } = scene.random.pick(scene.company.people);
  return {
    identity: personIdentity(name, scene.day),
    userAgent: scene.userAgent ?? agent,
    address: () => home,
  };
};

const every = (
  list: readonly string[],
  from: number,
  gap: number,
  make: (secret: string, time: number) => CloudTrailRecord,
) => list.map((secret, n) => make(secret, from + n * gap));

const reads = (actor: Actor, secrets: readonly string[], from: number, gap: number): CloudTrailRecord[] =>
  every(secrets, from, gap, (secret, time) => read(actor, time, secret));

const one = (
  name: string,
  cls: AttackClass,
  make: (scene: Scene) => readonly CloudTrailRecord[],
): Attack => ({ name, class: cls, run: make });

const hand = (scene: Scene): Actor => stolenKey(scene);
const first = (scene: Scene): string => loot(scene, 1)[0] ?? '';

export const ATTACKS: readonly Attack[] = [
  one('a stolen key lists, then reads everything', 'loud', (scene) => {
    const actor = stolenKey(scene);
    return [list(actor, scene.time), ...reads(actor, loot(scene, 25), scene.time + 2000, 300)];
  }),
  one('a stolen role reads everything from elsewhere', 'loud', (scene) =>
    reads(stolenRole(scene, false), loot(scene, 20), scene.time, 1000),
  ),
  one('a stolen role reads many in place', 'loud', (scene) =>
    reads(stolenRole(scene, true), loot(scene, 20), scene.time, 2000),
  ),
  one('all in batches by a filter', 'loud', (scene) => {
    const actor = stolenKey(scene, 'Boto3/1.40');
    const filters = [{ key: 'tag-key', values: ['!nothing'] }];
    return Array.from({ length: 5 }, (_, n) =>
      call(actor, scene.time + n * 500, SECRETS, 'BatchGetSecretValue', { filters }),
    );
  }),
  one('a batch by names', 'loud', (scene) => {
    const actor = stolenRole(scene, false);
    return [call(actor, scene.time, SECRETS, 'BatchGetSecretValue', { secretIdList: loot(scene, 20) })];
  }),
  one('a console session, then a CloudShell loop', 'loud', (scene) => {
    const console_ = person(scene, 'Mozilla/5.0 (Macintosh) Safari/605');
    const shell = { ...console_, userAgent: scene.userAgent ?? 'aws-cli/2.30 exec-env/CloudShell' };
    return [list(console_, scene.time), ...reads(shell, loot(scene, 6), scene.time + MINUTE, 1000)];
  }),
  one('one Region after another', 'loud', (scene) => {
    const actor = stolenKey(scene, 'Boto3/1.40');
    const regions = ['eu-central-1', 'us-east-1', 'us-west-2', 'ap-south-1', 'sa-east-1'];
    return [
      ...regions.map((region, n) => list(actor, scene.time + n * 3000, { region })),
      ...reads(actor, loot(scene, 6), scene.time + 20_000, 500),
    ];
  }),
  one('a worm in a build', 'loud', (scene) =>
    reads(
      { ...stolenRole(scene, false), userAgent: scene.userAgent ?? 'aws-sdk-js/3.900' },
      loot(scene, 12),
      scene.time,
      5000,
    ),
  ),
  one('probing what a key may do', 'loud', (scene) => {
    const actor = stolenKey(scene);
    return [
      refused(actor, scene.time, 'ListSecrets', '*'),
      ...every(loot(scene, 12), scene.time + 1000, 1500, (secret, time) =>
        refused(actor, time, 'GetSecretValue', secret),
      ),
    ];
  }),

  one('a role in place, two secrets an hour', 'slow', (scene) =>
    reads(stolenRole(scene, true), loot(scene, 16), scene.time, 30 * MINUTE),
  ),
  one('a stolen role from elsewhere, one an hour', 'slow', (scene) =>
    reads(stolenRole(scene, false), loot(scene, 16), scene.time, HOUR),
  ),
  one('an insider, one after the other', 'slow', (scene) =>
    reads(person(scene, 'Mozilla/5.0 (Macintosh) Safari/605'), loot(scene, 12), scene.time, 40 * MINUTE),
  ),
  one('a list, then one an hour', 'slow', (scene) => {
    const actor = stolenRole(scene, false);
    return [list(actor, scene.time), ...reads(actor, loot(scene, 14), scene.time + MINUTE, HOUR)];
  }),

  one('a value is overwritten', 'write', (scene) => {
    const secretId = rotated(scene);
    return [
      call(hand(scene), scene.time, SECRETS, 'PutSecretValue', { secretId, clientRequestToken: scene.tag }),
    ];
  }),
  one('AWSCURRENT is moved back', 'write', (scene) => [
    call(hand(scene), scene.time, SECRETS, 'UpdateSecretVersionStage', {
      secretId: first(scene),
      versionStage: 'AWSCURRENT',
      moveToVersionId: 'old',
    }),
  ]),
  one('another function rotates', 'write', (scene) => [
    call(hand(scene), scene.time, SECRETS, 'RotateSecret', {
      secretId: rotated(scene),
      rotationLambdaARN: `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:mine`,
    }),
  ]),
  one('rotation is switched off', 'write', (scene) => [
    call(hand(scene), scene.time, SECRETS, 'CancelRotateSecret', { secretId: first(scene) }),
  ]),
  one('secrets are deleted for good', 'write', (scene) =>
    every(loot(scene, 4), scene.time, 2000, (secretId, time) =>
      call(hand(scene), time, SECRETS, 'DeleteSecret', { secretId, forceDeleteWithoutRecovery: true }),
    ),
  ),
  one('a copy goes to a far Region', 'write', (scene) => [
    call(hand(scene), scene.time, SECRETS, 'ReplicateSecretToRegions', {
      secretId: first(scene),
      addReplicaRegions: [{ region: 'af-south-1' }],
    }),
  ]),

  one('a secret is opened to everybody', 'policy', (scene) => [
    call(hand(scene), scene.time, SECRETS, 'PutResourcePolicy', {
      secretId: first(scene),
      resourcePolicy: allow('*'),
    }),
  ]),
  one('a secret is opened to a stranger', 'policy', (scene) => [
    call(hand(scene), scene.time, SECRETS, 'PutResourcePolicy', {
      secretId: first(scene),
      resourcePolicy: allow({ AWS: `arn:aws:iam::${STRANGER}:root` }),
    }),
  ]),
  one('a role trusts a stranger', 'policy', (scene) => [
    call(hand(scene), scene.time, 'iam', 'UpdateAssumeRolePolicy', {
      roleName: 'svc1',
      policyDocument: allow({ AWS: `arn:aws:iam::${STRANGER}:root` }),
    }),
  ]),
  one('a user may read every secret', 'policy', (scene) => [
    call(hand(scene), scene.time, 'iam', 'AttachUserPolicy', {
      userName: 'x',
      policyArn: 'arn:aws:iam::aws:policy/SecretsManagerReadWrite',
    }),
  ]),

  one('the key is scheduled for deletion', 'key', (scene) => [
    onKey(scene, 'ScheduleKeyDeletion', { pendingWindowInDays: 7 }),
  ]),
  one('the key is granted to a stranger', 'key', (scene) => [
    onKey(scene, 'CreateGrant', {
      granteePrincipal: `arn:aws:iam::${STRANGER}:root`,
      operations: ['Decrypt'],
    }),
  ]),
  one('a secret gets a stranger’s key', 'key', (scene) => [
    call(hand(scene), scene.time, SECRETS, 'UpdateSecret', {
      secretId: first(scene),
      kmsKeyId: `arn:aws:kms:eu-central-1:${STRANGER}:key/k`,
    }),
  ]),

  one('the trail is stopped', 'tamper', (scene) => [
    call(hand(scene), scene.time, 'cloudtrail', 'StopLogging', { name: 'main' }),
  ]),
  one('the rule is disabled', 'tamper', (scene) => [
    call(hand(scene), scene.time, 'events', 'DisableRule', { name: 'keyturn-prod-secrets' }),
  ]),
  one('a tag of a honeytoken is removed', 'tamper', (scene) => [
    call(hand(scene), scene.time, SECRETS, 'UntagResource', {
      secretId: first(scene),
      tagKeys: ['keyturn:honeytoken'],
    }),
  ]),
  one('a honeytoken is read', 'tamper', (scene) => [read(hand(scene), scene.time, 'admin/root-backup')]),
];

/** One that the trail has seen to rotate. */
const rotated = ({ company, day, random }: Scene): string =>
  random.pick(company.services.filter(({ from }, n) => from === 0 && n < day)).secrets[0] ?? '';

const onKey = (scene: Scene, name: string, request: object): CloudTrailRecord =>
  call(
    hand(scene),
    scene.time,
    'kms',
    name,
    { keyId: KEY, ...request },
    { more: { resources: [{ ARN: KEY, accountId: ACCOUNT, type: 'AWS::KMS::Key' }] } },
  );

const allow = (principal: unknown): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: principal, Action: 'secretsmanager:GetSecretValue', Resource: '*' },
    ],
  });
