/**
 * Rotation schedules. The model keeps and checks them but never runs one: time does not pass here by itself.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
import { invalidParameter } from './errors.ts';

export interface RotationRules {
  readonly AutomaticallyAfterDays?: number | undefined;
  readonly Duration?: string | undefined;
  readonly ScheduleExpression?: string | undefined;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const RATE = /^rate\((\d+) (hour|day)s?\)$/;
// Minutes must be 0 and the year *.
const CRON = /^cron\(0( \S+){4} \*\)$/;

/** @throws ServiceError InvalidParameterException */
export function checkRules(rules: RotationRules): void {
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression } = rules;
  if (days !== undefined && expression !== undefined)
    throw invalidParameter('You can use AutomaticallyAfterDays or ScheduleExpression, but not both.');
  if (days !== undefined && (days < 1 || days > 1000))
    throw invalidParameter('RotationRules.AutomaticallyAfterDays must be within 1-1000.');
  if (expression !== undefined && !isExpression(expression))
    throw invalidParameter('The ScheduleExpression is not valid.');
}

/**
 * When the next rotation is due, counted from the last.
 * @returns epoch milliseconds; `undefined` for cron() and without a schedule.
 */
export function nextRotation(rules: RotationRules | undefined, last: number): number | undefined {
  const period = (rules?.AutomaticallyAfterDays ?? 0) * DAY || ratePeriod(rules?.ScheduleExpression ?? '');
  return period === undefined ? undefined : last + period;
}

function isExpression(expression: string): boolean {
  const period = ratePeriod(expression);
  return period === undefined ? CRON.test(expression) : period >= 4 * HOUR && period <= 999 * DAY;
}

function ratePeriod(expression: string): number | undefined {
  const [, count, unit] = RATE.exec(expression) ?? [];
  return count === undefined ? undefined : Number(count) * (unit === 'day' ? DAY : HOUR);
}
