/** What a person reads. */
import type { Figure } from './figures.ts';
import type { Report, StrategyRow } from './report.ts';

export function reportText(report: Report): string {
  const { figures, strategies, sizes, audit } = report;
  const tables = [
    figureTable('single user, from process start', figures),
    strategyTable(strategies),
    figureTable('size', sizes),
    ...(audit.length === 0 ? [] : [auditTable(audit)]),
  ];
  return [heading(report), ...tables].join('\n\n');
}

function heading({ server, machine, runs, template }: Report): string {
  const { node, platform, arch, processors } = machine;
  const turns = template.supplied ? ' of each, in turn' : '';
  return [
    `${server}, Node.js ${node}, ${platform}-${arch}, ${processors} processors`,
    aboutTemplate(template),
    `Medians of ${runs} rotations${turns}, each in a new process.`,
  ].join('\n');
}

function aboutTemplate(template: Report['template']): string {
  if (!template.supplied) return `AWS template: not measured, ${template.reason}; see bench/README.md`;
  const failed = template.failed > 0 ? `; failed rotations: ${template.failed} (${template.reason})` : '';
  return `AWS template: ${template.platform}${failed}`;
}

export const auditTable = (figures: readonly Figure[]): string =>
  table('lrll', [
    ['the audit', 'Keyturn', 'aim', ''],
    ...figures.map(({ what, unit, keyturn, aim, met }) => [
      what,
      fine(keyturn, unit),
      aim,
      aim === '' ? '' : verdict(met),
    ]),
  ]);

/** Small numbers keep two decimals. */
const fine = (value: number | undefined, unit: string): string =>
  value !== undefined && value < 10 ? `${value.toFixed(2)} ${unit}`.trim() : amount(value, unit);

const figureTable = (title: string, figures: readonly Figure[]): string =>
  table('lrrrll', [
    [title, 'Keyturn', 'AWS template', 'ratio', 'aim', ''],
    ...figures.map(({ what, unit, keyturn, template, ratio, aim, met }) => [
      what,
      amount(keyturn, unit),
      amount(template, unit),
      ratio?.toFixed(2) ?? '',
      aim,
      aim === '' ? '' : verdict(met),
    ]),
  ]);

const strategyTable = (rows: readonly StrategyRow[]): string =>
  table('lrrrrrr', [
    [
      'every strategy, from process start',
      'runs',
      'rotation done',
      'peak memory',
      'calls',
      'logins',
      'failed',
    ],
    ...rows.map((row) => [
      `${row.strategy}: ${row.name}`,
      String(row.runs),
      amount(row.totalMs, 'ms'),
      amount(row.peakMemoryMB, 'MB'),
      amount(row.apiCalls, ''),
      amount(row.logins, ''),
      amount(row.failedLogins, ''),
    ]),
  ]);

const verdict = (met: boolean | undefined): string =>
  met === undefined ? 'not measured' : met ? 'ok' : 'not met';

const amount = (value: number | undefined, unit: string): string =>
  value === undefined ? '' : `${Math.round(value * 10) / 10} ${unit}`.trim();

/** @param alignment `l` or `r` for each column */
export function table(alignment: string, rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = [...alignment].map((_, column) => width(column));
  const cell = (text: string, column: number) =>
    alignment[column] === 'r' ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
