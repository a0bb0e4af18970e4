import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { ASK, LOOK, REVOKE } from './steps.ts';
import { isUsualRead } from './usual.ts';

export const manyRegions: Detector = {
  id: 'many-regions',
  title: 'Secrets looked for in many Regions',
  family: 'reading',
  severity: 'high',
  alerts: true,

  why: 'Software works where it is deployed. A thief with a key tries every Region, because secrets may be in any.',
  techniques: ['T1526'],
  runbook: [ASK, REVOKE, LOOK],
  falsePositives: ['The first run of an inventory or of a security scanner.'],
  gaps: ['Regions that no trail of this deployment covers.', 'Fewer than three Regions in ten minutes.'],
  references: ['https://attack.mitre.org/techniques/T1526/'],
  on: [
    'secretsmanager:GetSecretValue',
    'secretsmanager:BatchGetSecretValue',
    'secretsmanager:ListSecrets',
    'secretsmanager:DescribeSecret',
  ],
  judge(event, past) {
    if (isUsualRead(event, past)) return undefined;
    const { values: regions, since } = past.together('region', 10 * MINUTE);
    const unusual = [...regions].filter((region) => past.isNew('region', region));
    if (regions.size < 3 || unusual.length === 0 || past.learning) return undefined;
    return {
      since,
      because: `Secrets were asked for in ${regions.size} Regions within ten minutes, ${unusual.length} of them new to it.`,
    };
  },
};
