import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Fate, type Flight, startTap, type TapOptions } from '../../local/fault-tap.ts';
import { freePortOf } from '../support/listen.ts';

/** Answers each line with itself and remembers what it got; `bye` makes it hang up without a word. */
async function echoServer() {
  const received: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    socket.setEncoding('utf8').on('data', (text: string) => {
      received.push(text);
      if (text === 'bye') socket.end();
      else socket.write(`${text}!`);
    });
  });
  const port = await freePortOf(server);
  onTestFinished(() => void server.close());
  return { received, open, port };
}

async function tapped(options: Partial<TapOptions> = {}) {
  const server = await echoServer();
  const tap = await startTap({ host: '127.0.0.1', port: server.port, ...options });
  onTestFinished(() => tap.close());
  const dial = () =>
    connect(tap.port, '127.0.0.1')
      .setEncoding('utf8')
      .on('error', () => {});
  return { server, tap, dial };
}

async function ask(client: Socket, text: string): Promise<string> {
  client.write(text);
  const [answer] = await once(client, 'data');
  return answer as string;
}

/** One connect and two questions, with `fate` at flight `at`. @returns what both sides saw. */
async function talk(at: number, fate: Fate) {
  const dropped = Promise.withResolvers<Flight>();
  const { server, tap, dial } = await tapped({
    onFlight: ({ n }) => (n === at ? fate : 'pass'),
    onDrop: dropped.resolve,
  });
  const client = dial();
  const answers: string[] = [];
  client.on('data', (text: string) => {
    answers.push(text);
    if (answers.length < 2) client.write('two');
  });
  client.write('one');
  const flight = await dropped.promise;
  await sleep(30);
  const silent = client.readyState === 'open';
  const served = server.open.size;
  client.destroy();
  await expect.poll(() => server.open.size).toBe(0);
  return { flight, answers, received: server.received, silent, served, flights: tap.flights };
}

test('bytes pass both ways, and each question and its answer is a flight', async () => {
  const flights: Flight[] = [];
  const { tap, dial } = await tapped({
    onFlight: (flight) => {
      flights.push(flight);
      return 'pass';
    },
  });
  const [first, second] = [dial(), dial()];
  expect(await ask(first, 'a')).toBe('a!');
  expect(await ask(second, 'b')).toBe('b!');
  expect(await ask(first, 'c')).toBe('c!');
  expect([tap.connections, tap.flights]).toEqual([2, 5]);
  expect(flights.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
  expect(flights.at(-1)).toEqual({ n: 5, connection: 1 });
});

test.for([
  // flight, fate, what the server got, what the client got, whether the server saw a connection
  [1, 'drop-before', [], [], 0],
  [1, 'drop-after', [], [], 1],
  [2, 'drop-before', [], [], 1],
  [2, 'drop-after', ['one'], [], 1],
  [3, 'drop-before', ['one'], ['one!'], 1],
  [3, 'drop-after', ['one', 'two'], ['one!'], 1],
] as const)('flight %i with %s', async ([at, fate, received, answers, served]) => {
  const seen = await talk(at, fate);
  expect(seen).toEqual({
    flight: { n: at, connection: 1 },
    received,
    answers,
    served,
    silent: true,
    flights: at,
  });
});

test('hanging up is an answer, too', async () => {
  const { dial } = await tapped();
  const client = dial();
  client.write('bye');
  await once(client.resume(), 'close');

  const dropped = Promise.withResolvers<Flight>();
  const silent = await tapped({
    onFlight: ({ n }) => (n === 2 ? 'drop-after' : 'pass'),
    onDrop: dropped.resolve,
  });
  const kept = silent.dial();
  kept.write('bye');
  await dropped.promise;
  await sleep(30);
  expect(kept.readyState).toBe('open');
  kept.destroy();
});

test('a client that says its last word and leaves is heard', async () => {
  const { server, dial } = await tapped();
  dial().end('last');
  await expect.poll(() => server.received).toEqual(['last']);
  await expect.poll(() => server.open.size).toBe(0);
});

test('a server that cannot be reached closes the connection', async () => {
  const gone = createServer();
  const port = await freePortOf(gone);
  gone.close();
  const { dial } = await tapped({ port });
  await once(dial().resume(), 'close');
});

test('closing the tap ends held connections', async () => {
  const { tap, dial } = await tapped({ onFlight: () => 'drop-before' });
  const client = dial();
  await once(client, 'connect');
  const closed = once(client.resume(), 'close');
  await tap.close();
  await closed;
});
