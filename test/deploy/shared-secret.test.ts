/**
 * A secret that is shared with another account by what the template makes, on the model: policy and key are the produced
 * template's, the reader's own policy is the one that docs/cross-account.md shows.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  DeleteResourcePolicyCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { roleCaller } from '../../local/cloudtrail/caller.ts';
import { type BusEvent, eventBus } from '../../local/event-bus.ts';
import type { DatabaseOnStage, Login } from '../../local/rehearsal/cast.ts';
import { postgresOnStage } from '../../local/rehearsal/postgres.ts';
import { ACCOUNT, REGION, type Stage, startStage } from '../../local/rehearsal/stage.ts';
import { postgresMajors } from '../../local/servers/postgres.ts';
import type { Alert } from '../../shared/audit/alerts/alert.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { type Deployment, NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import { packagedStack } from '../support/iam.ts';
import { PACKAGING_MS } from '../support/package.ts';

const CONSUMER = '444455556666';
const READER = `arn:aws:iam::${CONSUMER}:role/orders`;
const PAGE = resolve(import.meta.dirname, '../../docs/cross-account.md');
const trusting = { trustedAccounts: [CONSUMER] };
const ANYTHING = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

const bus = eventBus();
const callers = new Map<string, ReturnType<typeof roleCaller> & { readonly policies: readonly object[] }>();
const keys = new Map<string, object>();
const major = postgresMajors().installed.at(-1);

describe.skipIf(major === undefined)(`a shared secret, PostgreSQL ${major ?? '(no server here)'}`, () => {
  const disposables = new AsyncDisposableStack();
  let database: DatabaseOnStage;
  let stage: Stage;
  let secret: string;
  let template: { readonly policy: object; readonly key: string; readonly keyPolicy: Policy };

  beforeAll(async () => {
    database = disposables.use(await postgresOnStage(major ?? 18));
    stage = disposables.use(await startStage(database, { bus, callers, keys }));
    const cast = database.casts.find(({ form }) => form === 'base-and-clone');
    if (cast === undefined) throw new Error('no such cast');
    secret = await stage.enter(cast, 'shared');
    const stack = await packagedStack({ sharedSecrets: [{ secret, readers: [READER] }] });
    const [policy = ''] = Object.keys(stack.template.Resources).filter((id) => id.startsWith('Share'));
    template = {
      policy: stack.properties(policy) as object,
      key: stack.arnOf('SharedKey'),
      keyPolicy: (stack.properties('SharedKey') as unknown as { readonly KeyPolicy: Policy }).KeyPolicy,
    };
    const page = await readFile(PAGE, 'utf8');
    const shown = /```json\n(.*?)```/s.exec(page)?.[1] ?? '';
    const own: Policy = JSON.parse(
      shown.replace(/"arn:aws:secretsmanager[^"]*"/, `"${secret}"`).replace('<SharedKeyArn>', template.key),
    );
    join('READER', READER, own);
    join('READER-WITHOUT-KEY', READER, { ...own, Statement: own.Statement.slice(0, 1) });
    join('READER-OF-ALL', READER, ANYTHING);
    join('READER-OF-NONE', READER);
    join('NEIGHBOUR', `arn:aws:iam::${CONSUMER}:role/carts`, ANYTHING);
    join('STRANGER', 'arn:aws:iam::777788889999:role/orders', ANYTHING);
  }, PACKAGING_MS);
  afterAll(() => disposables.disposeAsync());

  /** As the page says, after the stack is there. */
  beforeEach(async () => {
    await stage.client.send(new PutResourcePolicyCommand(asCalled(template.policy)));
    await stage.client.send(new UpdateSecretCommand({ SecretId: secret, KmsKeyId: template.key }));
    keys.set(template.key, template.keyPolicy);
    bus.take();
  });

  const as = (accessKeyId: string) => {
    const credentials = { accessKeyId, secretAccessKey: 'unused' };
    const client = new SecretsManagerClient({
      ...{ endpoint: stage.secrets.endpoint, region: REGION, credentials, maxAttempts: 1 },
    });
    return disposables.adopt(client, (one) => one.destroy());
  };
  const read = async (caller: string, SecretId = secret): Promise<Login> => {
    const { SecretString = '' } = await as(caller).send(new GetSecretValueCommand({ SecretId }));
    return JSON.parse(SecretString);
  };
  const refusal = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'not refused',
      ({ name, message }: Error) => `${name}: ${message}`,
    );

  test('the reader that is listed gets the value by the whole ARN, and logs in', async () => {
    expect(await database.work(await read('READER'))).toBe('accepted');
    const described = await as('READER').send(new DescribeSecretCommand({ SecretId: secret }));
    expect(described).toMatchObject({ ARN: secret, KmsKeyId: template.key });
  });

  test('by its name it is looked for in the reader’s account, and a part of the ARN is not enough', async () => {
    const [name, partial] = ['app/shared', secret.slice(0, -7)];
    expect(await refusal(read('READER-OF-ALL', name))).toMatch(/^ResourceNotFoundException/);
    expect(await refusal(read('READER', name))).toMatch(/^AccessDenied.*no identity-based policy allows/);
    expect(await refusal(read('READER-OF-ALL', partial))).toMatch(/^AccessDenied.*no resource-based policy/);
  });

  test('each of the three policies, and the key, is needed', async () => {
    expect(await refusal(read('READER-OF-NONE'))).toMatch(/^AccessDenied.*no identity-based policy allows/);
    const noKey = 'AccessDeniedException: Access to KMS is not allowed';
    expect(await refusal(read('READER-WITHOUT-KEY'))).toBe(noKey);
    keys.set(template.key, { ...template.keyPolicy, Statement: template.keyPolicy.Statement.slice(0, 1) });
    expect(await refusal(read('READER'))).toBe(noKey);
    const withDefaultKey = { SecretId: secret, KmsKeyId: 'alias/aws/secretsmanager' };
    await stage.client.send(new UpdateSecretCommand(withDefaultKey));
    expect(await refusal(read('READER'))).toMatch(/^InvalidRequestException: You can't access a secret from/);
    await stage.client.send(new DeleteResourcePolicyCommand({ SecretId: secret }));
    expect(await refusal(read('READER'))).toMatch(/^AccessDenied.*no resource-based policy allows/);
  });

  test('nobody else reads it, and the reader does no more than read', async () => {
    for (const caller of ['NEIGHBOUR', 'STRANGER'])
      expect(await refusal(read(caller))).toMatch(/^AccessDenied.*no resource-based policy allows/);
    const reader = as('READER-OF-ALL');
    for (const call of [
      reader.send(new PutSecretValueCommand({ SecretId: secret, SecretString: '{}' })),
      reader.send(new RotateSecretCommand({ SecretId: secret })),
      reader.send(new DeleteResourcePolicyCommand({ SecretId: secret })),
    ])
      expect(await refusal(call)).toMatch(/^AccessDenied.*no resource-based policy allows/);
    expect(await database.work(await read('READER'))).toBe('accepted');
  });

  test('while it is rotated the reader always gets what logs in, and the new version afterwards', async () => {
    const before = await read('READER');
    let done = false;
    const reading = async () => {
      const outcomes = new Set<string>();
      while (!done) outcomes.add(await database.work(await read('READER')));
      return outcomes;
    };
    const rotating = async () => {
      for (let rotation = 0; rotation < 3; rotation++) {
        await stage.rotate(secret);
        expect(await stage.secrets.rotations.whenIdle(secret)).toMatchObject({ status: 'succeeded' });
      }
    };
    const [outcomes] = await Promise.all([reading(), rotating().finally(() => (done = true))]);
    expect(outcomes).toEqual(new Set(['accepted']));
    expect(await alerts(bus.take(), { ...trusting, rotationFunctions: [stage.function.arn] })).toEqual([]);
    const after = await read('READER');
    expect(after).toEqual(await stage.read(secret));
    expect(after.password).not.toBe(before.password);
    expect(await database.work(after)).toBe('accepted');
  });

  test('CloudTrail tells both accounts of a read, and the audit of an account that is not trusted', async () => {
    await read('READER');
    await refusal(read('NEIGHBOUR'));
    const events = bus.take();
    expect(await alerts(events, {})).toEqual([`${READER}: cross-account-read`]);
    expect(await alerts(events, trusting)).toEqual([]);

    const reads = events.filter(({ detail }) => detail['eventName'] === 'GetSecretValue');
    const [callers, owners, refused, ...more] = reads;
    expect(more).toEqual([]);
    expect(callers).toMatchObject({
      account: CONSUMER,
      detail: { recipientAccountId: CONSUMER, userIdentity: { type: 'AssumedRole', accountId: CONSUMER } },
    });
    expect(owners).toMatchObject({ account: ACCOUNT, detail: { recipientAccountId: ACCOUNT } });
    const { userIdentity, sharedEventID, eventID } = owners?.detail ?? {};
    expect(userIdentity).toEqual({
      type: 'AWSAccount',
      accountId: CONSUMER,
      principalId: expect.any(String),
    });
    expect(sharedEventID).toBe(callers?.detail['sharedEventID']);
    expect(eventID).not.toBe(callers?.detail['eventID']);
    expect(refused).toMatchObject({
      account: CONSUMER,
      detail: { errorCode: 'AccessDenied', requestParameters: null },
    });
    const decrypted = events.filter(({ detail }) => detail['eventName'] === 'Decrypt');
    expect(decrypted.map(({ account }) => account)).toEqual([CONSUMER, ACCOUNT]);
  });
});

