/** Where a deployment goes. */
import * as v from 'valibot';
import * as form from '../forms.ts';
import { parameter } from '../parameter.ts';

export const place = {
  region: parameter(
    v.optional(form.region),
    'eu-central-1',
    'The Region. `--region` has the last word.',
    '`npm run deploy` wants one of them',
  ),
  tags: parameter(form.tags, '{ team: platform }', 'Tags for everything that can have some.', 'none'),
  permissionsBoundary: parameter(
    form.boundary,
    'arn:aws:iam::111122223333:policy/boundary',
    'ARN of a policy that limits every role of the stack.',
    'none',
  ),
};
