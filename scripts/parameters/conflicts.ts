/** What no parameter by itself can be wrong about: two that do not go together, or one that wants another. */
import type { Problem } from '../../shared/core/parse.ts';
import type { Parameters } from './parameters.ts';
import { rotationEnvironment } from './values.ts';

/** Lambda's limit for the names and values of all environment variables of a function. */
const ENVIRONMENT_BYTES = 4096;

export const conflicts = (parameters: Parameters): Problem[] => [
  ...networkConflicts(parameters),
  ...environmentConflicts(parameters),
];

function networkConflicts(parameters: Parameters): Problem[] {
  const { subnets, securityGroups, vpc, createVpc, endpoints } = parameters;
  const inSubnets = subnets.length > 0;
  const rules: readonly (readonly [boolean, keyof Parameters, string])[] = [
    [
      inSubnets && securityGroups.length === 0 && vpc === undefined,
      'subnets',
      'needs securityGroups, or vpc to make one in',
    ],
    [!inSubnets && securityGroups.length > 0, 'securityGroups', 'needs subnets'],
    [!inSubnets && vpc !== undefined, 'vpc', 'needs subnets of it'],
    [
      createVpc !== undefined && (inSubnets || vpc !== undefined),
      'createVpc',
      'makes a VPC of its own: leave out vpc, subnets and securityGroups, or it',
    ],
    [
      createVpc !== undefined && !endpoints.includes('secretsmanager'),
      'createVpc',
      'makes a VPC without a way to the internet, so endpoints must have secretsmanager',
    ],
    [
      endpoints.length > 0 && vpc === undefined && createVpc === undefined,
      'endpoints',
      'needs vpc or createVpc, which says where to make them',
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, field, what]) => ({ field, what }));
}

function environmentConflicts(parameters: Parameters): Problem[] {
  const bytes = Buffer.byteLength(Object.entries(rotationEnvironment(parameters)).flat().join(''));
  const room = ENVIRONMENT_BYTES - 512;
  return bytes <= room
    ? []
    : [
        {
          field: 'superuserSecrets, superuserTargets and rotationSettings',
          what: `are ${bytes} bytes together, and Lambda takes ${room}: use patterns with *`,
        },
      ];
}
