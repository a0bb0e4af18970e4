import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each file has its own process: tests start servers and watch what a process loads and prints.
    pool: 'forks',
    maxWorkers: 2,
    // The one server of the user's own has settings that some tests change.
    fileParallelism: process.env['KEYTURN_TEST_MYSQL_URL'] === undefined,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A busy machine is no failure; what never comes still is one.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', new ClosingLine()],
  },
});
