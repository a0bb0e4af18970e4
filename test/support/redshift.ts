/** The gateway for tests, with the engine under test and a superuser of Redshift at hand. */
import { Client } from 'pg';
import { type RedshiftServer, startRedshift } from '../../local/redshift/gateway.ts';
import { redshift } from '../../shared/engines/redshift/engine.ts';
import { type Logins, loginsTo } from './login.ts';

export interface RedshiftTestServer extends RedshiftServer, Logins {
  /** As the superuser, one statement. */
  query<Row extends object>(sql: string): Promise<Row[]>;
  /** As any user that md5 lets in. */
  queryAs<Row extends object>(username: string, password: string, sql: string): Promise<Row[]>;
  /** Logins that do not know the gateway's authority. */
  readonly untrusting: Logins;
}

export async function startRedshiftTestServer(): Promise<RedshiftTestServer> {
  const server = await startRedshift();
  const queryAs: RedshiftTestServer['queryAs'] = async (user, password, sql) => {
    const client = new Client({
      ...{ host: server.host, port: server.port, user, password, database: 'dev' },
      ssl: { ca: server.ca },
    });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const { username, password } = server.superuser;
  return {
    ...server,
    ...loginsTo(redshift({ tls: { caFile: server.caFile, serverNames: new Map() } }), server),
    query: (sql) => queryAs(username, password, sql),
    queryAs,
    untrusting: loginsTo(redshift({ tls: { caFile: undefined, serverNames: new Map() } }), server),
  };
}
