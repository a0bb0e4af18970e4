import { randomInt } from 'node:crypto';
import * as v from 'valibot';
import { invalidParameter } from '../errors.ts';
import { action } from './action.ts';

const off = v.optional(v.boolean(), false);
const input = v.object({
  PasswordLength: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096)), 32),
  ExcludeCharacters: v.optional(v.pipe(v.string(), v.maxLength(4096)), ''),
  ExcludeLowercase: off,
  ExcludeUppercase: off,
  ExcludeNumbers: off,
  ExcludePunctuation: off,
  IncludeSpace: off,
  RequireEachIncludedType: v.optional(v.boolean(), true),
});
type Input = v.InferOutput<typeof input>;

export const getRandomPassword = action(input, (_service, request) => {
  const types = typesOf(request);
  const required = request.RequireEachIncludedType ? types.map(pick) : [];
  if (types.length === 0) throw invalidParameter('No characters are left to make a password of.');
  if (required.length > request.PasswordLength)
    throw invalidParameter('Password length is too short based on the required types.');
  const rest = Array.from({ length: request.PasswordLength - required.length }, () => pick(types.join('')));
  return { RandomPassword: shuffled([...required, ...rest]).join('') };
});

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
const typesOf = (request: Input): string[] =>
  [
    request.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    request.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    request.ExcludeNumbers ? '' : '0123456789',
    request.ExcludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    request.IncludeSpace ? ' ' : '',
  ]
    .map((type) => [...type].filter((c) => !request.ExcludeCharacters.includes(c)).join(''))
    .filter((type) => type !== '');

const pick = (from: string): string => from.charAt(randomInt(from.length));

const shuffled = (characters: string[]): string[] =>
  characters
    .map((character) => ({ character, order: randomInt(2 ** 40) }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ character }) => character);
