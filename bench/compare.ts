/** `npm run bench:compare`: the same scenarios, played by AWS's own templates and by Keyturn, as a table. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type EngineToTest, enginesToTest } from '../local/rehearsal/engines.ts';
import type { EngineOnStage } from '../local/rehearsal/servers.ts';
import type { StageOptions } from '../local/rehearsal/stage.ts';
import { templateAt } from './contender.ts';
import { playerOf, SCENARIOS, type Scenario } from './scenarios.ts';
import { table } from './table.ts';
import { startTemplate } from './template-function.ts';

/** Not Redshift: its template would be judged by a stand-in of this project's. */
const FOLDERS: Readonly<Partial<Record<EngineOnStage, string>>> = {
  postgres: 'SecretsManagerRDSPostgreSQLRotation',
  mysql: 'SecretsManagerRDSMySQLRotation',
  mariadb: 'SecretsManagerRDSMariaDBRotation',
};
const KINDS = { 'single user': 'SingleUser', 'two users': 'MultiUser' } as const;

/** @returns what starts the template of this kind, or why it cannot run */
async function templateFor(engine: EngineOnStage, kind: Scenario['kind']) {
  const folder = process.env['KEYTURN_BENCH_AWS_TEMPLATES'] ?? '';
  if (folder === '') return { missing: 'no copy supplied' };
  const file = join(folder, `${FOLDERS[engine]}${KINDS[kind]}`, 'lambda_function.py');
  if (!existsSync(file)) return { missing: 'not in the copy supplied' };
  const driver = engine === 'mysql' || engine === 'mariadb' ? 'pymysql' : 'pgdb';
  const template = await templateAt(file, driver, process.env);
  return 'missing' in template ? template : { start: startTemplate(template) };
}

async function compare(engine: EngineToTest): Promise<void> {
  await using server = await engine.start({ talkative: true });
  const rows: string[][] = [[server.database.label, 'AWS template', 'Keyturn']];
  for (const scenario of SCENARIOS) {
    const theirs = await templateFor(engine.engine, scenario.kind);
    const played = (start?: StageOptions['start']) =>
      scenario
        .run(playerOf(server, start), server, engine)
        .catch((error: Error) => `not played: ${error.name}`);
    rows.push([
      `${scenario.kind}: ${scenario.name}`,
      'missing' in theirs ? theirs.missing : await played(theirs.start),
      await played(),
    ]);
  }
  console.log(`${table('lll', rows)}\n`);
}

// Servers and folders are cleaned up on exit, which a signal would otherwise skip.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const { engines, missing } = await enginesToTest();
for (const { what, reason } of missing) console.log(`${what}: left out, ${reason}`);
const newest = Object.keys(FOLDERS).flatMap(
  (name) => engines.findLast(({ engine }) => engine === name) ?? [],
);
for (const engine of newest) await compare(engine);
