import { isDeployRole } from '../deployment.ts';
import { asText } from '../events/logged.ts';
import type { Detector } from './detector.ts';
import { ASK, UNDO } from './steps.ts';

export const databasePasswordReset: Detector = {
  id: 'database-password-reset',
  title: 'The master password of a database was set',
  family: 'changing',
  severity: 'medium',
  alerts: true,

  why: 'Whoever may set the master password needs no secret: it opens every table. A rotation of that user fails from now on.',
  techniques: ['T1098'],
  runbook: [ASK, UNDO, 'Put the new password into the secret of that user, or let RDS manage it.'],
  falsePositives: ['A restore, or a first set-up.'],
  gaps: ['Passwords set in the database itself.'],
  references: ['https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html'],
  on: ['rds:ModifyDBInstance', 'rds:ModifyDBCluster'],
  judge({ kind, outcome, request, principal }, _past, deployment) {
    if (kind !== 'call' || outcome.is !== 'ok' || request?.['masterUserPassword'] === undefined)
      return undefined;
    const database =
      asText(request?.['dBInstanceIdentifier']) ?? asText(request?.['dBClusterIdentifier']) ?? '';
    return {
      subject: database,
      alerts: !isDeployRole(deployment, principal),
      because: `The master password of the database ${database} was set by an API call.`,
    };
  },
};
