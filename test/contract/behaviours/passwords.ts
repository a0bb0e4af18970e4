import { GetRandomPasswordCommand } from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { refusal } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

export const passwords: Behaviour[] = [
  {
    name: 'a random password has 32 characters, of every kind',
    run: async ({ client }) => {
      const { RandomPassword } = await client.send(new GetRandomPasswordCommand({}));
      expect(RandomPassword?.length).toBe(32);
      for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/, /[!-/:-@[-`{-~]/])
        expect(kind.test(RandomPassword ?? '')).toBe(true);
    },
  },
  {
    name: 'a random password leaves out what is excluded',
    run: async ({ client }) => {
      const excluded = { ExcludePunctuation: true, ExcludeNumbers: true, ExcludeCharacters: 'abcXYZ' };
      const request = { ...excluded, PasswordLength: 500 };
      const { RandomPassword } = await client.send(new GetRandomPasswordCommand(request));
      expect(/^[d-zA-W]{500}$/.test(RandomPassword ?? '')).toBe(true);
    },
  },
  {
    name: 'a random password too short for every kind is refused',
    run: async ({ client }) => {
      const refused = await refusal(client.send(new GetRandomPasswordCommand({ PasswordLength: 3 })));
      expect(refused).toMatchObject({ name: 'InvalidParameterException' });
    },
  },
  {
    name: 'a random password of more than 4096 characters is refused',
    run: async ({ client }) => {
      const refused = await refusal(client.send(new GetRandomPasswordCommand({ PasswordLength: 4097 })));
      expect(refused).toMatchObject({ name: 'ValidationException' });
    },
  },
];
