/**
 * When a secret rotates: at an hour of its own, taken from its ARN, so that a fleet does not rotate at midnight.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
import { createHash } from 'node:crypto';
import type { RotationRulesType } from '@aws-sdk/client-secrets-manager';
import { Mistake } from './mistake.ts';

export interface Schedule {
  readonly rules: RotationRulesType;
  /** In words, to follow "It rotates". */
  readonly says: string;
}

/** Time for retries; it must end on the day it begins. */
const WINDOW_HOURS = 4;
const LONGEST_DAYS = 999;
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const FORM = /^([1-9]\d{0,3})([dh])$/;

/** @param every such as `30d` or `12h` @throws Mistake for anything else */
export function scheduleOf(every: string, secretArn: string): Schedule {
  const [, digits, unit] = FORM.exec(every) ?? [];
  const count = Number(digits);
  if (digits === undefined || (unit === 'd' && count > LONGEST_DAYS))
    throw new Mistake(
      `--every must be days from 1d to ${LONGEST_DAYS}d, or 4h, 6h, 8h or 12h; not '${every}'`,
    );
  const pick = picker(secretArn);
  return unit === 'h' ? hourly(count, pick, every) : daily(count, pick);
}

/** @returns a number below `below`, the same for the same secret */
type Pick = (below: number) => number;

function picker(secretArn: string): Pick {
  const digest = createHash('sha256').update(secretArn).digest();
  let at = 0;
  return (below) => {
    const number = digest.readUInt32BE(at) % below;
    at += 4;
    return number;
  };
}

function hourly(count: number, pick: Pick, every: string): Schedule {
  if (![4, 6, 8, 12].includes(count))
    throw new Mistake(`--every in hours must be 4h, 6h, 8h or 12h, which part a day evenly; not '${every}'`);
  const first = pick(count);
  return {
    rules: { ScheduleExpression: `cron(0 ${first}/${count} * * ? *)`, Duration: '1h' },
    says: `every ${count} hours, first at ${clock(first)} UTC`,
  };
}

function daily(count: number, pick: Pick): Schedule {
  const hour = 1 + pick(24 - WINDOW_HOURS - 1);
  const window = `between ${clock(hour)} and ${clock(hour + WINDOW_HOURS)} UTC`;
  const at = (days: string, says: string): Schedule => ({
    rules: { ScheduleExpression: `cron(0 ${hour} ${days} *)`, Duration: `${WINDOW_HOURS}h` },
    says: `${says}, ${window}`,
  });
  const day = 1 + pick(28);
  if (count === 1) return at('* * ?', 'every day');
  if (count === 7) return at(`? * ${1 + (day % 7)}`, `every ${WEEKDAYS[day % 7]}`);
  if (count === 30) return at(`${day} * ?`, `on day ${day} of every month (28 to 31 days apart)`);
  if (count === 365) return at(`${day} ${1 + pick(12)} ?`, 'once a year');
  const months = count / 30;
  if ([2, 3, 4, 6].includes(months))
    return at(`${day} ${1 + pick(months)}/${months} ?`, `on day ${day} of every ${ORDINALS[months]} month`);
  return {
    rules: { ScheduleExpression: `rate(${count} days)` },
    says: `every ${count} days, at an hour of that day (UTC) that AWS chooses: only 1d, 7d, 30d, 60d, 90d, 120d, 180d and 365d can have one of their own`,
  };
}

const ORDINALS: Readonly<Record<number, string>> = { 2: 'second', 3: 'third', 4: 'fourth', 6: 'sixth' };

const clock = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;
