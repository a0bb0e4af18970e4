/** Promise 1 and 3, at every place where the function can die. Two files share the servers, to run side by side. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { postgresOnStage } from '../../local/rehearsal/postgres.ts';
import { type PostgresMajor, postgresMajors } from '../../local/servers/postgres.ts';
import { crashEverywhere } from './crash-matrix.ts';
import { leaksOf } from './leaks.ts';

/** Fewer crash points than this would mean that the matrix missed some. */
const LEAST_POINTS = 50;

const CASTS = ['own password', 'by superuser', 'base and clone', 'owner role'];

export function describeCrashes(majors: readonly PostgresMajor[]): void {
  const { installed, missing } = postgresMajors();

  describe.each(majors.filter((major) => installed.includes(major)))(
    'crashes with PostgreSQL %i',
    (major) => {
      let database: DatabaseOnStage;
      beforeAll(async () => {
        database = await postgresOnStage(major, { settings: { log_statement: 'all' } });
      });
      afterAll(() => database[Symbol.asyncDispose]());

      it.each(CASTS)('%s: before and after every call', { timeout: 600_000 }, async (name) => {
        const index = database.casts.findIndex((cast) => cast.name === name);
        const cast = database.casts[index];
        if (cast === undefined) throw new Error('No such cast.');
        const { points, failures, passwords, output } = await crashEverywhere(database, cast, `c${index}`);
        expect(failures).toEqual([]);
        expect(points).toBeGreaterThan(LEAST_POINTS);
        expect(passwords.length).toBeGreaterThan(points / 2);
        for (const text of [output, database.log()])
          for (const password of passwords) expect(leaksOf(password, text)).toEqual([]);
      });
    },
  );

  const lacking = missing.filter(({ major }) => majors.includes(major));
  if (lacking.length > 0)
    describe.each(lacking)('crashes with PostgreSQL $major', ({ reason }) => {
      it.skip(reason, () => {});
    });
}
