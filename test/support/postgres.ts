/** Real servers for tests, with the engine under test and a superuser at hand. */
import { Client } from 'pg';
import { type PostgresOptions, type PostgresServer, startPostgres } from '../../local/servers/postgres.ts';
import { postgres } from '../../shared/engines/postgres/engine.ts';
import type { TlsSettings } from '../../shared/engines/tls.ts';
import type { Guard } from '../../shared/rotation/engine.ts';
import { type Logins, loginsTo } from './login.ts';

export interface TestServer extends PostgresServer, Logins {
  /** As the superuser, one or more statements; the rows of the last. */
  query<Row extends object>(sql: string, database?: string): Promise<Row[]>;
  /** A superuser's connection that stays open. */
  connect(database?: string): Promise<Client>;
  /** Logins that do not know the server's authority. */
  readonly untrusting: Logins;
  /** Logins that expect this name in the server's certificate. */
  named(serverName: string): Logins;
}

export async function startTestServer(options: PostgresOptions): Promise<TestServer> {
  const server = await startPostgres(options);
  const { caFile } = server;
  const logins = (tls: TlsSettings) => loginsTo(postgres({ tls }), server, 'postgres');
  return {
    ...server,
    ...logins({ caFile, serverNames: new Map() }),
    query: (sql, database) => query(server, sql, database),
    connect: (database) => connectTo(server, database),
    untrusting: logins({ serverNames: new Map() }),
    named: (name) => logins({ caFile, serverNames: new Map([[server.host, name]]) }),
  };
}

async function connectTo(server: PostgresServer, database = 'postgres'): Promise<Client> {
  const { host, port, superuser } = server;
  const client = new Client({
    host,
    port,
    database,
    user: superuser.username,
    password: superuser.password,
    ssl: false,
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function query<Row extends object>(
  server: PostgresServer,
  sql: string,
  database?: string,
): Promise<Row[]> {
  const client = await connectTo(server, database);
  try {
    const result = await client.query<Row>(sql);
    return (Array.isArray(result) ? result.at(-1) : result).rows;
  } finally {
    await client.end();
  }
}

/** A guard that always lets through; `fences` counts how often it was asked. */
export function openGuard(statementTimeoutMs = 5_000): Guard & { fences(): number; notes: string[] } {
  let asked = 0;
  const fence = async () => {
    asked++;
  };
  const notes: string[] = [];
  return { statementTimeoutMs, fence, fences: () => asked, note: (sentence) => notes.push(sentence), notes };
}
