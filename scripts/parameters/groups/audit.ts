/** What the audit is told. */
import * as v from 'valibot';
import * as form from '../forms.ts';
import { parameter } from '../parameter.ts';
import { suppressions } from '../suppressions.ts';

export const audit = {
  deployRoles: parameter(
    form.roles,
    "['arn:aws:iam::111122223333:role/deploy']",
    'Roles that infrastructure-as-code runs as. Without yours, each deployment raises an alert.',
    'none',
  ),
  breakGlassRoles: parameter(
    form.roles,
    "['arn:aws:iam::111122223333:role/break-glass']",
    'Roles kept for emergencies.',
    'none',
  ),
  rotationFunctions: parameter(
    form.functions,
    "['arn:aws:lambda:eu-central-1:111122223333:function:RotateOrders']",
    'Functions other than these that may rotate secrets, such as those of AWS.',
    'none',
  ),
  trustedAccounts: parameter(
    form.accounts,
    "['444455556666']",
    'Other accounts that may use your secrets.',
    'none',
  ),
  trustedOrganizations: parameter(
    form.organizations,
    '[o-exampleorgid]',
    'Your organizations of AWS Organizations. A policy that lets in the members of another one is alerted; until you name yours, any is taken for it.',
    'any',
  ),
  honeytokens: parameter(
    form.patterns,
    "['prod/backup-admin']",
    'Names of secrets that nobody has a reason to touch.',
    'those with the tag `keyturn:honeytoken`',
  ),
  machineSecrets: parameter(
    form.patterns,
    "['app/*']",
    'Names of secrets that only software reads.',
    'those with the tag `keyturn:tier`',
  ),
  networks: parameter(
    form.networks,
    "['203.0.113.0/24']",
    'Networks that calls usually come from.',
    'learnt',
  ),
  suppressions: parameter(
    suppressions,
    "[{ detector: burst-read, principal: 'arn:aws:iam::111122223333:role/migration', reason: the move, owner: platform, expires: '2026-12-31' }]",
    '[Findings that are not to be told](alerts.md#hide-a-finding), for a while.',
    'none',
  ),
  memberAccounts: parameter(
    form.accounts,
    "['444455556666']",
    '[Accounts whose events are judged here too](cross-account.md#events-of-other-accounts-and-regions).',
    'none',
  ),
  organization: parameter(
    form.organization,
    'o-a1b2c3d4e5',
    'The same for every account of an organization.',
    'none',
  ),
  createTrail: parameter(
    v.optional(v.boolean(), false),
    'true',
    'Whether to make a trail of management events, and its bucket, for an account that has none.',
    'no; a trail must exist',
  ),
  trailDays: parameter(
    v.optional(
      v.pipe(
        v.number(),
        v.check((days) => Number.isInteger(days) && days > 0, 'must be a whole number of days'),
      ),
      400,
    ),
    '400',
    'Days that files of that trail are kept.',
    '400',
  ),
};
