/** Which secrets of a Region would be refused, and why: what the list tells, and what the functions see. */
import { paginateListSecrets, type SecretListEntry } from '@aws-sdk/client-secrets-manager';
import { shareUser } from '../../shared/rotation/check/account.ts';
import type { CheckReport } from '../../shared/rotation/check/report.ts';
import { type Clients, clientsIn } from './clients.ts';
import { type RotationFunction, rotationFunctions } from './deployment.ts';
import { findFunction } from './find-function.ts';
import { look } from './look.ts';
import { asked, Mistake } from './mistake.ts';
import { refusalOf } from './secret.ts';
import { functionIn } from './tag.ts';

export interface InventoryOptions {
  readonly stage: string;
  readonly region: string | undefined;
  /** Only secrets whose names begin with this. */
  readonly prefix: string | undefined;
  /** Whether secrets that are not attached are tagged while a function looks at them. */
  readonly tag: boolean;
}

export interface Reason {
  readonly check: string;
  readonly says: string;
  readonly fix: string | null;
}

export interface InventoryEntry {
  readonly name: string;
  readonly arn: string;
  /** `ready`: nothing stands in the way. `unseen`: no function may look at it. */
  readonly verdict: 'ready' | 'refused' | 'unseen';
  /** Whether a function of the deployment rotates it. */
  readonly attached: boolean;
  readonly reasons: readonly Reason[];
}

export interface Inventory {
  readonly region: string;
  readonly secrets: readonly InventoryEntry[];
}

/** How many functions are asked at a time; rotations need some of the account's concurrency too. */
const AT_ONCE = 4;

export async function takeInventory(options: InventoryOptions): Promise<Inventory> {
  const functions = await rotationFunctions(options.stage, options.region);
  const clients = clientsIn(options.region);
  const region = await clients.secrets.config.region();
  const listed = await listSecrets(clients, options.prefix);
  const seen = await inParallel(listed, (entry) => see({ clients, functions, region, options }, entry));
  return { region, secrets: seen.map((one) => withRivals(one, seen)) };
}

async function listSecrets({ secrets }: Clients, prefix: string | undefined): Promise<SecretListEntry[]> {
  const Filters = prefix === undefined ? [] : [{ Key: 'name' as const, Values: [prefix] }];
  const found: SecretListEntry[] = [];
  const pages = paginateListSecrets({ client: secrets, pageSize: 100 }, { Filters });
  const all = async () => {
    for await (const { SecretList = [] } of pages) found.push(...SecretList);
  };
  await asked('secretsmanager:ListSecrets', all());
  return found;
}

/** In the order of the list, which says nothing of how long each takes. */
async function inParallel<In, Out>(all: readonly In[], run: (one: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  const next = all.entries();
  const worker = async () => {
    for (const [index, one] of next) results[index] = await run(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

interface Seen extends InventoryEntry {
  readonly account: string | null;
}

interface World {
  readonly clients: Clients;
  readonly functions: readonly RotationFunction[];
  readonly region: string;
  readonly options: InventoryOptions;
}

async function see(world: World, entry: SecretListEntry): Promise<Seen> {
  const { ARN: arn = '', Name: name = '' } = entry;
  const attached = world.functions.some((one) => one.arn === entry.RotationLambdaARN);
  const base = { name, arn, attached, account: null };
  const refusal = refusalOf(entry, world.region);
  if (refusal !== undefined)
    return { ...base, verdict: 'refused', reasons: [because('secret', `It ${refusal}.`)] };
  if (isHoneytoken(entry)) return { ...base, verdict: 'unseen', reasons: [HONEYTOKEN] };
  try {
    const report = await reportOf(world, entry);
    return report === undefined
      ? { ...base, verdict: 'unseen', reasons: [UNSEEN] }
      : { ...base, ...judged(report) };
  } catch (error) {
    // Of one secret only: what is wrong with the call as a whole has failed before.
    if (!(error instanceof Mistake)) throw error;
    return { ...base, verdict: 'unseen', reasons: [because('secret', `${error.message}.`)] };
  }
}

/** To touch one raises an alarm. */
const isHoneytoken = ({ Tags = [] }: SecretListEntry): boolean =>
  Tags.some(({ Key, Value }) => Key === 'keyturn:honeytoken' && Value?.toLowerCase() === 'true');

const because = (check: string, says: string): Reason => ({ check, says, fix: null });

const HONEYTOKEN = because('secret', 'It is a honeytoken, which nobody touches.');

export const UNSEEN: Reason = {
  check: 'secret',
  says: 'No function of this deployment may look at it: it is not attached, and not tagged.',
  fix: 'Add --tag, which tags each secret while it is looked at.',
};

/** @returns undefined when no function may look */
async function reportOf(
  { clients, functions, options }: World,
  entry: SecretListEntry,
): Promise<CheckReport | undefined> {
  const arn = entry.ARN ?? '';
  const tagged = functionIn(entry.Tags);
  const allowed = functions.find((one) => one.arn === entry.RotationLambdaARN || one.name === tagged);
  if (allowed !== undefined) return look(clients.lambda, allowed, arn);
  if (!options.tag) return undefined;
  const secret = { arn, name: entry.Name ?? '', description: entry, policy: undefined };
  return (await findFunction(clients, secret, functions, undefined)).report;
}

function judged({ ok, checks, account }: CheckReport): Pick<Seen, 'verdict' | 'reasons' | 'account'> {
  const told = ok ? 'warning' : 'failed';
  const reasons = checks
    .filter(({ result }) => result === told)
    .map(({ check, says, fix }): Reason => ({ check, says, fix }));
  return { verdict: ok ? 'ready' : 'refused', reasons, account };
}

/** Two secrets of one user would lock each other out. */
function withRivals({ account, ...entry }: Seen, all: readonly Seen[]): InventoryEntry {
  const rivals = all.filter(
    (other) => other.arn !== entry.arn && account !== null && shareUser(other.account ?? '', account),
  );
  if (rivals.length === 0) return entry;
  const says = `It has a user of ${account} in common with ${rivals.map(({ name }) => name).join(', ')}.`;
  const fix = 'Give each secret users of its own, or keep but one of them.';
  return { ...entry, verdict: 'refused', reasons: [...entry.reasons, { check: 'account', says, fix }] };
}
