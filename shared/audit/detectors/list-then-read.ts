import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { ASK, LOOK, REVOKE, ROTATE } from './steps.ts';
import { isItsWork, isOwnMake, isUsualRead } from './usual.ts';

const SPAN = 15 * MINUTE;
const LIST = 'secretsmanager:ListSecrets';
const MANY = 5;
/** For whoever never listed them before, and is no person in the console. */
const FEW = 3;

export const listThenRead: Detector = {
  id: 'list-then-read',
  title: 'The secrets were listed, then read',
  family: 'reading',
  severity: 'high',
  alerts: true,

  why: 'Software knows the names of its secrets. Whoever first asks what there is, and then reads it, came without that knowledge.',
  techniques: ['T1526', 'T1555.006'],
  runbook: [ASK, REVOKE, ROTATE, LOOK],
  falsePositives: ['A migration or an inventory that also reads values.'],
  gaps: [
    'Roles that rotate or deploy, in the networks they are usually in: as they are configured, or else as they behave and as long as they read little that is new to them.',
    'A thief who knows the names already, or had another principal list them.',
    'Fewer than five secrets; than three, for who had never listed them before and is no person.',
    'Secrets that the principal reads anyway, from its usual network, are not counted.',
  ],
  references: [
    'https://stratus-red-team.cloud/attack-techniques/AWS/aws.credential-access.secretsmanager-retrieve-secrets/',
    'https://attack.mitre.org/techniques/T1526/',
  ],
  on: [
    'secretsmanager:GetSecretValue',
    'secretsmanager:BatchGetSecretValue',
    'secretsmanager:ListSecrets',
    'kms:Decrypt',
  ],
  judge(event, past, deployment) {
    if (isUsualRead(event, past) || isItsWork(event, past, deployment)) return undefined;
    const listed = past.around('list', SPAN).length > 0 || past.together('look', SPAN).values.size >= 10;
    const { values, since } = past.together('read', SPAN);
    const secrets = [...values].filter((key) => !isOwnMake(key, past));
    const isFirst = !past.learning && past.isNew('call', LIST) && event.principal.type !== 'person';
    if (!listed || secrets.length < (isFirst ? FEW : MANY)) return undefined;
    return {
      since,
      severity: secrets.length < MANY ? 'medium' : 'high',
      because: `The secrets of the account were listed, and ${secrets.length} that are new to it were read within a quarter of an hour.`,
      secrets,
    };
  },
};
