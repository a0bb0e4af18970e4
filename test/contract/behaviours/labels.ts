import { randomUUID } from 'node:crypto';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { history, move, put, read, refusal, stages } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

export const labels: Behaviour[] = [
  {
    name: 'the first value is AWSCURRENT, and its version id the token',
    run: async ({ client }) => {
      const [Name, ClientRequestToken] = [randomUUID(), randomUUID()];
      const made = await client.send(
        new CreateSecretCommand({ Name, ClientRequestToken, SecretString: 'a' }),
      );
      expect(made).toMatchObject({ Name, VersionId: ClientRequestToken });
      expect(await stages(client, Name)).toEqual({ [ClientRequestToken]: ['AWSCURRENT'] });
    },
  },
  {
    name: 'a secret created without a value has no version',
    run: async ({ client }) => {
      const made = await client.send(new CreateSecretCommand({ Name: randomUUID() }));
      expect(made.VersionId).toBeUndefined();
      expect(await stages(client, made.ARN)).toEqual({});
      expect(await refusal(read(client, made.ARN))).toMatchObject({ name: 'ResourceNotFoundException' });
    },
  },
  {
    name: 'PutSecretValue without stages moves AWSCURRENT, and AWSPREVIOUS behind it',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 2);
      expect(await stages(client, id)).toEqual({
        [versions[0]]: ['AWSPREVIOUS'],
        [versions[1]]: ['AWSCURRENT'],
      });
      expect(await read(client, id)).toBe('value 1');
      expect(await read(client, id, { VersionStage: 'AWSPREVIOUS' })).toBe('value 0');
    },
  },
  {
    name: 'the version before AWSPREVIOUS has no label, and DescribeSecret does not list it',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 3);
      expect(await stages(client, id)).toEqual({
        [versions[1]]: ['AWSPREVIOUS'],
        [versions[2]]: ['AWSCURRENT'],
      });
    },
  },
  {
    name: 'a version without a label is still read by its id',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 3);
      expect(await read(client, id, { VersionId: versions[0] })).toBe('value 0');
    },
  },
  {
    name: 'PutSecretValue with stages attaches only those',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 1);
      const pending = await put(client, id, ['AWSPENDING', 'mine']);
      const all = await stages(client, id);
      expect(all[versions[0]]).toEqual(['AWSCURRENT']);
      expect(all[pending]?.toSorted()).toEqual(['AWSPENDING', 'mine']);
    },
  },
  {
    // Recorded from the real service: see RECORDED in moto-differences.ts.
    name: 'the first version is AWSCURRENT even when put as AWSPENDING',
    run: async ({ client }) => {
      const { ARN } = await client.send(new CreateSecretCommand({ Name: randomUUID() }));
      const first = await put(client, ARN, ['AWSPENDING']);
      expect((await stages(client, ARN))[first]?.toSorted()).toEqual(['AWSCURRENT', 'AWSPENDING']);
    },
  },
  {
    name: 'AWSPENDING put on a second version is taken off the first',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 1);
      await put(client, id, ['AWSPENDING']);
      const second = await put(client, id, ['AWSPENDING']);
      expect(await stages(client, id)).toEqual({ [versions[0]]: ['AWSCURRENT'], [second]: ['AWSPENDING'] });
    },
  },
  {
    name: 'the value of AWSPENDING is not the one read by default',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      await put(client, id, ['AWSPENDING']);
      expect(await read(client, id)).toBe('value 0');
    },
  },
  {
    name: 'moving AWSCURRENT moves AWSPREVIOUS to where it was',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 2);
      const pending = await put(client, id, ['AWSPENDING']);
      await move(client, id, 'AWSCURRENT', versions[1], pending);
      const all = await stages(client, id);
      expect(all[versions[0]]).toBeUndefined();
      expect(all[versions[1]]).toEqual(['AWSPREVIOUS']);
      expect(all[pending]).toContain('AWSCURRENT');
    },
  },
  {
    name: 'a read after moving AWSCURRENT gives the new value',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 2);
      await move(client, id, 'AWSCURRENT', versions[1], versions[0]);
      expect(await read(client, id)).toBe('value 0');
    },
  },
  {
    name: 'moving AWSCURRENT back swaps the two labels',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 2);
      await move(client, id, 'AWSCURRENT', versions[1], versions[0]);
      expect(await stages(client, id)).toEqual({
        [versions[0]]: ['AWSCURRENT'],
        [versions[1]]: ['AWSPREVIOUS'],
      });
    },
  },
  {
    name: 'AWSCURRENT does not move without RemoveFromVersionId',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 2);
      expect(await refusal(move(client, id, 'AWSCURRENT', undefined, versions[0]))).toMatchObject({
        name: 'InvalidParameterException',
        message: expect.stringContaining(
          `Staging label AWSCURRENT is currently attached to version ${versions[1]}`,
        ),
      });
    },
  },
  {
    name: 'no other label moves without RemoveFromVersionId either',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 1);
      const pending = await put(client, id, ['AWSPENDING']);
      const moved = move(client, id, 'AWSPENDING', undefined, versions[0]);
      expect(await refusal(moved)).toMatchObject({ name: 'InvalidParameterException' });
      expect((await stages(client, id))[pending]).toEqual(['AWSPENDING']);
    },
  },
  {
    name: 'a label does not move from a version that does not have it',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 3);
      const moved = move(client, id, 'AWSCURRENT', versions[0], versions[1]);
      expect(await refusal(moved)).toMatchObject({ name: 'InvalidParameterException' });
      expect((await stages(client, id))[versions[2]]).toEqual(['AWSCURRENT']);
    },
  },
  {
    name: 'a label does not move to a version that does not exist',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 1);
      const moved = move(client, id, 'AWSCURRENT', versions[0], randomUUID());
      expect(await refusal(moved)).toMatchObject({ name: 'InvalidParameterException' });
      expect(await stages(client, id)).toEqual({ [versions[0]]: ['AWSCURRENT'] });
    },
  },
  {
    name: 'AWSCURRENT cannot be removed, only moved',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 1);
      expect(await refusal(move(client, id, 'AWSCURRENT', versions[0], undefined))).toMatchObject({
        name: 'InvalidParameterException',
        message: expect.stringContaining('You can only move staging label AWSCURRENT'),
      });
      expect(await stages(client, id)).toEqual({ [versions[0]]: ['AWSCURRENT'] });
    },
  },
  {
    name: 'AWSPENDING can be removed',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 1);
      const pending = await put(client, id, ['AWSPENDING']);
      await move(client, id, 'AWSPENDING', pending, undefined);
      expect(await stages(client, id)).toEqual({ [versions[0]]: ['AWSCURRENT'] });
    },
  },
  {
    name: 'a label of one’s own is attached to a version without it',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 1);
      await move(client, id, 'mine', undefined, versions[0]);
      expect((await stages(client, id))[versions[0]]?.toSorted()).toEqual(['AWSCURRENT', 'mine']);
    },
  },
  {
    // https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
    name: 'a secret has at most 20 labels',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 1);
      for (let n = 1; n < 20; n++) await move(client, id, `label-${n}`, undefined, versions[0]);
      const more = move(client, id, 'one-too-many', undefined, versions[0]);
      expect(await refusal(more)).toMatchObject({ name: 'LimitExceededException' });
    },
  },
];
