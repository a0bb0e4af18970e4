/** DNS and TCP, seen from the function: the database is not spoken to. */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import type { Target } from '../engine.ts';
import type { Findings } from './report.ts';

const PATIENCE_MS = 5_000;

/** @returns whether the host has an address */
export async function checkDns(findings: Findings, { host }: Target): Promise<boolean> {
  if (isIP(host) !== 0) {
    findings.ok('dns', `${host} is an address, with no name to look up.`);
    return true;
  }
  const { promise: late, resolve: giveUp } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => giveUp('late'), PATIENCE_MS);
  const found = await Promise.race([lookup(host, { all: true }).catch(codeOf), late]);
  clearTimeout(timer);
  if (typeof found !== 'string') {
    findings.ok('dns', `${host} is ${found.map(({ address }) => address).join(', ')}.`);
    return true;
  }
  findings.fail(
    'dns',
    `The function finds no address of ${host} (${found === 'late' ? 'no answer' : found}).`,
    "Correct the secret's host, or let the function's VPC resolve it: its DNS support, a private hosted zone.",
  );
  return false;
}

/** @returns whether something listens there */
export async function checkTcp(findings: Findings, { host, port }: Target): Promise<boolean> {
  const problem = await connection(host, port);
  if (problem === undefined) {
    findings.ok('tcp', `${host}:${port} takes connections.`);
    return true;
  }
  findings.fail('tcp', `No connection to ${host}:${port} (${problem}).`, fixOf(problem));
  return false;
}

/** @returns why there is no connection; `undefined` when there is. */
function connection(host: string, port: number): Promise<string | undefined> {
  const socket = connect({ host, port });
  return new Promise<string | undefined>((resolve) => {
    socket.setTimeout(PATIENCE_MS, () => resolve('no answer'));
    socket.once('connect', () => resolve(undefined));
    socket.once('error', (error) => resolve(codeOf(error)));
  }).finally(() => socket.destroy());
}

/** A refusal comes from the host, so the way there is open. */
const fixOf = (problem: string): string =>
  problem === 'ECONNREFUSED'
    ? "Correct the secret's port, or start the database: the host answers, and nothing listens on this port."
    : "Let the function's security group out to this port, the database's security group in from it, and see that there is a route.";

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'an unknown error';
};
