/** What the Redshift engine makes by itself, without a server. */
import { describe, expect, it } from 'vitest';
import { redshift } from '../../shared/engines/redshift/engine.ts';
import { markGroup, markStatement, readMark } from '../../shared/engines/redshift/mark.ts';
import { generatePassword, mergeRules } from '../../shared/rotation/password.ts';
import { parseSecret } from '../../shared/rotation/secret.ts';

const engine = redshift({ tls: { serverNames: new Map() } });
const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app/sales-AbCdEf';

describe('the mark', () => {
  const mark = { secretArn: ARN, users: ['sales', 'sales_clone'] } as const;
  const ofOthers = { secretArn: `${ARN}x`, users: mark.users };
  const ofOtherUsers = { secretArn: ARN, users: ['sales', 'sales_2'] } as const;

  it('is a group whose name fits, whatever the order of the users', () => {
    expect(markGroup(mark)).toMatch(/^keyturn_[\da-f]{20}_[\da-f]{20}$/);
    expect(markGroup({ ...mark, users: ['sales_clone', 'sales'] })).toBe(markGroup(mark));
  });

  it('is read from the groups of a user', () => {
    expect(readMark(['analysts', markGroup(mark)], mark)).toEqual(mark);
    expect(readMark(['analysts'], mark)).toBeUndefined();
  });

  it('is no group of an administrator’s own naming', () => {
    expect(readMark(['keyturn_admins', `${markGroup(mark)}0`], mark)).toBeUndefined();
  });

  it('of another secret outweighs it', () => {
    const found = readMark([markGroup(mark), markGroup(ofOthers)], mark);
    expect(found?.secretArn).toContain(`ALTER GROUP "${markGroup(ofOthers)}" DROP USER`);
  });

  it('of other users binds nobody, and stands in nobody’s way', () => {
    const found = readMark([markGroup(ofOtherUsers)], mark);
    expect(found?.secretArn).toBe(ARN);
    expect(mark.users.some((user) => found?.users.includes(user))).toBe(false);
    expect(readMark([markGroup(ofOtherUsers), markGroup(mark)], mark)).toEqual(mark);
  });

  it('is shown as statements', () => {
    const group = `"${markGroup(mark)}"`;
    expect(markStatement('sales', mark)).toBe(
      `CREATE GROUP ${group}; ALTER GROUP ${group} ADD USER "sales";`,
    );
  });
});

describe('user names', () => {
  it.each(['app', 'App', 'app user', 'app"quote', 'a'.repeat(127)])('%j is one', (name) => {
    expect(() => engine.checkUsername(name, 'username')).not.toThrow();
  });

  it.each([
    ['', /is empty/],
    ['PUBLIC', /keeps for itself/],
    ['IAM:app', /IAM/],
    ['IAMR:role', /IAM/],
    ['a\nb', /control character/],
    ['a'.repeat(128), /longer than 127 bytes/],
    ['ä'.repeat(64), /longer than 127 bytes/],
  ])('%j is none', (name, message) => {
    expect(() => engine.checkUsername(name, 'username')).toThrow(message);
  });
});

describe('rotation.password.validDays', () => {
  const parsed = (rotation: object, more: object = {}) =>
    parseSecret({ engine, allowPlaintext: false })(
      JSON.stringify({
        ...{ engine: 'redshift', host: 'dwh.example.org', username: 'app', password: 'Right-123' },
        ...{ ...more, rotation },
      }),
    );
  const masterarn = `${ARN}-dba`;
  const password = { validDays: 45 };

  it.each([
    [{ strategy: 'alternating-users', password }],
    [{ strategy: 'single-user', by: 'superuser', password }],
    [{ password }],
  ])('is for superusers: %j', (rotation) => {
    expect(parsed(rotation, { masterarn }).options.password.validDays).toBe(45);
  });

  it.each([
    [{ password }, {}],
    [{ strategy: 'single-user', password }, { masterarn }],
  ])('is refused for a user’s own change: %j', (rotation, more) => {
    expect(() => parsed(rotation, more)).toThrow(/rotation\.password\.validDays" needs a superuser/);
  });

  it.each([0, -1, 1.5, 3651, '45', null])('is a whole number of days, not %j', (validDays) => {
    expect(() => parsed({ strategy: 'alternating-users', password: { validDays } }, { masterarn })).toThrow(
      /validDays/,
    );
  });
});

it('passwords have 64 characters at most, and what Redshift insists on', () => {
  const careless = mergeRules(engine.passwordRules, { requireEachClass: false, length: 64 });
  for (let n = 0; n < 200; n++)
    expect(generatePassword(careless).reveal()).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[^'"\\/@ ]{64}$/);
  expect(() => generatePassword(mergeRules(careless, { length: 65 }))).toThrow(/8 to 64/);
});
