import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each file has its own process: tests start servers and watch what a process loads and prints.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A busy machine is no failure; what never comes still is one.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', new ClosingLine()],
  },
});
