import { type Alert, idOf } from './alert.ts';

/** Stands for all further alerts of this hour: the one that came first is its example. */
export function stormAlert(held: Alert, sent: number): Alert {
  const hour = held.lastEventTime.slice(0, 13);
  const incidentId = idOf(`storm/${held.accountId}/${hour}`, 'incident');
  return {
    ...held,
    id: idOf(`storm/${held.accountId}/${hour}`, 'storm'),
    incidentId,
    stage: 'storm',
    severity: 'high',
    title: 'A storm of alerts',
    findings: [
      {
        detector: 'storm',
        title: 'A storm of alerts',
        severity: 'high',
        because: [
          `${sent} alerts were sent within the hour; the next ones are held back, this one first: ${held.title}.`,
        ],
        why: 'Either something large is going on, or something harmless was not foreseen. Critical alerts are sent all the same.',
        techniques: [],
      },
      ...held.findings,
    ],
    runbook: [
      'Look through the alerts of this hour for what they have in common: a principal, a network, a deployment.',
      'What was held back is in the next digest, and in CloudTrail.',
    ],
  };
}
