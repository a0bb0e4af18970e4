/** Databases in an RDS API, and the adapter before it. */
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBInstanceReadReplicaCommand,
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { expect, onTestFinished } from 'vitest';
import { rdsEndpoints } from '../../shared/aws/rds-endpoints.ts';
import { type Answer, startRdsFront } from '../support/rds-front.ts';

export const REGION = 'eu-central-1';
export const ARN = `arn:aws:rds:${REGION}:123456789012`;
export const DOMAIN = `${REGION}.rds.amazonaws.com`;

export const clientOf = (endpoint: string): RDSClient =>
  new RDSClient({
    ...{ endpoint, region: REGION, maxAttempts: 1 },
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'unused' },
  });

export async function front(answers: Record<string, Answer | 'withhold'>, behind?: string) {
  const server = await startRdsFront(answers, behind);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { ...server, endpoints: rdsEndpoints(clientOf(server.endpoint)) };
}

/** An instance with a replica of it, and a cluster of two. */
export async function build(client: RDSClient) {
  const login = { MasterUsername: 'dba', MasterUserPassword: 'not-a-real-one' };
  const size = { DBInstanceClass: 'db.t3.medium', AllocatedStorage: 20 };
  const postgres = { Engine: 'postgres', Port: 5433, ...login, ...size };
  await client.send(new CreateDBInstanceCommand({ DBInstanceIdentifier: 'shop', ...postgres }));
  await client.send(new CreateDBInstanceCommand({ DBInstanceIdentifier: 'blog', ...postgres }));
  await client.send(
    new CreateDBInstanceReadReplicaCommand({
      ...{ DBInstanceIdentifier: 'shop-copy', SourceDBInstanceIdentifier: 'shop' },
    }),
  );
  const Engine = 'aurora-postgresql';
  await client.send(new CreateDBClusterCommand({ DBClusterIdentifier: 'bank', Engine, ...login }));
  const member = { DBClusterIdentifier: 'bank', Engine, DBInstanceClass: 'db.t3.medium' };
  for (const DBInstanceIdentifier of ['bank-1', 'bank-2'])
    await client.send(new CreateDBInstanceCommand({ DBInstanceIdentifier, ...member }));
  return { hosts: await hostsOf(client), bank: await bankOf(client) };
}

async function hostsOf(client: RDSClient): Promise<(id: string) => string> {
  const { DBInstances = [] } = await client.send(new DescribeDBInstancesCommand({}));
  const hosts = new Map(
    DBInstances.map((one: DBInstance) => [one.DBInstanceIdentifier, one.Endpoint?.Address]),
  );
  return (id) => hosts.get(id) ?? expect.unreachable(`moto has no host of ${id}`);
}

async function bankOf(client: RDSClient): Promise<DBCluster> {
  const { DBClusters = [] } = await client.send(
    new DescribeDBClustersCommand({ DBClusterIdentifier: 'bank' }),
  );
  return DBClusters[0] ?? expect.unreachable('moto has no cluster');
}
