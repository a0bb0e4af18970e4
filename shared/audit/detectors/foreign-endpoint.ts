import { isForeign } from '../deployment.ts';
import type { Detector } from './detector.ts';
import { LOOK, REVOKE, ROTATE } from './steps.ts';

export const foreignEndpoint: Detector = {
  id: 'foreign-endpoint',
  title: 'Credentials used in another account’s network',
  family: 'reading',
  severity: 'high',
  alerts: true,

  why: 'The call came through a VPC endpoint of another account. A thief who uses credentials in his own network so comes from an address that he chose.',
  techniques: ['T1078.004', 'T1599'],
  runbook: [
    'Ask who owns the account of the endpoint. If it is one of yours, list it in KEYTURN_TRUSTED_ACCOUNTS.',
    REVOKE,
    ROTATE,
    LOOK,
  ],
  falsePositives: ['The first day of a network that another account of yours shares.'],
  gaps: [
    'Another account’s endpoint, once calls have come through one of its endpoints for a day.',
    'Callers of another account: see cross-account-read.',
    'Records older than CloudTrail’s version 1.09, which do not say whose an endpoint is.',
  ],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html',
  ],
  on: ['secretsmanager:*'],
  judge(event, past, deployment) {
    const { kind, outcome, origin, principal } = event;
    const owner = origin.endpointAccountId;
    if (kind !== 'call' || outcome.is !== 'ok' || owner === undefined || past.learning) return undefined;
    if (owner === principal.accountId || !isForeign(deployment, event, owner)) return undefined;
    if (!past.isNewToAccount('endpoint-owner', owner)) return undefined;
    return {
      subject: owner,
      // A network that is shared is new to many roles on its first day.
      about: `endpoint/${owner}`,
      because: `It called through a VPC endpoint of account ${owner}, which is not listed as trusted and which nobody here used before.`,
    };
  },
};
