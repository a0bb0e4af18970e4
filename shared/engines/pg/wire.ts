/** How a server of this protocol is asked for TLS, before the driver says a word. */
import type { Socket } from 'node:net';
import { KeyturnError } from '../../core/errors.ts';
import type { Target } from '../../rotation/engine.ts';
import { secureOptions, type TlsSettings } from '../tls.ts';
import { heard, notVerified, openSocket, secured, Wire } from '../wire.ts';
import { Gate, type GateRules } from './gate.ts';

export type PostgresWire = Wire<Gate>;

/** @throws KeyturnError DATABASE_UNREACHABLE, TLS_NOT_VERIFIED, CONFIG_INVALID */
export const openWire = (
  target: Target,
  settings: TlsSettings,
  rules: GateRules,
  signal: AbortSignal,
): Promise<PostgresWire> =>
  openSocket(target, signal, async (socket) => {
    const below = target.plaintext ? socket : await withTls(socket, target.host, settings, signal);
    return new Wire(below, new Gate(rules));
  });

/** https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

async function withTls(
  socket: Socket,
  host: string,
  settings: TlsSettings,
  signal: AbortSignal,
): Promise<Socket> {
  const options = await secureOptions(settings, host);
  socket.write(SSL_REQUEST);
  const [answer] = await heard(socket, 'data', signal);
  requireOffer(answer);
  return secured(socket, options, signal);
}

/** One byte, S or N. More than one was put there by somebody in between (CVE-2021-23222). */
function requireOffer(answer: unknown): void {
  const text = Buffer.isBuffer(answer) ? answer.toString('latin1') : '';
  if (text === 'S') return;
  if (text.startsWith('E'))
    throw new KeyturnError('DATABASE_UNREACHABLE', 'The server answered with an error before TLS.');
  throw notVerified(text === 'N' ? 'the server offers none' : 'the answer to the request is not PostgreSQL');
}
