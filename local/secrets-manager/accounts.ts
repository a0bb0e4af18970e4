/** All accounts: the one whose secrets these are, and any other that a caller is of or an ARN names, which begins empty. */
import { type Caller, roleCaller } from '../cloudtrail/caller.ts';
import { Access } from './access.ts';
import { Account, type AccountOptions, type RegionalService } from './account.ts';
import type { Call } from './wire.ts';

export interface AccountsOptions extends AccountOptions {
  /** Who the callers are, by access key id. Looked up at each call. Others have a role of the key's name. */
  readonly callers?: ReadonlyMap<string, Caller>;
  /** Policies of customer managed keys, by the key's ARN. Looked up at each call. */
  readonly keys?: ReadonlyMap<string, object>;
}

/** What a call is about. */
export interface Addressed {
  readonly caller: Caller;
  readonly service: RegionalService;
  readonly access: Access;
}

export class Accounts {
  readonly #options: AccountsOptions;
  readonly #accounts = new Map<string, Account>();
  readonly home: Account;

  constructor(options: AccountsOptions) {
    this.#options = options;
    this.home = this.#of(options.accountId ?? '111122223333');
  }

  /** A secret is looked for in the account that its ARN names; by its name, in the caller's own. */
  addressed(call: Call): Addressed {
    const { callers, keys = new Map() } = this.#options;
    const caller = callers?.get(call.caller) ?? roleCaller(this.home.id, call.caller, call.caller);
    const owner = accountIn(call.secretId) ?? caller.identity.accountId;
    const { region } = call;
    return {
      caller,
      service: this.#of(owner).at(region),
      access: new Access({ caller, owner, region, keys }),
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#accounts.values()].map((account) => account.close()));
  }

  #of(accountId: string): Account {
    const known = this.#accounts.get(accountId);
    if (known !== undefined) return known;
    const account = new Account({ ...this.#options, accountId });
    this.#accounts.set(accountId, account);
    return account;
  }
}

const accountIn = (secretId: string | undefined): string | undefined =>
  secretId === undefined ? undefined : /^arn:[^:]+:secretsmanager:[^:]*:(\d+):/.exec(secretId)?.[1];
