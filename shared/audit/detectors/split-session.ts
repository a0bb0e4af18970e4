import type { AuditEvent } from '../events/event.ts';
import { networkOf } from '../events/network.ts';
import { isInstance } from '../events/principal.ts';
import { toolOf } from '../events/tool.ts';
import type { Past } from '../memory/past.ts';
import { isRead } from '../memory/remember.ts';
import type { Detector, Verdict } from './detector.ts';
import { ASK, REVOKE, ROTATE } from './steps.ts';

/** Whoever is in so many networks on one day is always on the way, as builds are. */
const MANY = 8;

export const splitSession: Detector = {
  id: 'split-session',
  title: 'One session in two networks',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'A session’s credentials are in one place. In two at once, one of them may be the thief’s.',
  techniques: ['T1550.001'],
  runbook: [ASK, REVOKE, ROTATE],
  falsePositives: ['A laptop that changes between networks.'],
  gaps: [
    'Access keys of users, which live for long.',
    'Principals that have long been used from ever new networks, as functions outside a VPC are; instances excepted.',
  ],
  references: ['https://attack.mitre.org/techniques/T1550/001/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets'],
  judge(event, past) {
    const { kind, principal } = event;
    if (kind !== 'call' || principal.accessKeyId?.startsWith('ASIA') !== true) return undefined;
    const networks = past.keyNetworks.size;
    if (networks < 2) return undefined;
    if (past.roams) return isInstance(principal) ? outsideOfInstance(event, past) : undefined;
    const because = `The same session was used from ${networks} networks on one day`;
    const isJourney = past.learning || !past.networkIsNew || networks >= MANY;
    const second = isJourney ? undefined : secondSignal(event, past);
    return second === undefined
      ? { because: `${because}.` }
      : {
          because: `${because}, in a network that is new to it ${second}.`,
          severity: 'medium',
          alerts: true,
        };
  },
};

/** Where each instance has a network of its own, its role roams; the instance itself does not. */
function outsideOfInstance({ origin }: AuditEvent, past: Past): Verdict | undefined {
  const network = networkOf(origin) ?? '';
  const first = past.keyNetworks.get(network);
  const began = Math.min(...past.keyNetworks.values());
  if (first === undefined || first === began || !past.isNew('network', network)) return undefined;
  return {
    because:
      'The credentials of one instance were used from a second network on one day, which is new to its role.',
    severity: past.isNew('tool', toolOf(origin.userAgent)) ? 'high' : 'medium',
    alerts: true,
  };
}

/** What makes two networks more than a journey. */
function secondSignal(event: AuditEvent, past: Past): string | undefined {
  if (isRead(event) && event.secrets.some(({ key }) => past.isNew('read', key)))
    return 'for a secret that is new to it';
  return past.isNew('tool', toolOf(event.origin.userAgent)) ? 'with a tool that is new to it' : undefined;
}
