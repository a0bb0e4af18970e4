/** Who is told, and how long what was said is kept. */
import * as v from 'valibot';
import * as form from '../forms.ts';
import { parameter } from '../parameter.ts';

/** The days that CloudWatch can keep logs for. */
const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;

export const alerts = {
  alertEmails: parameter(
    form.emails,
    '[security@example.org]',
    'Addresses that alerts are mailed to. Each has to confirm.',
    'none; anybody may subscribe to the output `AlertTopicArn`',
  ),
  slack: parameter(
    form.slack,
    '{ workspace: T0123ABCD, channel: C0123ABCD }',
    'A channel that gets the alerts. The workspace must have been allowed once, in the console of Amazon Q Developer in chat applications.',
    'none',
  ),
  teams: parameter(
    form.teams,
    "{ tenant: 11111111-2222-3333-4444-555555555555, team: 66666666-7777-8888-9999-000000000000, channel: '19%3aabc%40thread.tacv2' }",
    'The same for Microsoft Teams.',
    'none',
  ),
  alertKey: parameter(
    form.key,
    'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555',
    'ARN of [a key of yours](#a-key-of-yours) for alerts and waiting events.',
    'one is made, and rotated each year',
  ),
  logRetentionDays: parameter(
    v.optional(v.picklist(LOG_DAYS), 90),
    '90',
    `Days that the functions' logs are kept: ${LOG_DAYS.join(', ')}.`,
    '90',
  ),
};
