/** `npm run inventory` as a person runs it: bundled functions, a real database, the model of Secrets Manager. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Inventory } from '../../cli/attaching/inventory.ts';
import type { Cast } from '../../local/rehearsal/cast.ts';
import { postgresMajors } from '../../local/servers/postgres.ts';
import { type AttachStage, startAttachStage } from '../support/attach-stage.ts';

const major = postgresMajors().installed.at(-1);
if (major === undefined) test.skip('inventory: no PostgreSQL can be had for this platform', () => {});

let on: AttachStage;

describe.skipIf(major === undefined)('npm run inventory', () => {
  beforeAll(async () => {
    if (major === undefined) return;
    on = await startAttachStage(major);
    const { model } = on.stage.secrets;
    const enter = async (castName: string, tag: string) => {
      const cast = on.database.casts.find(({ name }) => name === castName) as Cast;
      return model.get(await on.stage.enter(cast, tag));
    };
    const attached = await enter('own password', 'attached');
    const settings = {
      enabled: true,
      functionArn: on.stage.function.arn,
      rules: undefined,
      rotatedAt: undefined,
    };
    attached.rotation = settings;
    const value =
      attached.versions.get(attached.labels.get('AWSCURRENT') ?? '')?.value?.content.reveal() ?? '';
    await enter('own password', 'loose');
    model.create({ name: 'rds!db-1', SecretString: '{}', owningService: 'rds' });
    model.create({
      name: 'app/wrong',
      SecretString: value.replace(/"password":"[^"]+"/, '"password":"Wrong-1"'),
    });
    model.get('app/wrong').tags.set('keyturn:function', 'rotate-postgres');
    model.create({ name: 'app/api-key', SecretString: 'not JSON' });
    model.create({ name: 'app/bait', SecretString: '{}', tags: new Map([['keyturn:honeytoken', 'true']]) });
  });
  afterAll(() => on[Symbol.asyncDispose]());

  const inventory = async (...args: string[]) => {
    const { code, stdout, stderr } = await on.run('inventory', '--json', ...args);
    expect(stderr).toBe('');
    const { secrets } = JSON.parse(stdout) as Inventory;
    return { code, secrets: new Map(secrets.map((one) => [one.name, one])) };
  };

  test('tells which would be refused, and why, and changes nothing', async () => {
    on.calls.length = 0;
    const { code, secrets } = await inventory();
    expect(code).toBe(1);
    expect([...secrets].map(([name, { verdict }]) => [name, verdict]).toSorted()).toEqual([
      ['app/api-key', 'unseen'],
      ['app/attached', 'refused'],
      ['app/bait', 'unseen'],
      ['app/loose', 'unseen'],
      ['app/wrong', 'refused'],
      ['rds!db-1', 'refused'],
    ]);
    expect(secrets.get('rds!db-1')?.reasons[0]?.says).toContain('belongs to the AWS service rds');
    expect(secrets.get('app/wrong')?.reasons.map(({ check }) => check)).toEqual(['login', 'account']);
    // Of one user with app/wrong: each would lock the other out.
    expect(secrets.get('app/attached')).toMatchObject({
      attached: true,
      reasons: [{ check: 'account', says: expect.stringContaining('in common with app/wrong') }],
    });
    const names = on.calls.filter(({ caller }) => caller === 'OPERATOR').map(({ action }) => action);
    expect(new Set(names)).toEqual(new Set(['ListSecrets']));
  });

  test('with --tag looks at all, and takes its tags off again', async () => {
    on.calls.length = 0;
    const { secrets } = await inventory('--tag', '--prefix', 'app/');
    const touched = on.calls.filter(({ input }) => JSON.stringify(input).includes('app/bait'));
    expect(touched).toEqual([]);
    expect(secrets.get('app/loose')).toMatchObject({ verdict: 'ready', attached: false, reasons: [] });
    expect(secrets.get('app/api-key')).toMatchObject({
      verdict: 'refused',
      reasons: [{ check: 'secret', says: 'The secret is not JSON (SECRET_INVALID).' }],
    });
    const tags = on.stage.secrets.model
      .all()
      .flatMap((secret) => [...secret.tags.keys()].map((key) => [secret.name, key]));
    expect(tags).toEqual([
      ['app/wrong', 'keyturn:function'],
      ['app/bait', 'keyturn:honeytoken'],
    ]);
    expect(on.calls.some(({ caller, action }) => caller === 'OPERATOR' && /Value/.test(action))).toBe(false);
  });

  test('is read by people too', async () => {
    const { code, stdout } = await on.run('inventory', '--prefix', 'app/');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^5 secrets in eu-central-1: 2 refused, 0 ready, 3 unseen\.\n\nrefused {2}app\/wrong/,
    );
    expect(stdout).toContain('refused  app/attached (attached)\n  account: It has a user of');
    expect(stdout).toContain('Fix: Add --tag, which tags each secret while it is looked at.');
    expect(stdout).not.toContain('Wrong-1');
  });

  test.each([
    [['--stage', 'prd'], 'there is no stack keyturn-prd in eu-central-1'],
    [['--nmae', 'x'], "Unknown option '--nmae'"],
  ])('%j: a mistake is one line', async (args, message) => {
    const { code, stdout, stderr } = await on.run('inventory', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`inventory: ${message}`);
  });
});
