/**
 * Passwords, made here with `crypto.randomInt` rather than by GetRandomPassword: one call and one right fewer.
 */
import { randomInt } from 'node:crypto';
import { KeyturnError } from '../core/errors.ts';
import { Redacted } from '../core/redacted.ts';

/** What a password must be. Lengths count characters, all of them ASCII 33–126. */
export interface PasswordRules {
  readonly minLength: number;
  readonly maxLength: number;
  /** Used when the secret does not ask for a length. */
  readonly length: number;
  readonly excludeCharacters: string;
  readonly excludeClasses: readonly CharacterClass[];
  /** Those that the server itself insists on. */
  readonly requiredClasses: readonly CharacterClass[];
  /** Whether every class that is not excluded must occur. */
  readonly requireEachClass: boolean;
}

export type CharacterClass = keyof typeof CLASSES;

const CLASSES = {
  lowercase: 'abcdefghijklmnopqrstuvwxyz',
  uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  numbers: '0123456789',
  punctuation: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
} as const;

/** Fewer characters than this in all make a password that can be guessed offline from a leaked hash. */
const LEAST_ENTROPY_BITS = 96;

/** Later rules narrow earlier ones: engine, then deployment, then secret. */
export function mergeRules(
  base: PasswordRules,
  ...narrower: readonly Partial<PasswordRules>[]
): PasswordRules {
  return narrower.reduce<PasswordRules>(
    (rules, more) => ({
      minLength: Math.max(rules.minLength, more.minLength ?? 0),
      maxLength: Math.min(rules.maxLength, more.maxLength ?? rules.maxLength),
      length: more.length ?? rules.length,
      excludeCharacters: rules.excludeCharacters + (more.excludeCharacters ?? ''),
      excludeClasses: [...rules.excludeClasses, ...(more.excludeClasses ?? [])],
      requiredClasses: [...rules.requiredClasses, ...(more.requiredClasses ?? [])],
      requireEachClass: more.requireEachClass ?? rules.requireEachClass,
    }),
    base,
  );
}

/** @throws KeyturnError PASSWORD_POLICY_IMPOSSIBLE, naming the rules that clash. */
export function generatePassword(rules: PasswordRules): Redacted {
  const classes = usableClasses(rules);
  const alphabet = classes.map(({ characters }) => characters).join('');
  const required = classes
    .filter(({ name }) => rules.requireEachClass || rules.requiredClasses.includes(name))
    .map(({ characters }) => pick(characters));
  const rest = Array.from({ length: rules.length - required.length }, () => pick(alphabet));
  return new Redacted(shuffled([...required, ...rest]).join(''));
}

interface UsableClass {
  readonly name: CharacterClass;
  readonly characters: string;
}

function usableClasses(rules: PasswordRules): UsableClass[] {
  const classes = (Object.keys(CLASSES) as CharacterClass[])
    .filter((name) => !rules.excludeClasses.includes(name))
    .map((name) => ({
      name,
      characters: [...CLASSES[name]].filter((c) => !rules.excludeCharacters.includes(c)).join(''),
    }))
    .filter(({ characters }) => characters !== '');
  const alphabet = classes.map(({ characters }) => characters).join('');
  const impossible = (why: string) => new KeyturnError('PASSWORD_POLICY_IMPOSSIBLE', why);
  if (rules.length < rules.minLength || rules.length > rules.maxLength)
    throw impossible(
      `A length of ${rules.length} is asked for; ${rules.minLength} to ${rules.maxLength} is allowed.`,
    );
  if (rules.length * Math.log2(Math.max(alphabet.length, 1)) < LEAST_ENTROPY_BITS)
    throw impossible(
      `${rules.length} characters from ${alphabet.length} different ones are easier to guess than ${LEAST_ENTROPY_BITS} random bits.`,
    );
  const leftOut = rules.requiredClasses.filter((wanted) => !classes.some(({ name }) => name === wanted));
  if (leftOut.length > 0)
    throw impossible(`The server asks for ${leftOut.join(' and ')}, which are left out.`);
  if (rules.requireEachClass && classes.length > rules.length)
    throw impossible(`${classes.length} kinds of character must occur in ${rules.length} characters.`);
  return classes;
}

const pick = (from: string): string => from.charAt(randomInt(from.length));

function shuffled(characters: string[]): string[] {
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] as string, characters[i] as string];
  }
  return characters;
}
