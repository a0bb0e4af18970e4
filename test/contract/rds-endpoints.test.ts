/** What the adapter makes of the RDS API, by the real AWS SDK, against moto and, where moto cannot, our own answers. */
import { CreateBlueGreenDeploymentCommand, type RDSClient } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rdsEndpoints } from '../../shared/aws/rds-endpoints.ts';
import type { Endpoints } from '../../shared/rotation/endpoints.ts';
import { failure } from '../support/failure.ts';
import { installMoto, type Moto, startMoto } from '../support/moto.ts';
import { blueGreenDeployments } from '../support/rds-front.ts';
import { MOTO_RDS_GAPS } from './moto-differences.ts';
import { ARN, build, clientOf, DOMAIN, front } from './rds-scene.ts';

const missing = await installMoto();
if (missing !== undefined) console.log(`Skipped: what the RDS API knows, by moto. ${missing}`);

describe.skipIf(missing !== undefined)(`moto${missing === undefined ? '' : ` (${missing})`}`, () => {
  let moto: Moto;
  let client: RDSClient;
  let endpoints: Endpoints;
  let known: Awaited<ReturnType<typeof build>>;
  beforeAll(async () => {
    moto = await startMoto();
    client = clientOf(moto.endpoint);
    endpoints = rdsEndpoints(client);
    known = await build(client);
  }, 60_000);
  afterAll(async () => {
    client?.destroy();
    await moto?.[Symbol.asyncDispose]();
  });

  describe('the endpoint of a managed superuser secret', () => {
    const tagged = (key: string, arn: string) =>
      endpoints.ofManagedSecret({
        arn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1-AbCdEf',
        tags: new Map([
          ['aws:secretsmanager:owningService', 'rds'],
          [key, arn],
        ]),
      });

    it.each(['aws:rds:primaryDBInstanceArn', 'aws:rds:primarydbinstancearn'])('by %s', async (key) => {
      expect(await tagged(key, `${ARN}:db:shop`)).toEqual({
        ...{ engine: 'postgres', host: known.hosts('shop'), port: 5433 },
      });
    });

    it.each(['aws:rds:primaryDBClusterArn', 'aws:rds:primarydbclusterarn'])('by %s', async (key) => {
      expect(await tagged(key, `${ARN}:cluster:bank`)).toEqual({
        ...{ engine: 'aurora-postgresql', host: known.bank.Endpoint, port: 5432 },
      });
    });

    it.each([
      ['aws:rds:primaryDBInstanceArn', `${ARN}:db:gone`],
      ['aws:rds:primaryDBClusterArn', `${ARN}:cluster:gone`],
    ])('is not known when %s names nothing that exists', async (key, arn) => {
      const error = await failure(tagged(key, arn));
      expect(error).toMatchObject({ code: 'SUPERUSER_SECRET_INVALID', retryable: false });
      expect(error.what).toContain(arn);
    });

    it('is not known without such a tag', async () => {
      const error = await failure(tagged('primaryDBInstanceArn', `${ARN}:db:shop`));
      expect(error).toMatchObject({ code: 'SUPERUSER_SECRET_INVALID', retryable: false });
    });
  });

  describe('the writer', () => {
    const bank = () => ({ writer: known.bank.Endpoint ?? '', reader: known.bank.ReaderEndpoint ?? '' });
    const writerId = () =>
      known.bank.DBClusterMembers?.find((member) => member.IsClusterWriter)?.DBInstanceIdentifier ?? '';
    const readerId = () => (writerId() === 'bank-1' ? 'bank-2' : 'bank-1');

    it.each<[string, () => [writer: string, host: string], boolean]>([
      ['an instance is its own', () => [known.hosts('shop'), known.hosts('shop')], true],
      ['a replica’s is its source', () => [known.hosts('shop'), known.hosts('shop-copy')], true],
      ['a replica is not its own', () => [known.hosts('shop-copy'), known.hosts('shop-copy')], false],
      ['a source’s is not its replica', () => [known.hosts('shop-copy'), known.hosts('shop')], false],
      ['another instance is not', () => [known.hosts('blog'), known.hosts('shop')], false],
      ['another instance is not a replica’s', () => [known.hosts('blog'), known.hosts('shop-copy')], false],
      ['a cluster’s is its writer endpoint', () => [bank().writer, bank().writer], true],
      ['a reader endpoint’s is the writer endpoint', () => [bank().writer, bank().reader], true],
      ['a writing member’s is the writer endpoint', () => [bank().writer, known.hosts(writerId())], true],
      ['a reading member’s is the writer endpoint', () => [bank().writer, known.hosts(readerId())], true],
      ['a cluster’s is its writing member', () => [known.hosts(writerId()), bank().reader], true],
      ['a cluster’s is not a reading member', () => [known.hosts(readerId()), bank().writer], false],
      ['a cluster’s is not its reader endpoint', () => [bank().reader, bank().writer], false],
      ['a cluster’s is not an instance outside', () => [known.hosts('shop'), bank().reader], false],
      ['an instance’s is not a cluster', () => [bank().writer, known.hosts('shop')], false],
      ['case does not count', () => [known.hosts('shop').toUpperCase(), known.hosts('shop-copy')], true],
      ['nor does a final dot', () => [`${known.hosts('shop')}.`, `${known.hosts('shop-copy')}.`], true],
    ])('%s', async (_name, hosts, expected) => {
      expect(await endpoints.isWriterOf(...hosts())).toBe(expected);
    });

    it.each([
      ['an instance’s id at another address', `shop.bbbbbbbbbb.${DOMAIN}`],
      ['an instance’s id in another Region', 'shop.aaaaaaaaaa.us-east-1.rds.amazonaws.com'],
      ['a cluster’s id at another address', `bank.cluster-bbbbbbbbbb.${DOMAIN}`],
      ['a cluster’s id at a reader’s address of another', `bank.cluster-ro-bbbbbbbbbb.${DOMAIN}`],
      ['a custom endpoint with a cluster’s id for a name', `bank.cluster-custom-bbbbbbbbbb.${DOMAIN}`],
      ['an instance’s id at a cluster’s address', `shop.cluster-aaaaaaaaaa.${DOMAIN}`],
      ['an unknown id', `nobody.aaaaaaaaaa.${DOMAIN}`],
    ])('nobody’s host, by %s, has none', async (_name, host) => {
      for (const writer of [host, known.hosts('shop'), bank().writer])
        expect(await endpoints.isWriterOf(writer, host)).toBe(false);
    });

    it.each([
      'db.example.org',
      'shop',
      `shop.aaaaaaaaaa.${DOMAIN}.example.org`,
      'shop.aaaaaaaaaa.eu-central-1.notrds.amazonaws.com.evil.example',
      '127.0.0.1',
      '::1',
    ])('of %s, which is no host of RDS, is not asked for', async (host) => {
      const { endpoints, calls } = await front({}, moto.endpoint);
      expect(await endpoints.isWriterOf(known.hosts('shop'), host)).toBe(false);
      expect(await endpoints.blueGreenDeploymentOf(host)).toBeUndefined();
      expect(calls).toEqual([]);
    });
  });

  describe('a Blue/Green deployment', () => {
    it('is none for an instance, a cluster, or an address that is not theirs', async () => {
      for (const host of [known.hosts('blog'), known.bank.Endpoint ?? '', `shop.bbbbbbbbbb.${DOMAIN}`])
        expect(await endpoints.blueGreenDeploymentOf(host)).toBeUndefined();
    });

    it('is found by the instance that is its source, and by no other', async () => {
      await client.send(
        new CreateBlueGreenDeploymentCommand({
          ...{ BlueGreenDeploymentName: 'upgrade', Source: `${ARN}:db:shop` },
        }),
      );
      for (const host of [known.hosts('shop'), `${known.hosts('shop')}.`])
        expect(await endpoints.blueGreenDeploymentOf(host)).toBe('Blue/Green deployment upgrade');
      expect(await endpoints.blueGreenDeploymentOf(known.hosts('blog'))).toBeUndefined();
    });
  });

  describe('our own DescribeBlueGreenDeployments before moto', () => {
    const { because } = MOTO_RDS_GAPS.DescribeBlueGreenDeployments;
    const asked = async (host: string, source: string, ...statuses: string[]) => {
      const { endpoints } = await front(
        { DescribeBlueGreenDeployments: blueGreenDeployments(source, statuses) },
        moto.endpoint,
      );
      return endpoints.blueGreenDeploymentOf(host);
    };

    it.each([
      ['PROVISIONING', true],
      ['AVAILABLE', true],
      ['SWITCHOVER_IN_PROGRESS', true],
      ['SWITCHOVER_FAILED', true],
      ['INVALID_CONFIGURATION', true],
      ['SWITCHOVER_COMPLETED', false],
      ['DELETING', false],
    ])(`%s counts: %s (${because})`, async (status, counts) => {
      const expected = counts ? `Blue/Green deployment bgd-${status.toLowerCase()}` : undefined;
      expect(await asked(known.hosts('blog'), `${ARN}:db:blog`, status)).toBe(expected);
    });

    it('one that is over does not hide another', async () => {
      const statuses = ['SWITCHOVER_COMPLETED', 'AVAILABLE'];
      expect(await asked(known.hosts('blog'), `${ARN}:db:blog`, ...statuses)).toContain('bgd-available');
    });

    it('of another source does not count', async () => {
      expect(await asked(known.hosts('blog'), `${ARN}:db:shop`, 'AVAILABLE')).toBeUndefined();
    });

    it('of a cluster is found by every host of it', async () => {
      const { Endpoint = '', ReaderEndpoint = '' } = known.bank;
      for (const host of [Endpoint, ReaderEndpoint, known.hosts('bank-1'), known.hosts('bank-2')])
        expect(await asked(host, `${ARN}:cluster:bank`, 'AVAILABLE')).toContain('bgd-available');
    });
  });
});
