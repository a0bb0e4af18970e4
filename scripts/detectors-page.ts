/** docs/detectors.md, made from the detectors themselves. */
import type { Detector, Family } from '../shared/audit/detectors/detector.ts';
import { DETECTORS } from '../shared/audit/detectors/index.ts';
import { ELSEWHERE } from './other-rule-sets.ts';

const FAMILIES: Readonly<Record<Family, string>> = {
  reading: 'Who reads secrets',
  changing: 'Who changes secrets, and what guards them',
  rotation: 'Whether rotation is healthy',
  watching: 'Whether the audit itself is',
};

export const detectorsPage = (): string => `# Detectors

Generated from \`shared/audit/detectors\` by \`npm run docs\`.

What is looked for, why, and what to do about it. A detector that *alerts* is told by itself; one that *adds* only makes
an incident weightier. Severities may be higher or lower in a case; the alert says so. Examples of what fires each, and
of what does not, are in \`events/cloudtrail\`.

${Object.entries(FAMILIES)
  .map(([family, title]) => familyOf(family as Family, title))
  .join('\n')}
## Other rule sets

What the best-known public ones have in the same place, by reading them and not by running them. Where nothing is said
none was found.

| Detector | Elsewhere |
|---|---|
${DETECTORS.filter(({ id }) => id in ELSEWHERE)
  .map(({ id }) => `| ${id} | ${ELSEWHERE[id]} |`)
  .join('\n')}
`;

function familyOf(family: Family, title: string): string {
  const detectors = DETECTORS.filter((detector) => detector.family === family);
  if (detectors.length === 0) return '';
  return `## ${title}

| Detector | What | Severity | |
|---|---|---|---|
${detectors.map(row).join('\n')}

${detectors.map(section).join('\n')}`;
}

const row = ({ id, title, severity, alerts }: Detector): string =>
  `| [${id}](#${id}) | ${title} | ${severity} | ${alerts ? 'alerts' : 'adds'} |`;

const section = (detector: Detector): string => `### ${detector.id}

${detector.title}. ${detector.why}

${list('What to do', detector.runbook)}${list('What else it may be', detector.falsePositives)}${list('What it does not see', detector.gaps)}${techniques(detector)}${list('See', detector.references)}`;

const list = (title: string, entries: readonly string[]): string =>
  entries.length === 0 ? '' : `*${title}*\n\n${entries.map((entry) => `- ${entry}`).join('\n')}\n\n`;

const techniques = ({ techniques: ids, neverSuppressed }: Detector): string =>
  [
    ...(ids.length === 0 ? [] : [`ATT&CK: ${ids.join(', ')}.`]),
    ...(neverSuppressed === true ? ['It cannot be suppressed.'] : []),
  ]
    .join(' ')
    .concat('\n\n');
