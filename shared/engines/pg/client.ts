/** The driver's client, on a wire that is open already. */
import { Client } from 'pg';
import type { Credentials, Target } from '../../rotation/engine.ts';
import type { PostgresWire } from './wire.ts';

/** More rounds of SCRAM than this are a way to keep a client busy. The driver's own limit is a tenth of it. */
export const MOST_SCRAM_ITERATIONS = 1_000_000;

export function clientOn(
  wire: PostgresWire,
  target: Target,
  { username, password }: Credentials,
  defaultDatabase: string,
): Client {
  const database = target.database ?? defaultDatabase;
  const client = new OwnClient({
    host: target.host,
    port: target.port,
    user: username,
    database,
    // A function, because for an empty password the driver would look at the environment and at ~/.pgpass.
    password: () => password.reveal(),
    // TLS is below the driver already.
    ssl: false,
    sslnegotiation: 'postgres',
    stream: () => wire,
    application_name: APPLICATION,
    ...{ scramMaxIterations: MOST_SCRAM_ITERATIONS },
  });
  // Without a listener, a connection that the server ends later would end the process.
  client.on('error', () => {});
  return client;
}

const APPLICATION = 'keyturn';

/**
 * Says just this in the start-up message: the driver would add PGOPTIONS and PGREPLICATION of the environment.
 * The encoding overrides one that a role's own settings ask for.
 */
class OwnClient extends Client {
  getStartupConf(): Record<string, string> {
    return {
      user: this.user ?? '',
      database: this.database ?? '',
      application_name: APPLICATION,
      client_encoding: 'UTF8',
    };
  }
}

/** How long a polite good-bye may take. */
const CLOSE_TIMEOUT_MS = 2_000;

export async function close(client: Client, wire: PostgresWire): Promise<void> {
  const timer = setTimeout(() => wire.destroy(), CLOSE_TIMEOUT_MS);
  await client.end().catch(() => {});
  clearTimeout(timer);
  wire.destroy();
}
