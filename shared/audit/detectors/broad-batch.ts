import type { Logged } from '../events/event.ts';
import { objectsOf, textsOf } from '../events/logged.ts';
import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { ASK, LOOK, REVOKE, ROTATE } from './steps.ts';

/** A negation, nothing, or a single letter; and the key `all`, whose words are looked for everywhere, with those. */
const isBroad = (filters: readonly Logged[]): boolean =>
  filters.every((filter) => textsOf(filter?.['values']).every(isBroadValue));

const isBroadValue = (value: string): boolean => value.startsWith('!') || value.trim().length < 2;

export const broadBatch: Detector = {
  id: 'broad-batch',
  title: 'All secrets asked for in one call',
  family: 'reading',
  severity: 'high',
  alerts: true,

  why: 'BatchGetSecretValue takes a filter in place of names. One that matches nearly everything hands over the whole account, twenty secrets a call.',
  techniques: ['T1119', 'T1555.006'],
  runbook: [ASK, REVOKE, ROTATE, LOOK],
  falsePositives: ['A backup that reads everything by filter.', 'A program that begins to read by filter.'],
  gaps: [
    'A narrow filter that happens to match much, by a role or by one who has used filters before.',
    'CloudTrail does not say which secrets the call returned; where they have a key of their own, KMS does.',
  ],
  references: [
    'https://stratus-red-team.cloud/attack-techniques/AWS/aws.credential-access.secretsmanager-batch-retrieve-secrets/',
    'https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html',
  ],
  on: ['secretsmanager:BatchGetSecretValue'],
  judge({ kind, outcome, request, secrets, name, principal }, past) {
    if (kind !== 'call' || outcome.is !== 'ok' || request === undefined || secrets.length > 0)
      return undefined;
    if (isBroad(objectsOf(request?.['filters'])))
      return { because: 'Values were asked for by a filter that matches nearly every secret.' };
    // Software that reads so has done it before, and from where it is.
    if (!past.isNew('call', name) && !past.networkIsNew) return undefined;
    if (principal.type !== 'role' && !past.learning && past.isNew('call', name))
      return {
        severity: 'medium',
        because: 'Values were asked for by a filter, which it had never done before.',
      };
    const pages = new Set(past.around('filter', 5 * MINUTE).map(({ value }) => value)).size;
    return pages < 3
      ? undefined
      : {
          because: `Values were asked for by filters, ${pages} pages of them within some minutes.`,
          severity: 'medium',
        };
  },
};
