/**
 * What lets roles of other accounts read some secrets: a policy for each secret, and a key, because the key
 * aws/secretsmanager never serves another account.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html
 */
import { createHash } from 'node:crypto';
import type { Parameters } from './parameters.ts';

export const sharingOf = ({ sharedSecrets }: Parameters) =>
  sharedSecrets.length === 0
    ? { Resources: {} }
    : {
        Resources: { ...policiesOf(sharedSecrets), SharedKey: keyOf(sharedSecrets) },
        Outputs: {
          SharedKeyArn: {
            Description: 'The key of the shared secrets; give it to them by UpdateSecret',
            Value: { 'Fn::GetAtt': ['SharedKey', 'Arn'] },
          },
        },
      };

type SharedSecrets = Parameters['sharedSecrets'];

const policiesOf = (sharedSecrets: SharedSecrets) =>
  Object.fromEntries(
    sharedSecrets.map(({ secret, readers }) => [
      `Share${createHash('sha256').update(secret).digest('hex').slice(0, 16)}`,
      {
        Type: 'AWS::SecretsManager::ResourcePolicy',
        Properties: {
          SecretId: secret,
          BlockPublicPolicy: true,
          ResourcePolicy: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'Readers',
                Effect: 'Allow',
                Principal: { AWS: readers },
                Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
                Resource: secret,
              },
            ],
          },
        },
      },
    ]),
  );

const keyOf = (sharedSecrets: SharedSecrets) => ({
  Type: 'AWS::KMS::Key',
  DeletionPolicy: 'Retain',
  UpdateReplacePolicy: 'Retain',
  Properties: {
    Description: 'Encrypts secrets that other accounts read',
    EnableKeyRotation: true,
    KeyPolicy: {
      Version: '2012-10-17',
      Statement: [
        account,
        // One statement for each secret: who reads one of them has no use for the key of another.
        ...sharedSecrets.map(({ secret, readers }) =>
          throughSecretsManager([secret], { AWS: readers }, ['kms:Decrypt']),
        ),
        throughSecretsManager(
          sharedSecrets.map(({ secret }) => secret),
          { AWS: ROTATION_ROLES.map((role) => ({ 'Fn::GetAtt': [role, 'Arn'] })) },
          ['kms:Decrypt', 'kms:GenerateDataKey'],
        ),
      ],
    },
  },
});

const ROTATION_ROLES = ['RotatePostgresRole', 'RotateMysqlRole', 'RotateRedshiftRole'];

const account = {
  Sid: 'Account',
  Effect: 'Allow',
  Principal: {
    AWS: {
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':root']],
    },
  },
  Action: 'kms:*',
  Resource: '*',
};

const throughSecretsManager = (secrets: readonly string[], Principal: object, Action: readonly string[]) => ({
  Effect: 'Allow',
  Principal,
  Action,
  Resource: '*',
  Condition: {
    StringEquals: {
      'kms:EncryptionContext:SecretARN': secrets,
      'kms:ViaService': {
        'Fn::Join': ['.', ['secretsmanager', { Ref: 'AWS::Region' }, { Ref: 'AWS::URLSuffix' }]],
      },
    },
  },
});
