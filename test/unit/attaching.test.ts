/** The parts of attaching that need no service: schedules, and which statements of a policy speak of a role. */
import { describe, expect, it } from 'vitest';
import { readPolicy, statementsFor } from '../../cli/attaching/policies.ts';
import { scheduleOf } from '../../cli/attaching/schedule.ts';
import { printable } from '../../cli/attaching/screen.ts';
import { checkRules } from '../../local/secrets-manager/schedule.ts';

const arn = (n: number) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/${n}-AbCdEf`;
const fleet = Array.from({ length: 500 }, (_, n) => arn(n));

describe('a schedule', () => {
  it.each(['1d', '7d', '30d', '60d', '90d', '120d', '180d', '365d'])(
    'of %s has an hour of its own',
    (every) => {
      const schedules = fleet.map((secret) => scheduleOf(every, secret));
      const hours = new Map<number, number>();
      for (const { rules } of schedules) {
        checkRules(rules);
        expect(rules.Duration).toBe('4h');
        const [, hour, dayOfMonth, , dayOfWeek] =
          /^cron\(0 (\d+) (\S+) (\S+) (\S+) \*\)$/.exec(rules.ScheduleExpression ?? '') ?? [];
        // One of the two days must be a question mark, and the window must end on the day it begins.
        expect([dayOfMonth, dayOfWeek].filter((day) => day === '?')).toHaveLength(1);
        expect(Number(hour) + 4).toBeLessThan(24);
        hours.set(Number(hour), (hours.get(Number(hour)) ?? 0) + 1);
      }
      expect([...hours.keys()].toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 19 }, (_, n) => n + 1),
      );
      expect(Math.max(...hours.values())).toBeLessThan(60);
    },
  );

  it.each(['4h', '6h', '8h', '12h'])('of %s begins at its own hour', (every) => {
    const expressions = new Set(fleet.map((secret) => scheduleOf(every, secret).rules.ScheduleExpression));
    expect(expressions.size).toBe(Number.parseInt(every, 10));
    for (const ScheduleExpression of expressions) checkRules({ ScheduleExpression });
  });

  it('is the same for the same secret', () => {
    expect(scheduleOf('90d', arn(1))).toEqual(scheduleOf('90d', arn(1)));
    expect(scheduleOf('90d', arn(1))).not.toEqual(scheduleOf('90d', arn(2)));
  });

  it('of other days says that it has no hour of its own', () => {
    expect(scheduleOf('45d', arn(1))).toEqual({
      rules: { ScheduleExpression: 'rate(45 days)' },
      says: expect.stringContaining('at an hour of that day (UTC) that AWS chooses'),
    });
  });

  it.each(['', '30', 'd', '0d', '-1d', '1.5d', '1000d', '3h', '24h', '30 d', '30D', 'weekly'])(
    '%j is refused',
    (every) => {
      expect(() => scheduleOf(every, arn(1))).toThrow(/^--every .*; not '/);
    },
  );
});

describe('statements of a policy', () => {
  const ROLE = 'arn:aws:iam::111122223333:role/rotate';
  const policy = (...Statement: object[]) => readPolicy(JSON.stringify({ Version: '2012-10-17', Statement }));
  const rest = { Action: 'kms:*', Resource: '*' };

  it.each([
    ['everybody', { Principal: '*' }, true],
    ['everybody of AWS', { Principal: { AWS: '*' } }, true],
    ['the role', { Principal: { AWS: ROLE } }, true],
    ['one of several', { Principal: { AWS: ['arn:aws:iam::111122223333:role/x', ROLE] } }, true],
    ['the account', { Principal: { AWS: 'arn:aws:iam::111122223333:root' } }, true],
    ["the account's number", { Principal: { AWS: '111122223333' } }, true],
    ['another role', { Principal: { AWS: 'arn:aws:iam::111122223333:role/x' } }, false],
    ['another account', { Principal: { AWS: 'arn:aws:iam::444455556666:root' } }, false],
    ['a service', { Principal: { Service: 'rds.amazonaws.com' } }, false],
    ['all but the role', { NotPrincipal: { AWS: ROLE } }, false],
    ['all but others', { NotPrincipal: { AWS: 'arn:aws:iam::111122223333:role/x' } }, true],
  ])('that deny %s', (_name, who, meant) => {
    const found = statementsFor(policy({ Effect: 'Deny', ...who, ...rest }), ROLE, 'Deny');
    const statement = { Effect: 'Deny', ...rest };
    expect(found).toEqual(meant ? [{ Version: '2012-10-17', Statement: [statement] }] : []);
  });

  it('are told apart by their effect', () => {
    const both = policy(
      { Effect: 'Allow', Principal: '*', ...rest },
      { Effect: 'Deny', Principal: '*', ...rest },
    );
    expect(statementsFor(both, ROLE, 'Allow')).toMatchObject([{ Statement: [{ Effect: 'Allow' }] }]);
    expect(statementsFor(undefined, ROLE, 'Allow')).toEqual([]);
    expect(readPolicy('no JSON')).toBeUndefined();
  });
});

it('a name in a secret does not move the cursor of whoever checks it', () => {
  expect(printable('app\u001b[2J\r\nok')).toBe('app·[2J··ok');
});
