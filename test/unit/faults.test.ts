import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startTap } from '../../local/fault-tap.ts';
import { type CrashPoint, FaultPlan } from '../../local/faults.ts';
import { startFunction } from '../../local/lambda/function.ts';
import { freePortOf } from '../support/listen.ts';

test('without a crash point every call passes and is counted', async () => {
  const plan = new FaultPlan(() => expect.fail('crashed'));
  expect(await plan.around(async () => 'a')).toBe('a');
  await expect(plan.around(() => Promise.reject(new Error('its own')))).rejects.toThrow('its own');
  expect(plan.next()).toBe('pass');
  expect([plan.rounds, plan.crashed]).toEqual([3, false]);
});

test.for([
  ['before', ['first']],
  ['after', ['first', 'second']],
] as const)('a crash %s the call withholds the answer', async ([when, carriedOut]) => {
  const seen: string[] = [];
  const plan = new FaultPlan(() => seen.push('crash'), { round: 2, when });
  const call = (name: string) => plan.around(async () => seen.push(name));
  expect(await call('first')).toBe(1);
  expect(await call('second')).toBe('withhold');
  expect(seen).toEqual([...carriedOut, 'crash']);
  await call('third');
  expect([plan.rounds, plan.crashed, seen.at(-1)]).toEqual([3, true, 'third']);
});

/** A function that asks a server two things, killed at `crashAt` and then invoked again. */
async function crashing(crashAt?: CrashPoint) {
  const written: string[] = [];
  const server = createServer((socket) =>
    socket
      .on('error', () => {})
      .on('data', (bytes) => {
        written.push(bytes.toString());
        socket.write('done');
      }),
  );
  const port = await freePortOf(server);
  const lambda = startFunction({ entry: join(import.meta.dirname, '../support/lambda-dialog.ts'), env: {} });
  const plan = new FaultPlan(() => void lambda.kill(), crashAt);
  await using tap = await startTap({ host: '127.0.0.1', port, onFlight: plan.next, onDrop: plan.crash });
  onTestFinished(() => lambda.close());
  const first = await lambda.invoke({ port: tap.port, say: ['one', 'two'] });
  const again = first.ok ? first : await lambda.invoke({ port: tap.port, say: ['one', 'two'] });
  server.close();
  return { first, again, written: written.join(' '), rounds: plan.rounds, crashed: plan.crashed };
}

test('a function is killed exactly at each round trip, and its next attempt gets through', async () => {
  const whole = await crashing();
  expect(whole).toMatchObject({ first: { ok: true }, written: 'one two', rounds: 3, crashed: false });
  const wrote = { before: ['', '', 'one '], after: ['', 'one ', 'one two '] };
  for (let round = 1; round <= whole.rounds; round += 1)
    for (const when of ['before', 'after'] as const)
      expect(await crashing({ round, when }), `${when} ${round}`).toMatchObject({
        first: { ok: false, errorType: 'Runtime.ExitError' },
        again: { ok: true },
        written: `${wrote[when][round - 1]}one two`,
        crashed: true,
      });
});
