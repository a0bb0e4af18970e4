import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each file has its own process: tests start servers and watch what a process loads and prints.
    pool: 'forks',
    // One more than there are cores on a small machine: many tests wait for a server, or for a time-out.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // The one server of the user's own has settings that some tests change.
    fileParallelism: process.env['KEYTURN_TEST_MYSQL_URL'] === undefined,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A busy machine is no failure; what never comes still is one.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', new ClosingLine()],
  },
});
