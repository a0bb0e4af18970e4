/** Where the rotation functions run. */
import * as v from 'valibot';
import * as form from '../forms.ts';
import { parameter } from '../parameter.ts';

const ENDPOINTS = ['secretsmanager', 'rds', 'redshift', 'redshift-serverless'] as const;

export const network = {
  subnets: parameter(
    form.subnets,
    '[subnet-0123456789abcdef0, subnet-0123456789abcdef1]',
    'Subnets that the rotation functions run in.',
    'outside a VPC: only databases with public addresses are reached',
  ),
  securityGroups: parameter(
    form.groups,
    '[sg-0123456789abcdef0]',
    'Security groups of the rotation functions in those subnets.',
    'one is made in `vpc`: the output `RotationGroupId`, which the groups of the databases have to let in',
  ),
  vpc: parameter(
    form.vpc,
    'vpc-0123456789abcdef0',
    'The VPC of those subnets, where a security group or endpoints are to be made.',
    'nothing is made',
  ),
  createVpc: parameter(
    form.newVpc,
    '10.20.0.0/24',
    'Instead of the three above: addresses of a new VPC with two private subnets and no way to the internet. Connecting it with the databases is left to you.',
    'nothing is made',
  ),
  endpoints: parameter(
    v.optional(v.pipe(v.array(v.picklist(ENDPOINTS)), v.readonly()), []),
    '[secretsmanager, rds]',
    `Services (${ENDPOINTS.join(', ')}) to make an interface endpoint for, in the VPC. Only the rotation functions use it; nothing changes for others there.`,
    'none; private subnets then need a way to the internet, or endpoints of their own',
  ),
};
