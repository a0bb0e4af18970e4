/** What a person sees of a rehearsal: live in a terminal, plain lines elsewhere. */

import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import type { ReceivedAlert } from '../local/audit/pipeline.ts';
import type { RehearsedAudit } from '../local/rehearsal/audit.ts';
import type { Cast, DatabaseOnStage } from '../local/rehearsal/cast.ts';
import type { Rehearsed, Watcher } from '../local/rehearsal/rehearse.ts';
import { alertLines } from './alert-lines.ts';

export interface Screen extends Required<Watcher> {
  starting(): void;
  started(database: DatabaseOnStage): void;
  rotating(cast: Cast): void;
  rotated(rehearsed: Rehearsed, asPromised: boolean): void;
  skipped(what: readonly { readonly what: string; readonly reason: string }[]): void;
  audited(report: RehearsedAudit, alert: ReceivedAlert | undefined): void;
  finished(ok: boolean): void;
}

export const silentScreen = (): Screen => ({
  starting() {},
  started() {},
  rotating() {},
  stepBegan() {},
  stepEnded() {},
  rotated() {},
  skipped() {},
  audited() {},
  finished() {},
});

export function rehearsalScreen(stream: WriteStream): Screen {
  const line = (text: string) => stream.write(`${text}\n`);
  const paint = (format: 'green' | 'red' | 'dim' | 'bold', text: string) =>
    styleText(format, text, { stream });
  /** A line that the next one replaces; nothing where lines cannot be replaced. */
  const passing = (text: string) => {
    if (stream.isTTY) stream.write(`${paint('dim', text)}\r`);
  };

  let first = true;
  return {
    starting: () => passing('Starting a private database server …'),
    started: (database) => {
      line(
        `${first ? '' : '\n'}${database.label} over TLS, a model of Secrets Manager, and the function as Lambda loads it.`,
      );
      first = false;
    },
    rotating: ({ strategy, name }) => line(`\n${paint('bold', strategy)} ${paint('dim', name)}`),
    stepBegan: (step) => passing(`  ${step.padEnd(14)}…`),
    stepEnded: (step, ms, error) => {
      const mark = error === undefined ? paint('green', '✔') : paint('red', '✘');
      line(`  ${step.padEnd(14)}${mark} ${`${Math.round(ms)} ms`.padStart(8)}`);
      if (error !== undefined) line(`  ${paint('red', error)}`);
    },
    rotated: (rehearsed, asPromised) => {
      for (const text of summary(rehearsed)) line(`  ${text}`);
      line(`  ${asPromised ? paint('green', 'As promised.') : paint('red', 'NOT as promised.')}`);
    },
    skipped: (all) => {
      for (const { what, reason } of all) line(`Skipped ${what}: ${reason}`);
    },
    audited: ({ records, alertsDuringRotation }, alert) => {
      line(`\n${paint('bold', 'audit')} ${paint('dim', `${records} CloudTrail records`)}`);
      line(
        `  ${alertsDuringRotation === 0 ? paint('green', 'The rotations raised no alert.') : paint('red', `The rotations raised ${alertsDuringRotation} alerts.`)}`,
      );
      line('  Then a stolen key listed the secrets from a new address, and read each of them:');
      for (const text of alert === undefined ? [paint('red', 'nobody was told.')] : alertLines(alert))
        line(`  ${text}`);
    },
    finished: (ok) =>
      line(
        `\n${ok ? paint('green', 'All kept their promises.') : paint('red', 'Not all kept their promises, or there were no rotations.')}`,
      ),
  };
}

function summary({ row, failingMs }: Rehearsed): string[] {
  const failed =
    row.failedQueries === 0 ? 'none failed' : `${row.failedQueries} failed, for ${Math.round(failingMs)} ms`;
  return [
    `${row.outcome} in ${Math.round(row.totalMs)} ms with ${row.apiCalls} API calls and ${row.logins} logins (${row.failedLogins} failed)`,
    `the application made ${row.queries} queries meanwhile, ${failed}`,
    `new password ${row.currentPassword}, old password ${row.previousPassword}`,
  ];
}
