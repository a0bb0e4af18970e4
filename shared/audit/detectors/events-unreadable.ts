import type { Detector } from './detector.ts';

export const eventsUnreadable: Detector = {
  id: 'events-unreadable',
  title: 'Events that cannot be read',
  family: 'watching',
  severity: 'high',
  alerts: true,

  why: 'A record was not what CloudTrail writes. Either AWS changed its form, or somebody else writes to the queue.',
  techniques: ['T1562.008'],
  runbook: [
    'Read the function’s log for the reasons; the records themselves come to the dead letters of the queue.',
    'See who may send to the queue.',
    'Report a record that CloudTrail did write.',
  ],
  falsePositives: [],
  gaps: [],
  references: [],
  on: ['keyturn:Unreadable'],
  judge({ details }) {
    const count = Number(details?.['count'] ?? 0);
    return count > 0 ? { because: `${count} of the events of one batch could not be read.` } : undefined;
  },
};
