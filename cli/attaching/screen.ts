/** What a person reads of a check and of a rotation. */
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import type { CheckReport, Finding } from '../../shared/rotation/check/report.ts';
import type { StepSeen } from './watch.ts';

const SIGNS = {
  ok: ['green', '✔'],
  warning: ['yellow', '!'],
  failed: ['red', '✘'],
  skipped: ['dim', '-'],
} as const;

export interface Screen {
  line(text: string): void;
  gap(): void;
  report(report: CheckReport): void;
  step(step: StepSeen): void;
}

export function screenOn(stream: WriteStream): Screen {
  const line = (text: string) => void stream.write(`${printable(text)}\n`);
  /** Only signs of our own are painted. */
  const signed = (sign: keyof typeof SIGNS, before: string, after: string) => {
    const [colour, text] = SIGNS[sign];
    stream.write(`${printable(before)}${styleText(colour, text, { stream })} ${printable(after)}\n`);
  };
  return {
    line,
    gap: () => line(''),
    report({ checks }) {
      for (const { check, result, says, fix } of checks) {
        signed(result, `  ${check.padEnd(11)}`, says);
        if (fix !== null) line(`${' '.repeat(15)}Fix: ${fix}`);
      }
    },
    step({ step, ms, error }) {
      signed(
        error === undefined ? 'ok' : 'failed',
        `  ${step.padEnd(14)}`,
        `${Math.round(ms)} ms`.padStart(8),
      );
      if (error !== undefined) line(`  ${error}`);
    },
  };
}

/** A secret's writer must not move the cursor of whoever checks it. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '·');

export const failuresOf = ({ checks }: CheckReport): Finding[] =>
  checks.filter(({ result }) => result === 'failed');
