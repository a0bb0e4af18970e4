import type { Detector } from './detector.ts';
import { LOOK } from './steps.ts';

export const endpointDenied: Detector = {
  id: 'endpoint-denied',
  title: 'A VPC endpoint refused a call',
  family: 'reading',
  severity: 'medium',
  alerts: true,

  why: 'The policy of the endpoint stopped the call: credentials of another account inside your network, or a way out that was meant to be closed.',
  techniques: ['T1599'],
  runbook: ['Find the machine by its address in the event.', LOOK],
  falsePositives: ['An endpoint policy that is too narrow for a new application.'],
  gaps: ['It needs network activity events, which a trail does not record unless told to.'],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html',
  ],
  on: ['secretsmanager:*'],
  judge({ outcome, origin }) {
    if (outcome.code !== 'VpceAccessDenied') return undefined;
    return {
      because: 'The policy of a VPC endpoint refused a call about secrets.',
      subject: origin.vpcEndpointId ?? '',
    };
  },
};