interface Policy {
  readonly Statement: readonly object[];
}

/** Gives a role of another account an access key. */
function join(accessKeyId: string, role: string, ...policies: readonly object[]): void {
  const [, , , , account = '', name = ''] = role.split(':');
  callers.set(accessKeyId, { ...roleCaller(account, name.replace('role/', ''), accessKeyId), policies });
}

/** What CloudFormation calls with the properties of a resource policy. */
const asCalled = (properties: object) => {
  const { ResourcePolicy, ...rest } = properties as { SecretId: string; ResourcePolicy: object };
  return { ...rest, ResourcePolicy: JSON.stringify(ResourcePolicy) };
};

/** Whom the alerts are about, and the detectors. */
async function alerts(events: readonly BusEvent[], told: Partial<Deployment>): Promise<string[]> {
  const sent: Alert[] = [];
  const audit = new Audit({
    memory: new InProcessMemory(),
    publisher: { publish: async (alert) => void sent.push(alert) },
    ...{ detectors: DETECTORS, deployment: { ...NO_DEPLOYMENT, ...told }, suppressions: [] },
  });
  const all = events
    .map(readEvent)
    .filter((event): event is AuditEvent => event !== undefined && !isUnreadable(event));
  await audit.take(all);
  return sent.map(
    ({ principal, findings }) => `${principal.key}: ${findings.map(({ detector }) => detector).join(' ')}`,
  );
}
