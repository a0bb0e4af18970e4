/** From many runs to one figure, beside its rival's and its aim. */
import type { ColdRotation } from './cold-rotation.ts';
import type { Sizes } from './sizes.ts';

export type Unit = 'ms' | 'KB' | 'MB' | '';

export interface Figure {
  readonly what: string;
  readonly unit: Unit;
  /** Medians; absent where it was not measured. */
  readonly keyturn: number | undefined;
  readonly template: number | undefined;
  /** Median of Keyturn's share of the template's figure, pair by pair. */
  readonly ratio: number | undefined;
  readonly aim: string;
  /** Absent where there is no aim, or nothing to judge it by. */
  readonly met: boolean | undefined;
}

/** Runs that followed each other directly; the template is absent when no copy was supplied. */
export interface Pair {
  readonly keyturn: ColdRotation;
  readonly template: ColdRotation | undefined;
}

interface Measure {
  readonly what: string;
  readonly unit: Unit;
  /** Whether it means anything when the rotation failed. */
  readonly ofFailed?: boolean;
  of(run: ColdRotation): number | undefined;
  readonly aim?: { readonly text: string; reached(keyturn?: number, ratio?: number): boolean | undefined };
}

const KB = 1024;
const MB = 1024 * KB;

const below = (limit: number) => (value: number | undefined) =>
  value === undefined ? undefined : value < limit;
const atMost = (limit: number) => (value: number | undefined) =>
  value === undefined ? undefined : value <= limit;

const MEASURES: readonly Measure[] = [
  {
    what: 'first answer of Secrets Manager',
    unit: 'ms',
    ofFailed: true,
    of: (run) => run.firstAnswerMs,
    aim: { text: 'ratio at most 0.4', reached: (_, ratio) => atMost(0.4)(ratio) },
  },
  { what: 'createSecret done', unit: 'ms', ofFailed: true, of: (run) => run.createSecretMs },
  {
    what: 'rotation done',
    unit: 'ms',
    of: (run) => run.totalMs,
    aim: { text: 'ratio below 1', reached: (_, ratio) => below(1)(ratio) },
  },
  {
    what: 'peak memory',
    unit: 'MB',
    of: ({ peakMemory }) => peakMemory && peakMemory / MB,
    aim: { text: 'below 80 MB', reached: below(80) },
  },
  {
    what: 'Secrets Manager calls',
    unit: '',
    of: (run) => run.apiCalls,
    aim: { text: 'at most 16', reached: atMost(16) },
  },
  { what: 'logins', unit: '', of: (run) => run.logins, aim: { text: 'at most 4', reached: atMost(4) } },
  {
    what: 'failed logins',
    unit: '',
    of: (run) => run.failedLogins,
    aim: { text: 'none', reached: atMost(0) },
  },
];

export const compared = (pairs: readonly Pair[]): Figure[] =>
  MEASURES.map((measure) => figure(measure, pairs));

function figure(measure: Measure, pairs: readonly Pair[]): Figure {
  const { what, unit, aim } = measure;
  const value = (run: ColdRotation | undefined) =>
    run === undefined || (run.error !== undefined && !measure.ofFailed) ? undefined : measure.of(run);
  const keyturn = median(pairs.map((pair) => value(pair.keyturn)));
  const template = median(pairs.map((pair) => value(pair.template)));
  const ratio = median(pairs.map((pair) => quotient(value(pair.keyturn), value(pair.template))));
  return { what, unit, keyturn, template, ratio, aim: aim?.text ?? '', met: aim?.reached(keyturn, ratio) };
}

/** In KB. */
export interface SizeAims {
  readonly first?: number;
  readonly all?: number;
  readonly zip?: number;
}

export const SIZE_AIMS: Readonly<Record<string, SizeAims>> = {
  postgres: { first: 350, zip: 350 },
  mysql: { all: 1024 },
  mariadb: { all: 1024 },
};

export function sizeFigures(
  sizes: Sizes,
  { loadedBytes, loadedInAll }: Pick<ColdRotation, 'loadedBytes' | 'loadedInAll'>,
  aims: SizeAims = {},
): Figure[] {
  const size = (what: string, bytes: number | undefined, most?: number): Figure => {
    const keyturn = bytes === undefined ? undefined : bytes / KB;
    const aim = most === undefined ? '' : `at most ${most} KB`;
    const met = most === undefined ? undefined : atMost(most)(keyturn);
    return { what, unit: 'KB', keyturn, template: undefined, ratio: undefined, aim, met };
  };
  return [
    size('bundle, static imports of the entry', sizes.start),
    size('bundle, loaded by the first answer', loadedBytes, aims.first),
    size('bundle, loaded by the last answer', loadedInAll, aims.all),
    size('bundle, all files', sizes.total),
    size('zip, with the CA bundle', sizes.zip, aims.zip),
  ];
}

const quotient = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined || b === 0 ? undefined : a / b;

/** Of the values that are there; absent when none is. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values
    .filter((value): value is number => value !== undefined && !Number.isNaN(value))
    .sort((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
