import { isWithin } from '../events/network.ts';
import { isInstance } from '../events/principal.ts';
import { toolOf } from '../events/tool.ts';
import type { Detector } from './detector.ts';
import { LOOK, REVOKE, ROTATE } from './steps.ts';

const WORKLOADS: ReadonlySet<string> = new Set(['lambda', 'ecs']);

export const workloadOutside: Detector = {
  id: 'workload-outside',
  title: 'A workload’s credentials used elsewhere',
  family: 'reading',
  severity: 'high',
  alerts: true,

  why: 'The credentials of an instance or a function are only on it. Used from another place, they were taken from it.',
  techniques: ['T1552.005'],
  runbook: [
    'Find the instance or function of the role, and take it off the network without stopping it.',
    REVOKE,
    ROTATE,
    LOOK,
  ],
  falsePositives: ['A new way out of the network: list it in KEYTURN_NETWORKS.'],
  gaps: ['A thief who stays on the machine.', 'Functions outside a VPC, which come from ever new addresses.'],
  references: ['https://attack.mitre.org/techniques/T1552/005/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets'],
  judge(event, past, deployment) {
    const { principal, kind } = event;
    if (kind !== 'call' || principal.type !== 'role' || past.learning || !past.networkIsNew) return undefined;
    if (isWithin(event.origin.address, deployment.networks)) return undefined;
    const tools = [...past.firsts('tool')]
      .filter(([tool]) => !past.isNew('tool', tool))
      .map(([tool]) => tool);
    const wasWorkload =
      isInstance(principal) || (tools.length > 0 && tools.every((tool) => WORKLOADS.has(tool)));
    const isOther = isInstance(principal) || past.isNew('tool', toolOf(event.origin.userAgent));
    return wasWorkload && isOther
      ? { because: 'The role of a workload was used from a network that it had never been in.' }
      : undefined;
  },
};
