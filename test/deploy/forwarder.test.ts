/** The stack of other Regions and accounts: the same rules, all sent to one bus, and rights for nothing else. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { installFromPypi } from '../../local/pypi.ts';
import { forwarder } from '../../scripts/forwarder.ts';
import { CFN_LINT, lint } from '../support/cfn-lint.ts';
import type { Template } from '../support/cloudformation.ts';
import { FULL } from '../support/full-parameters.ts';
import { PACKAGING_MS, packaged, TEMPLATE } from '../support/package.ts';

const missing = await installFromPypi(CFN_LINT);
const NAME = 'keyturn-prod-forwarder';

let stack: Template;
let forwarding: Template;
beforeAll(async () => {
  forwarding = (await forwarder(NAME)) as Template;
  stack = JSON.parse(await packaged(FULL, (folder) => readFile(join(folder, TEMPLATE), 'utf8')));
}, PACKAGING_MS);

interface Rule {
  readonly Name: unknown;
  readonly State: string;
  readonly EventPattern: unknown;
  readonly EventBusName?: unknown;
  readonly Targets: readonly object[];
}
const rulesOf = (template: Template): Map<string, Rule> =>
  new Map(
    Object.entries(template.Resources)
      .filter(([, { Type }]) => Type === 'AWS::Events::Rule')
      .map(([id, { Properties }]) => [id, Properties as unknown as Rule]),
  );

describe('the forwarder', () => {
  test('has the rules of the stack, in the same states', () => {
    const picked = (rules: Map<string, Rule>) =>
      [...rules]
        .filter(
          ([, { EventBusName, EventPattern }]) => EventBusName === undefined && EventPattern !== undefined,
        )
        .map(([id, { State, EventPattern }]) => [id, State, EventPattern]);
    expect(picked(rulesOf(forwarding)).length).toBe(4);
    expect(picked(rulesOf(forwarding))).toEqual(picked(rulesOf(stack)));
  });

  test('sends to the bus, and keeps what cannot be sent', () => {
    for (const { Name, Targets } of rulesOf(forwarding).values()) {
      expect(Name).toMatch(new RegExp(`^${NAME}-[a-z-]+$`));
      expect(Targets).toEqual([
        {
          Id: 'bus',
          Arn: { Ref: 'Bus' },
          RoleArn: { 'Fn::GetAtt': ['ForwardRole', 'Arn'] },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
          RetryPolicy: expect.anything(),
        },
      ]);
    }
    expect(forwarding.Resources['DeadLetters']).toMatchObject({ DeletionPolicy: 'Retain' });
    expect(forwarding.Resources['Losses']?.Properties).toMatchObject({
      AlarmActions: { 'Fn::If': ['Told', [{ Ref: 'AlertTopic' }], { Ref: 'AWS::NoValue' }] },
    });
  });

  test('has one role, which rules of its account use and which can send to that bus only', () => {
    const roles = Object.values(forwarding.Resources).filter(({ Type }) => Type === 'AWS::IAM::Role');
    expect(roles).toHaveLength(1);
    expect(roles[0]?.Properties).toMatchObject({
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
      Policies: [
        {
          PolicyDocument: {
            Statement: [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: { Ref: 'Bus' } }],
          },
        },
      ],
    });
  });

  test.skipIf(missing !== undefined)(
    `is clean to cfn-lint${missing === undefined ? '' : ` (${missing})`}`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'keyturn-forwarder-'));
      try {
        await writeFile(join(folder, 'forwarder.json'), JSON.stringify(forwarding));
        expect(await lint(join(folder, 'forwarder.json'))).toBe('');
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
});

describe('the bus', () => {
  test('takes events of members and of the organization, and of nobody else', () => {
    expect(stack.Resources['BusForMembers']?.Properties).toMatchObject({
      Statement: { Principal: { AWS: FULL['memberAccounts'] }, Action: 'events:PutEvents' },
    });
    expect(stack.Resources['BusForOrganization']?.Properties).toMatchObject({
      Statement: {
        Principal: '*',
        Action: 'events:PutEvents',
        Condition: { StringEquals: { 'aws:PrincipalOrgID': FULL['organization'] } },
      },
    });
    const policies = Object.values(stack.Resources).filter(
      ({ Type }) => Type === 'AWS::Events::EventBusPolicy',
    );
    expect(policies).toHaveLength(2);
  });

  test('hands reads too to the queue, and only what AWS itself sends', () => {
    expect(rulesOf(stack).get('ForwardedRule')).toMatchObject({
      EventBusName: { 'Fn::GetAtt': ['Bus', 'Name'] },
      State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      EventPattern: { source: [{ prefix: 'aws.' }] },
      Targets: [{ Arn: { 'Fn::GetAtt': ['AuditQueue', 'Arn'] } }],
    });
  });
});
