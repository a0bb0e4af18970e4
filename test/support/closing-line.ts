/** Prints how many tests passed, failed and were skipped, and why, as the last thing before the process ends. */
import { writeSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

interface Counts {
  passed: number;
  failed: number;
  /** Number of skipped tests by reason. */
  readonly skipped: Map<string, number>;
}

export class ClosingLine implements Reporter {
  /** A run that never came to its end, or had no test, has failed. */
  #lines = ['0 passed, 1 failed'];

  onInit(): void {
    process.once('exit', () => writeSync(1, `\n${this.#lines.join('\n')}\n`));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    if (modules.length > 0) this.#lines = report(count(modules, unhandled.length));
  }
}

function count(modules: readonly TestModule[], unhandled: number): Counts {
  const counts: Counts = { passed: 0, failed: unhandled, skipped: new Map() };
  for (const module of modules) {
    for (const test of module.children.allTests()) add(counts, test);
    // A file that cannot be loaded, or a hook that fails, leaves no failed test behind.
    const broken = [module, ...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
    counts.failed += broken.length;
  }
  return counts;
}

function add(counts: Counts, test: TestCase): void {
  const { state } = test.result();
  if (state === 'passed') counts.passed += 1;
  else if (state === 'skipped') counts.skipped.set(reason(test), (counts.skipped.get(reason(test)) ?? 0) + 1);
  else counts.failed += 1;
}

/** The note of `context.skip(note)`, else the name of what was skipped. */
function reason(test: TestCase): string {
  const result = test.result();
  if (result.state === 'skipped' && result.note !== undefined) return result.note;
  let skipped: TestCase | TestSuite = test;
  while (skipped.parent.type === 'suite' && skipped.parent.options.mode === 'skip') skipped = skipped.parent;
  return `${test.module.relativeModuleId}: ${skipped.name}`;
}

function report({ passed, failed, skipped }: Counts): string[] {
  const total = [...skipped.values()].reduce((sum, number) => sum + number, 0);
  return [
    ...[...skipped].map(([why, number]) => `skipped ${number}: ${why}`),
    `${passed} passed, ${failed} failed${total > 0 ? `, ${total} skipped` : ''}`,
  ];
}
