import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  ListSecretsCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  type ReplicationStatusType,
  StopReplicationToReplicaCommand,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { FAR, history, put, REGION, read, refusal, type Subject, stages } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

const inFarRegion = (arn: string): string => arn.replace(REGION, FAR);

/** Copies a secret, and waits for how that ends. */
async function replicate(
  { client }: Subject,
  SecretId: string,
  more: { ForceOverwriteReplicaSecret?: boolean } = {},
): Promise<ReplicationStatusType | undefined> {
  await client.send(
    new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region: FAR }], ...more }),
  );
  for (;;) {
    const { ReplicationStatus: [replica] = [] } = await client.send(new DescribeSecretCommand({ SecretId }));
    if (replica?.Status !== 'InProgress') return replica;
    await setTimeout(5);
  }
}

/** A secret of three versions with a copy in the far Region. */
async function copied(subject: Subject) {
  const { id, name, versions } = await history(subject.client, 3);
  expect(await replicate(subject, id)).toMatchObject({ Region: FAR, Status: 'InSync' });
  return { id, name, versions, copy: inFarRegion(id) };
}

export const replication: Behaviour[] = [
  {
    name: 'a secret is copied to another Region, with its value and its labels, under the same suffix',
    run: async (subject) => {
      const { id, name, copy } = await copied(subject);
      expect(await read(subject.far, copy)).toBe('value 2');
      expect(await stages(subject.far, copy)).toEqual(await stages(subject.client, id));
      expect(await subject.far.send(new DescribeSecretCommand({ SecretId: name }))).toMatchObject({
        ARN: copy,
        PrimaryRegion: REGION,
      });
    },
  },
  {
    name: 'a secret with copies says where it is kept itself, and where they are',
    run: async (subject) => {
      const { id, name } = await copied(subject);
      expect(await subject.client.send(new DescribeSecretCommand({ SecretId: id }))).toMatchObject({
        PrimaryRegion: REGION,
        ReplicationStatus: [{ Region: FAR, Status: 'InSync', KmsKeyId: 'alias/aws/secretsmanager' }],
      });
      const Filters = [{ Key: 'name' as const, Values: [name] }];
      const { SecretList = [] } = await subject.client.send(new ListSecretsCommand({ Filters }));
      expect(SecretList.map(({ PrimaryRegion }) => PrimaryRegion)).toEqual([REGION]);
    },
  },
  {
    name: 'a secret without copies says nothing of Regions',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const answer = await client.send(new DescribeSecretCommand({ SecretId: id }));
      expect([answer.PrimaryRegion, answer.ReplicationStatus]).toEqual([undefined, undefined]);
    },
  },
  {
    name: 'copies follow the secret',
    run: async (subject) => {
      const { id, copy } = await copied(subject);
      await put(subject.client, id);
      await subject.client.send(new TagResourceCommand({ SecretId: id, Tags: [{ Key: 'a', Value: '1' }] }));
      expect(await read(subject.far, copy)).toBe(await read(subject.client, id));
      expect((await subject.far.send(new DescribeSecretCommand({ SecretId: copy }))).Tags).toEqual([
        { Key: 'a', Value: '1' },
      ]);
    },
  },
  {
    name: 'a copy is not written',
    run: async (subject) => {
      const { copy } = await copied(subject);
      expect(await refusal(put(subject.far, copy))).toMatchObject({ $fault: 'client' });
    },
  },
  {
    name: 'a secret of the same name in that Region is in the way, and the status says so',
    run: async (subject) => {
      const { id, name } = await history(subject.client, 1);
      await subject.far.send(new CreateSecretCommand({ Name: name, SecretString: 'of its own' }));
      expect(await replicate(subject, id)).toMatchObject({
        Status: 'Failed',
        StatusMessage: expect.stringContaining('already exists in region'),
      });
      expect(await read(subject.far, name)).toBe('of its own');
    },
  },
  {
    name: 'with leave to overwrite the copy takes its place',
    run: async (subject) => {
      const { id, name } = await history(subject.client, 1);
      await subject.far.send(new CreateSecretCommand({ Name: name, SecretString: 'of its own' }));
      expect(await replicate(subject, id, { ForceOverwriteReplicaSecret: true })).toMatchObject({
        Status: 'InSync',
      });
      expect(await read(subject.far, name)).toBe('value 0');
    },
  },
  {
    name: 'a secret is not copied to its own Region',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const request = { SecretId: id, AddReplicaRegions: [{ Region: REGION }] };
      const call = client.send(new ReplicateSecretToRegionsCommand(request));
      expect(await refusal(call)).toMatchObject({ name: 'InvalidParameterException' });
    },
  },
  {
    name: 'CreateSecret makes copies at once',
    run: async ({ client }) => {
      const request = {
        Name: `test/${randomUUID()}`,
        SecretString: 'a',
        AddReplicaRegions: [{ Region: FAR }],
      };
      const { ReplicationStatus = [] } = await client.send(new CreateSecretCommand(request));
      expect(ReplicationStatus.map(({ Region }) => Region)).toEqual([FAR]);
    },
  },
  {
    name: 'a Region that is taken out again loses its copy',
    run: async (subject) => {
      const { id, copy } = await copied(subject);
      const { ReplicationStatus = [] } = await subject.client.send(
        new RemoveRegionsFromReplicationCommand({ SecretId: id, RemoveReplicaRegions: [FAR] }),
      );
      expect(ReplicationStatus).toEqual([]);
      expect(await refusal(read(subject.far, copy))).toMatchObject({ name: 'ResourceNotFoundException' });
    },
  },
  {
    name: 'a copy is made a secret of its own: it is written, and follows no longer',
    run: async (subject) => {
      const { id, copy } = await copied(subject);
      await subject.far.send(new StopReplicationToReplicaCommand({ SecretId: copy }));
      await put(subject.client, id);
      expect(await read(subject.far, copy)).toBe('value 2');
      await put(subject.far, copy);
      const { ReplicationStatus } = await subject.client.send(new DescribeSecretCommand({ SecretId: id }));
      expect(ReplicationStatus).toBeUndefined();
    },
  },
  {
    name: 'a secret that is no copy cannot be made one of its own',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const call = client.send(new StopReplicationToReplicaCommand({ SecretId: id }));
      expect(await refusal(call)).toMatchObject({ $fault: 'client' });
    },
  },
  {
    name: 'a secret with copies is not deleted',
    run: async (subject) => {
      const { id } = await copied(subject);
      const call = subject.client.send(new DeleteSecretCommand({ SecretId: id }));
      expect(await refusal(call)).toMatchObject({ $fault: 'client' });
    },
  },
];
