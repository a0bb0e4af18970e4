/** What a check answers, as JSON. It holds names, hosts and versions, and no value of the secret. */
import * as v from 'valibot';
import { ERRORS, type KeyturnError, scrubbed } from '../../core/errors.ts';

/** In the order in which they are told. */
export const CHECKS = [
  'secret',
  'pending',
  'replicas',
  'dns',
  'tcp',
  'tls',
  'login',
  'engine',
  'host',
  'strategy',
  'superuser',
  'rights',
  'probe',
  'readers',
] as const;
export type CheckName = (typeof CHECKS)[number];

const finding = v.strictObject({
  check: v.picklist(CHECKS),
  result: v.picklist(['ok', 'warning', 'failed', 'skipped']),
  /** What was seen, in one sentence. */
  says: v.string(),
  /** What to do about it; `null` where there is nothing to do. */
  fix: v.nullable(v.string()),
});

export const reportSchema = v.strictObject({
  /** ARN of the secret. */
  secret: v.string(),
  /** ARN of the function that looked. */
  function: v.string(),
  /** Whether nothing failed: a rotation would not be refused for what can be known beforehand. */
  ok: v.boolean(),
  /** The users this secret rotates, and where, for the tag keyturn:account; `null` where they are not known. */
  account: v.nullable(v.string()),
  /** Such as `single-user`; `null` where it is not known. */
  strategy: v.nullable(v.string()),
  /** One of each. */
  checks: v.array(finding),
});

export type Finding = v.InferOutput<typeof finding>;
export type CheckReport = v.InferOutput<typeof reportSchema>;

const GRAVITY: { readonly [result in Finding['result']]: number } = {
  skipped: 0,
  ok: 1,
  warning: 2,
  failed: 3,
};

/** Gathers one finding for each check; what none was made of has been skipped. */
export class Findings {
  readonly #made = new Map<CheckName, Finding>();

  ok(check: CheckName, says: string): void {
    this.#add({ check, result: 'ok', says, fix: null });
  }

  warn(check: CheckName, says: string, fix: string): void {
    this.#add({ check, result: 'warning', says, fix });
  }

  fail(check: CheckName, says: string, fix: string): void {
    this.#add({ check, result: 'failed', says, fix });
  }

  skip(check: CheckName, says: string): void {
    this.#add({ check, result: 'skipped', says, fix: null });
  }

  /** @returns what `body` returns; `undefined` when it threw, which is then this check's finding. */
  async attempt<T>(
    check: CheckName | ((error: KeyturnError) => CheckName),
    body: () => T | Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await body();
    } catch (error) {
      const problem = scrubbed(error);
      this.failWith(typeof check === 'string' ? check : check(problem), problem);
      return undefined;
    }
  }

  failWith(check: CheckName, error: KeyturnError): void {
    this.fail(check, `${error.what.replace(/\.$/, '')} (${error.code}).`, fixOf(error));
  }

  list(): Finding[] {
    const failed = CHECKS.filter((check) => this.#made.get(check)?.result === 'failed');
    const because = failed.length === 0 ? '' : `, because of what failed: ${failed.join(', ')}`;
    return CHECKS.map(
      (check) =>
        this.#made.get(check) ?? { check, result: 'skipped', says: `Not looked at${because}.`, fix: null },
    );
  }

  /** The worse of two findings of one check stays. */
  #add(finding: Finding): void {
    const made = this.#made.get(finding.check);
    if (made === undefined || GRAVITY[made.result] <= GRAVITY[finding.result])
      this.#made.set(finding.check, finding);
  }
}

/** A function without a way to Secrets Manager is the commonest of mistakes in a VPC, and has its own fix. */
function fixOf({ code, awsError = '' }: KeyturnError): string {
  if (code === 'SECRET_STORE_FAILED' && /Timeout|^E[A-Z]+/.test(awsError))
    return "Give the function's subnets a way to Secrets Manager: a VPC endpoint for it, or a NAT gateway.";
  return ERRORS[code].fix;
}
