/** What is rotated, and with what. */
import * as v from 'valibot';
import * as form from '../forms.ts';
import { parameter } from '../parameter.ts';
import { asSetting, rotationSettings } from '../settings.ts';

/** Lambda asks for whole numbers; fewer than ten can stop Secrets Manager between two steps. */
const LEAST_CONCURRENCY = 10;

export const rotation = {
  secretNames: parameter(
    form.secretNames,
    "['app/*']",
    'Names of the secrets that may be rotated; `*` stands for any text. Whatever the name, only secrets whose rotation function this is can be.',
    'any name',
  ),
  secretTags: parameter(
    form.tags,
    "{ 'keyturn:rotate': 'true' }",
    'Tags that a secret must have to be rotated, all of them; `*` in a value stands for any text.',
    'none needed',
  ),
  superuserSecrets: parameter(
    form.secretArns,
    "['arn:aws:secretsmanager:eu-central-1:111122223333:secret:dba-AbCdEf']",
    'ARNs of the superuser secrets that rotation may read; `*` stands for any text.',
    'none, so only users who change their own passwords are rotated',
  ),
  superuserTargets: parameter(
    form.targets,
    "['app@orders.example.org']",
    'Users of databases that a superuser may act on without further proof.',
    'only users that are [bound to the secret](strategies.md)',
  ),
  secretKeys: parameter(
    form.keys,
    "['arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555']",
    'ARNs of the customer managed keys of the secrets, superuser secrets among them.',
    'the key aws/secretsmanager only',
  ),
  sharedSecrets: parameter(
    form.sharedSecrets,
    "[{ secret: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/orders-AbCdEf', readers: ['arn:aws:iam::444455556666:role/orders'] }]",
    '[Secrets that roles of other accounts may read](cross-account.md#a-secret-shared-with-another-account), and which roles. A key for these secrets is made.',
    'none',
  ),
  replicaWait: parameter(
    asSetting('KEYTURN_REPLICA_WAIT'),
    '30',
    'Longest time, in seconds, that a rotation waits for [the copies of its secret in other Regions](cross-account.md#replicas), before it and after it (0 to 60). With 0 it rotates however they are.',
    '30',
  ),
  tlsCaFile: parameter(
    form.pemFile,
    'ca.pem',
    'File beside `serverless.yml` with your own certificate authorities, for databases whose certificates they issue. It is packed with the rotation functions.',
    'the RDS bundle and the public ones only',
  ),
  reservedConcurrency: parameter(
    v.optional(
      v.pipe(
        v.number(),
        v.check(
          (count) => Number.isInteger(count) && count >= LEAST_CONCURRENCY,
          `must be a whole number of at least ${LEAST_CONCURRENCY}, because fewer can stop rotations half-way; leave it out for none`,
        ),
      ),
    ),
    '10',
    'Concurrency reserved for each rotation function, at least 10.',
    'none reserved',
  ),
  rotationSettings: parameter(
    rotationSettings,
    "{ KEYTURN_STATEMENT_SECONDS: 30, EXCLUDE_CHARACTERS: '\"@/' }",
    'Further [settings](configuration.md) of the rotation functions, by their names.',
    'none',
  ),
};
