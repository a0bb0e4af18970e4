import { toolOf } from '../events/tool.ts';
import type { Detector } from './detector.ts';

export const unusualTool: Detector = {
  id: 'unusual-tool',
  title: 'A tool that is new for the principal',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'People and programs keep their tools. The caller writes the name of the tool, so it proves nothing.',
  techniques: ['T1078.004'],
  runbook: ['Nothing by itself: see what else the incident holds.'],
  falsePositives: ['An update of a program.'],
  gaps: ['Whoever writes another name.'],
  references: ['https://attack.mitre.org/techniques/T1078/004/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets'],
  judge(event, past) {
    const tool = toolOf(event.origin.userAgent);
    if (event.kind !== 'call' || event.principal.invokedBy !== undefined) return undefined;
    if (tool === 'offensive')
      return { severity: 'medium', because: 'The caller says that it is a tool for attacks.' };
    if (past.learning || past.principalIsNew || !past.isNew('tool', tool)) return undefined;
    return { because: `The principal had never used a tool that calls itself ${tool}.` };
  },
};
