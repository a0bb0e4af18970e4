/** What the RDS API knows of hosts. Loaded on use: most rotations never ask. */
import {
  type DBCluster,
  type DBInstance,
  DescribeBlueGreenDeploymentsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { KeyturnError } from '../core/errors.ts';
import type { Endpoint, Endpoints } from '../rotation/endpoints.ts';
import { sameHost } from '../rotation/versions.ts';
import { isTransient, nameOf } from './failure.ts';
import { TIMEOUTS } from './time-outs.ts';

/** Tags by which RDS says whose a managed superuser secret is; their case has varied. */
const INSTANCE_TAG = 'aws:rds:primarydbinstancearn';
const CLUSTER_TAG = 'aws:rds:primarydbclusterarn';

export function rdsEndpoints(client = new RDSClient({ requestHandler: TIMEOUTS })): Endpoints {
  const instance = async (id: string): Promise<DBInstance | undefined> =>
    (
      await client
        .send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }))
        .catch(absentOr('DescribeDBInstances', 'DBInstanceNotFound'))
    )?.DBInstances?.[0];

  const cluster = async (id: string): Promise<DBCluster | undefined> =>
    (
      await client
        .send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }))
        .catch(absentOr('DescribeDBClusters', 'DBClusterNotFoundFault'))
    )?.DBClusters?.[0];

  /** The cluster or instance that an RDS host name belongs to, provided that it really has that address. */
  const ownerOf = async (host: string): Promise<{ cluster?: DBCluster; instance?: DBInstance }> => {
    const [id = '', kind = ''] = host.toLowerCase().split('.');
    if (!/\.rds\.amazonaws\.com(\.cn)?\.?$/i.test(host)) return {};
    if (kind.startsWith('cluster-')) {
      const found = await cluster(id);
      return found !== undefined && includesHost(addressesOf(found), host) ? { cluster: found } : {};
    }
    const found = await instance(id);
    if (found === undefined || !includesHost([found.Endpoint?.Address], host)) return {};
    const parent =
      found.DBClusterIdentifier === undefined ? undefined : await cluster(found.DBClusterIdentifier);
    return parent === undefined ? { instance: found } : { cluster: parent };
  };

  const writersOf = async (host: string): Promise<Addresses> => {
    const owner = await ownerOf(host);
    if (owner.cluster !== undefined) {
      const writer = owner.cluster.DBClusterMembers?.find((member) => member.IsClusterWriter);
      const id = writer?.DBInstanceIdentifier;
      return [owner.cluster.Endpoint, id === undefined ? undefined : (await instance(id))?.Endpoint?.Address];
    }
    const source = owner.instance?.ReadReplicaSourceDBInstanceIdentifier;
    return source === undefined
      ? [owner.instance?.Endpoint?.Address]
      : [(await instance(source))?.Endpoint?.Address];
  };

  return {
    async ofManagedSecret({ tags }) {
      const tag = (name: string) => [...tags].find(([key]) => key.toLowerCase() === name)?.[1];
      const instanceArn = tag(INSTANCE_TAG);
      const clusterArn = tag(CLUSTER_TAG);
      if (instanceArn !== undefined) {
        const found = await instance(instanceArn);
        return endpoint(found?.Engine, found?.Endpoint?.Address, found?.Endpoint?.Port, instanceArn);
      }
      if (clusterArn !== undefined) {
        const found = await cluster(clusterArn);
        return endpoint(found?.Engine, found?.Endpoint, found?.Port, clusterArn);
      }
      throw new KeyturnError(
        'SUPERUSER_SECRET_INVALID',
        'The superuser secret holds only user name and password, and no RDS tag says whose it is.',
      );
    },

    async isWriterOf(writer, host) {
      return includesHost(await writersOf(host), writer);
    },

    async blueGreenDeploymentOf(host) {
      const owner = await ownerOf(host);
      const arn = owner.cluster?.DBClusterArn ?? owner.instance?.DBInstanceArn;
      if (arn === undefined) return undefined;
      const { BlueGreenDeployments = [] } = await client
        .send(new DescribeBlueGreenDeploymentsCommand({ Filters: [{ Name: 'source', Values: [arn] }] }))
        .catch(failed('DescribeBlueGreenDeployments'));
      const deployment = BlueGreenDeployments.find(
        ({ Source, Status }) => Source === arn && Status !== 'SWITCHOVER_COMPLETED' && Status !== 'DELETING',
      );
      return (
        deployment &&
        `Blue/Green deployment ${deployment.BlueGreenDeploymentName ?? deployment.BlueGreenDeploymentIdentifier}`
      );
    },
  };
}

type Addresses = readonly (string | undefined)[];

const addressesOf = (cluster: DBCluster): Addresses => [
  cluster.Endpoint,
  cluster.ReaderEndpoint,
  ...(cluster.CustomEndpoints ?? []),
];

const includesHost = (addresses: Addresses, host: string): boolean =>
  addresses.some((address) => address !== undefined && sameHost(address, host));

function endpoint(
  engine: string | undefined,
  host: string | undefined,
  port: number | undefined,
  arn: string,
): Endpoint {
  if (engine !== undefined && host !== undefined && port !== undefined) return { engine, host, port };
  throw new KeyturnError(
    'SUPERUSER_SECRET_INVALID',
    `RDS knows no endpoint of ${arn}, which the superuser secret names.`,
  );
}

const absentOr =
  (call: string, absent: string) =>
  (error: unknown): undefined =>
    nameOf(error).startsWith(absent) ? undefined : failed(call)(error);

const failed =
  (call: string) =>
  (error: unknown): never => {
    const name = nameOf(error);
    throw new KeyturnError('RDS_API_FAILED', `rds:${call} failed with ${name}.`, {
      awsError: name,
      retryable: isTransient(error),
    });
  };
