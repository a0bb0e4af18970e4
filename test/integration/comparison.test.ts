/** Keyturn's column of `npm run bench:compare`. The crashes are the crash matrix's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playerOf, SCENARIOS } from '../../bench/scenarios.ts';
import { type EngineUnderTest, enginesToTest } from '../../local/rehearsal/engines.ts';

const { engines, missing } = await enginesToTest();
for (const { what, reason } of missing) it.skip(`scenarios on ${what}: ${reason}`, () => {});

const OUTCOMES: Readonly<Record<string, RegExp>> = {
  'a rotation': /^AWSCURRENT works/,
  'two rotations of a pair': /^AWSCURRENT works$/,
  'a right granted to the user in use': /^stops: RIGHTS_DIFFER$/,
  'a user of another team whose name is that of a clone without _clone': /^stops: SECRET_INVALID$/,
  'a server whose certificate cannot be verified': /^stops: TLS_NOT_VERIFIED$/,
  'the server logs every statement': /^the password is not in the log$/,
  'between two steps, somebody makes AWSCURRENT name another server': /^stops: VERSIONS_DISAGREE$/,
};

const compared = ['postgres', 'mysql', 'mariadb'].flatMap(
  (wanted) => engines.findLast(({ engine }) => engine === wanted) ?? [],
);

describe.each(compared)('scenarios on $name', (engine) => {
  let server: EngineUnderTest;
  beforeAll(async () => {
    server = await engine.start({ talkative: true });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each(SCENARIOS.filter(({ name }) => !name.startsWith('a crash')))('$name', async ({ name, run }) => {
    expect(await run(playerOf(server), server, engine)).toMatch(OUTCOMES[name] ?? /^there is none$/);
  });
});
