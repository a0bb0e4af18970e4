/** An alert, for a person at a terminal. */
import type { ReceivedAlert } from '../local/audit/pipeline.ts';

export const alertLines = ({
  severity,
  title,
  principal,
  findings,
  runbook: [first = 'nothing.'],
}: ReceivedAlert): string[] => [
  `${severity.toUpperCase()}: ${title}, by ${principal.key}`,
  ...findings.flatMap(({ because }) => because.map((sentence) => `- ${sentence}`)),
  `First: ${first}`,
];
