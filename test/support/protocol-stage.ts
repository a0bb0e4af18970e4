/** A server that speaks PostgreSQL's protocol as a test says, rightly or wrongly. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export type Act = (socket: Socket, request: Buffer, turn: number) => void;
export type Move = Buffer | 'end' | 'reset';
/** What the server does, the outcome of a login, and its answer to each packet of the client. */
export type Case = readonly [what: string, outcome: string, ...moves: Move[]];

/** Answers every packet as `act` says, and keeps all that the client sent. */
export async function stage(act: Act): Promise<{ port: number; heard: () => Buffer }> {
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    let turn = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heard.push(chunk);
      act(socket, chunk, turn++);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, heard: () => Buffer.concat(heard) };
}

/** Numbers are of four bytes. */
export function message(letter: string, ...parts: (string | number | Buffer)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => {
      if (typeof part !== 'number') return Buffer.from(part as string, 'latin1');
      const number = Buffer.alloc(4);
      number.writeInt32BE(part);
      return number;
    }),
  );
  const head = Buffer.alloc(5);
  head.write(letter);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export function play(...acts: Move[]): Act {
  return (socket, _request, turn) => {
    const act = acts[turn];
    if (act === 'end') socket.end();
    else if (act === 'reset') socket.resetAndDestroy();
    else if (act !== undefined) socket.write(act);
  };
}
