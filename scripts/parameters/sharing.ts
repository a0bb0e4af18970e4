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
            Value: sharedKeyArn,
          },
        },
      };

export const sharedKeyArn = { 'Fn::GetAtt': ['SharedKey', 'Arn'] };

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
      Statement: [account, ...sharedSecrets.map(mayDecrypt)],
    },
  },
});

/** Leaves it to IAM who else may use the key: the rotation functions' roles say it of themselves. */
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

/** One statement for each secret: who reads one of them has no use for the key of another. */
const mayDecrypt = ({ secret, readers }: SharedSecrets[number]) => ({
  Effect: 'Allow',
  Principal: { AWS: readers },
  Action: 'kms:Decrypt',
  Resource: '*',
  Condition: {
    StringEquals: {
      'kms:EncryptionContext:SecretARN': secret,
      'kms:ViaService': {
        'Fn::Join': ['.', ['secretsmanager', { Ref: 'AWS::Region' }, { Ref: 'AWS::URLSuffix' }]],
      },
    },
  },
});
