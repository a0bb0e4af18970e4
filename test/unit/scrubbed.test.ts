import { expect, it } from 'vitest';
import { KeyturnError, scrubbed } from '../../shared/core/errors.ts';

const SECRET = 'hunter2';

it('an error of our own stays what it is', () => {
  const own = new KeyturnError('SECRET_INVALID', '"host" is missing.');
  expect(scrubbed(own)).toBe(own);
});

it.each([
  ['a message', () => new TypeError(SECRET)],
  ['a message with a line like a frame', () => new Error(`x\n    at ${SECRET} (file.ts:1:1)`)],
  [
    'a message that was changed later',
    () => Object.assign(new Error(`x\n    at ${SECRET}`), { message: 'y' }),
  ],
  ['what JSON.parse says', () => fails(() => JSON.parse(`"${SECRET}`))],
  ['no error at all', () => SECRET],
])('%s is withheld, the frames are kept', (_name, make) => {
  const thrown = make();
  const error = scrubbed(thrown);
  expect(error.code).toBe('INTERNAL');
  expect(`${error.message}${error.stack}`).not.toContain(SECRET);
  if (thrown instanceof Error) expect(error.stack).toMatch(/scrubbed\.test\.ts:\d+:\d+/);
});

function fails(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
