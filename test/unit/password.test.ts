import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generatePassword, mergeRules, type PasswordRules } from '../../shared/rotation/password.ts';

const rules: PasswordRules = {
  minLength: 8,
  maxLength: 64,
  length: 32,
  excludeCharacters: ':/@"\'\\',
  excludeClasses: [],
  requiredClasses: [],
  requireEachClass: true,
};

const CLASSES = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/];

describe('generatePassword', () => {
  it('keeps length, exclusions and one of each class, for any feasible rules', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 64 }),
        fc.string({ maxLength: 20 }),
        (length, excludeCharacters) => {
          const merged = mergeRules(rules, { length, excludeCharacters });
          const password = generatePassword(merged).reveal();
          expect(password).toHaveLength(length);
          for (const character of password) expect(merged.excludeCharacters).not.toContain(character);
          for (const kind of CLASSES) expect(password).toMatch(kind);
        },
      ),
    );
  });

  it('makes no password twice', () => {
    const made = new Set(Array.from({ length: 1000 }, () => generatePassword(rules).reveal()));
    expect(made.size).toBe(1000);
  });

  it('draws every character that is allowed, at every place', () => {
    const many = Array.from({ length: 3000 }, () => generatePassword(rules).reveal());
    for (const place of [0, 15, 31]) expect(new Set(many.map((text) => text[place])).size).toBe(94 - 6);
  });

  it('leaves a class out on request', () => {
    const password = generatePassword(mergeRules(rules, { excludeClasses: ['punctuation'] })).reveal();
    expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
  });
});

it('has what the server insists on, whoever asks for less', () => {
  const wanted = mergeRules(rules, { requiredClasses: ['uppercase', 'lowercase', 'numbers'], length: 16 });
  const narrowed = mergeRules(wanted, { requireEachClass: false });
  for (let n = 0; n < 300; n++) {
    const password = generatePassword(narrowed).reveal();
    for (const kind of CLASSES.slice(0, 3)) expect(password).toMatch(kind);
  }
});

describe('impossible rules are named', () => {
  it.each([
    ['shorter than the engine allows', { length: 4 }, /8 to 64/],
    ['longer than the engine allows', { length: 65 }, /8 to 64/],
    [
      'an alphabet too small to be safe',
      { excludeClasses: ['lowercase', 'uppercase', 'punctuation'], length: 20 },
      /10 different/,
    ],
    [
      'a class left out that the server insists on',
      { requiredClasses: ['numbers'], excludeClasses: ['numbers'] },
      /asks for numbers/,
    ],
    [
      'no character left',
      { excludeClasses: ['lowercase', 'uppercase', 'punctuation', 'numbers'] },
      /0 different/,
    ],
  ] as const)('%s', (_name, narrower, message) => {
    expect(() => generatePassword(mergeRules(rules, narrower))).toThrow(message);
    expect(() => generatePassword(mergeRules(rules, narrower))).toThrow(
      expect.objectContaining({ code: 'PASSWORD_POLICY_IMPOSSIBLE' }),
    );
  });
});
