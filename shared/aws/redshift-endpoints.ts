/** What the Redshift APIs know of hosts, provisioned and Serverless. Loaded on use: most rotations never ask. */
import { type Cluster, DescribeClustersCommand, RedshiftClient } from '@aws-sdk/client-redshift';
import {
  GetWorkgroupCommand,
  paginateListNamespaces,
  paginateListWorkgroups,
  RedshiftServerlessClient,
  type Workgroup,
} from '@aws-sdk/client-redshift-serverless';
import { KeyturnError } from '../core/errors.ts';
import type { Endpoint, Endpoints, ManagedSecret } from '../rotation/endpoints.ts';
import { sameHost } from '../rotation/versions.ts';
import { isTransient, nameOf } from './failure.ts';
import { TIMEOUTS } from './time-outs.ts';

/** Tags by which Redshift says whose a managed superuser secret is, in lower case: AWS's own functions ignore it. */
const CLUSTER_TAG = 'aws:redshift:primaryclusterarn';
const NAMESPACE_TAG = 'aws:redshift-serverless:namespacearn';

export interface RedshiftClients {
  readonly provisioned: RedshiftClient;
  readonly serverless: RedshiftServerlessClient;
}

const standardClients = (): RedshiftClients => ({
  provisioned: new RedshiftClient({ requestHandler: TIMEOUTS }),
  serverless: new RedshiftServerlessClient({ requestHandler: TIMEOUTS }),
});

export function redshiftEndpoints({ provisioned, serverless } = standardClients()): Endpoints {
  const cluster = async (id: string): Promise<Cluster | undefined> =>
    (
      await provisioned
        .send(new DescribeClustersCommand({ ClusterIdentifier: id }))
        .catch(absentOr('redshift:DescribeClusters', 'ClusterNotFound'))
    )?.Clusters?.[0];

  const workgroup = async (workgroupName: string): Promise<Workgroup | undefined> =>
    (
      await serverless
        .send(new GetWorkgroupCommand({ workgroupName }))
        .catch(absentOr('redshift-serverless:GetWorkgroup', 'ResourceNotFoundException'))
    )?.workgroup;

  const ofCluster = async (arn: string, secretArn: string): Promise<Endpoint> => {
    const found = await cluster(arn.split(':').at(-1) ?? '');
    if (found?.MasterPasswordSecretArn !== secretArn) throw notTheirs(arn);
    return endpoint(found.Endpoint?.Address, found.Endpoint?.Port, arn);
  };

  const ofNamespace = async (arn: string, secretArn: string): Promise<Endpoint> => {
    const namespaces = pages(
      'redshift-serverless:ListNamespaces',
      paginateListNamespaces({ client: serverless }, {}),
      (page) => page.namespaces,
    );
    for await (const { namespaceArn, namespaceName, adminPasswordSecretArn } of namespaces)
      if (namespaceArn === arn && adminPasswordSecretArn === secretArn)
        return ofWorkgroup(namespaceName ?? '', arn);
    throw notTheirs(arn);
  };

  /** A namespace is reached through its workgroup, of which it has one at most. */
  const ofWorkgroup = async (name: string, arn: string): Promise<Endpoint> => {
    const workgroups = pages(
      'redshift-serverless:ListWorkgroups',
      paginateListWorkgroups({ client: serverless }, {}),
      (page) => page.workgroups,
    );
    for await (const found of workgroups)
      if (found.namespaceName === name) return endpoint(found.endpoint?.address, found.endpoint?.port, arn);
    return endpoint(undefined, undefined, arn);
  };

  /** All names of the cluster or workgroup that a host name of AWS belongs to; its own domain is one of them. */
  const addressesOf = async (host: string): Promise<readonly (string | undefined)[]> => {
    const [id = ''] = host.toLowerCase().split('.');
    if (/\.redshift\.amazonaws\.com(\.cn)?\.?$/i.test(host)) {
      const found = await cluster(id);
      return [found?.Endpoint?.Address, found?.CustomDomainName];
    }
    if (/\.redshift-serverless\.amazonaws\.com(\.cn)?\.?$/i.test(host)) {
      const found = await workgroup(id);
      return [found?.endpoint?.address, found?.customDomainName];
    }
    return [];
  };

  return {
    async ofManagedSecret({ arn, tags }) {
      const clusterArn = tagOf(tags, CLUSTER_TAG);
      const namespaceArn = tagOf(tags, NAMESPACE_TAG);
      if (clusterArn !== undefined) return ofCluster(clusterArn, arn);
      if (namespaceArn !== undefined) return ofNamespace(namespaceArn, arn);
      throw new KeyturnError(
        'SUPERUSER_SECRET_INVALID',
        'The superuser secret holds only user name and password, and no Redshift tag says whose it is.',
      );
    },

    async isWriterOf(writer, host) {
      for (const name of [writer, host]) {
        const addresses = await addressesOf(name);
        if (includesHost(addresses, writer) && includesHost(addresses, host)) return true;
      }
      return false;
    },

    blueGreenDeploymentOf: async () => undefined,
  };
}

const tagOf = (tags: ManagedSecret['tags'], name: string): string | undefined =>
  [...tags].find(([key]) => key.toLowerCase() === name)?.[1];

const includesHost = (addresses: readonly (string | undefined)[], host: string): boolean =>
  addresses.some((address) => address !== undefined && sameHost(address, host));

function endpoint(host: string | undefined, port: number | undefined, arn: string): Endpoint {
  if (host !== undefined && port !== undefined) return { engine: 'redshift', host, port };
  throw new KeyturnError(
    'SUPERUSER_SECRET_INVALID',
    `Redshift knows no endpoint of ${arn}, which the superuser secret names.`,
  );
}

const notTheirs = (arn: string): KeyturnError =>
  new KeyturnError(
    'SUPERUSER_SECRET_INVALID',
    `Redshift does not confirm that the superuser secret is the one of ${arn}, which its tag names.`,
  );

async function* pages<Page, Item>(
  call: string,
  found: AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined,
): AsyncGenerator<Item> {
  try {
    for await (const page of found) yield* items(page) ?? [];
  } catch (error) {
    failed(call)(error);
  }
}

const absentOr =
  (call: string, absent: string) =>
  (error: unknown): undefined =>
    nameOf(error).startsWith(absent) ? undefined : failed(call)(error);

const failed =
  (call: string) =>
  (error: unknown): never => {
    const name = nameOf(error);
    throw new KeyturnError('REDSHIFT_API_FAILED', `${call} failed with ${name}.`, {
      awsError: name,
      retryable: isTransient(error),
    });
  };
