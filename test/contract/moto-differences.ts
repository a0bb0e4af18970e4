/** Where moto 5.2.5 does otherwise than AWS, so that the model does otherwise than moto. */

export interface Difference {
  /** The behaviour's name. */
  readonly behaviour: string;
  readonly moto: string;
  readonly because: string;
  readonly source: string;
}

const api = (action: string) =>
  `https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_${action}.html`;
const QUOTAS = 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html';
/** Answers of the real service, recorded by the tests of another emulator. */
const RECORDED =
  'https://github.com/localstack/localstack/blob/8181a8e972403fe42c6fba8b1b5c6ae60c7bcf45/tests/aws/services/secretsmanager/test_secretsmanager.snapshot.json';

/** Calls from one account to another, checked against the real service by the same tests. */
const TWO_ACCOUNTS =
  'https://github.com/localstack/localstack/blob/027b6ab0fe8c2112f788d7d4c983f032c23f6bb3/tests/aws/services/secretsmanager/test_secretsmanager.py';
const CROSS_ACCOUNT =
  'https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html';

export const MOTO_DIFFERENCES: readonly Difference[] = [
  {
    behaviour: 'the version before AWSPREVIOUS has no label, and DescribeSecret does not list it',
    moto: 'lists it, with no label',
    because: 'VersionIdsToStages holds versions with labels only',
    source: api('DescribeSecret'),
  },
  {
    behaviour: 'AWSPENDING put on a second version is taken off the first',
    moto: 'takes it off, but lists the first version with no label',
    because: 'VersionIdsToStages holds versions with labels only',
    source: api('DescribeSecret'),
  },
  {
    behaviour: 'AWSPENDING can be removed',
    moto: 'removes it, but lists the version with no label',
    because: 'VersionIdsToStages holds versions with labels only',
    source: api('DescribeSecret'),
  },
  {
    behaviour: 'moving AWSCURRENT moves AWSPREVIOUS to where it was',
    moto: 'moves it, but lists the version with no label',
    because: 'VersionIdsToStages holds versions with labels only',
    source: api('DescribeSecret'),
  },
  {
    behaviour: 'a read after moving AWSCURRENT gives the new value',
    moto: 'gives the old value',
    because: 'without a version, GetSecretValue reads AWSCURRENT',
    source: api('GetSecretValue'),
  },
  {
    behaviour: 'no other label moves without RemoveFromVersionId either',
    moto: 'puts the label on both versions',
    because: 'a label attached elsewhere moves only with RemoveFromVersionId',
    source: api('UpdateSecretVersionStage'),
  },
  {
    behaviour: 'a label does not move to a version that does not exist',
    moto: 'refuses, after it has taken the label off',
    because: 'a call that fails changes nothing',
    source: api('UpdateSecretVersionStage'),
  },
  {
    behaviour: 'AWSCURRENT cannot be removed, only moved',
    moto: 'removes it',
    because: 'the real service words this refusal; the Terraform provider works around it',
    source:
      'https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/secretsmanager/secret_version.go',
  },
  {
    behaviour: 'a secret has at most 20 labels',
    moto: 'has no limit',
    because: 'the quota is 20 labels across all versions',
    source: QUOTAS,
  },
  {
    behaviour: 'another value put with the token of AWSPENDING is refused',
    moto: 'replaces the value',
    because: 'a version’s value cannot be changed; only the empty one of a rotation is filled',
    source: api('PutSecretValue'),
  },
  {
    behaviour: 'a call without a token, which SDKs never send, is refused',
    moto: 'makes up a token',
    because: 'recorded from the real service',
    source: RECORDED,
  },
  {
    behaviour: 'a value of 65537 bytes is refused',
    moto: 'keeps it',
    because: 'the quota is 65,536 bytes',
    source: QUOTAS,
  },
  {
    behaviour: 'text and bytes together are refused',
    moto: 'keeps both',
    because: 'a version has text or bytes, not both',
    source: api('PutSecretValue'),
  },
  {
    behaviour: 'a secret that does not exist is not found, with HTTP status 400',
    moto: 'answers with HTTP status 404',
    because: 'the API reference gives this error status 400',
    source: api('GetSecretValue'),
  },
  {
    behaviour: 'a label on no version is not found, and the error names the label',
    moto: 'says that the secret is not found',
    because: 'recorded from the real service',
    source: RECORDED,
  },
  {
    behaviour: 'LastAccessedDate is absent until the first read, and then has only a day',
    moto: 'never has one',
    because: 'the field is set by a read',
    source: api('DescribeSecret'),
  },
  {
    behaviour: 'RotateSecret without a function ever set is refused',
    moto: 'promotes an empty version',
    because: 'a rotation needs a function; the wording was recorded from the real service',
    source: RECORDED,
  },
  {
    behaviour: 'RotateSecret with a function that cannot be invoked is refused',
    moto: 'answers ResourceNotFoundException',
    because: 'recorded from the real service',
    source: RECORDED,
  },
  {
    behaviour: 'a refused RotateSecret leaves the secret as it was',
    moto: 'keeps the function’s ARN and an empty AWSPENDING version',
    because: 'recorded from the real service',
    source: RECORDED,
  },
  {
    behaviour: 'ListSecretVersionIds leaves out versions without a label',
    moto: 'lists them',
    because: 'IncludeDeprecated is off by default',
    source: api('ListSecretVersionIds'),
  },
  {
    behaviour: 'ListSecretVersionIds comes in pages',
    moto: 'ignores MaxResults',
    because: 'MaxResults limits a page',
    source: api('ListSecretVersionIds'),
  },
  {
    behaviour: 'a NextToken that nobody gave is refused',
    moto: 'ignores it',
    because: 'InvalidNextTokenException is among the errors of the action',
    source: api('ListSecretVersionIds'),
  },
  {
    behaviour: 'the 101st version within a day is refused',
    moto: 'has no limit',
    because: 'versions are removed beyond 100, but never within 24 hours',
    source: api('PutSecretValue'),
  },
  {
    behaviour: 'a random password of more than 4096 characters is refused',
    moto: 'refuses it as InvalidParameterValue',
    because: 'the length is a constraint of the parameter, which AWS reports as ValidationException',
    source: api('GetRandomPassword'),
  },
  {
    behaviour: 'a secret marked for deletion is neither read nor written',
    moto: 'writes it',
    because: 'PutSecretValue refuses a secret that is marked for deletion',
    source: api('PutSecretValue'),
  },
  {
    behaviour: 'the name of a secret marked for deletion is not free',
    moto: 'refuses it as ResourceExistsException',
    because: 'recorded from the real service',
    source: RECORDED,
  },
  {
    behaviour: 'a batch of neither is refused',
    moto: 'gives every secret',
    because: 'one of SecretIdList and Filters must be given',
    source: api('BatchGetSecretValue'),
  },
  {
    behaviour: 'a policy that is no policy is refused',
    moto: 'keeps it',
    because: 'MalformedPolicyDocumentException is among the errors of the action',
    source: api('PutResourcePolicy'),
  },
  {
    behaviour: 'a policy for everybody is refused where that is blocked',
    moto: 'keeps it',
    because: 'BlockPublicPolicy refuses a policy that grants broad access',
    source: api('PutResourcePolicy'),
  },
  {
    behaviour: 'a policy is judged without being put',
    moto: 'has no such action, and answers with a page',
    because: 'ValidateResourcePolicy is one of the actions',
    source: api('ValidateResourcePolicy'),
  },
  {
    behaviour: 'a secret with copies says where it is kept itself, and where they are',
    moto: 'leaves out its own Region',
    because: 'PrimaryRegion is the Region that the secret is in',
    source: api('DescribeSecret'),
  },
  {
    behaviour: 'a copy is made a secret of its own: it is written, and follows no longer',
    moto: 'has no such action, and answers with a page',
    because: 'StopReplicationToReplica is one of the actions',
    source: api('StopReplicationToReplica'),
  },
  {
    behaviour: 'a secret that is no copy cannot be made one of its own',
    moto: 'has no such action, and answers with a page',
    because: 'StopReplicationToReplica is for a replica',
    source: api('StopReplicationToReplica'),
  },
  {
    behaviour: 'without a policy no secret is read by another account, and none is said not to be there',
    moto: 'looks for every secret in the caller’s own account',
    because: 'users report this refusal, also for ARNs of nothing; a policy has to allow the call',
    source: 'https://github.com/aws/aws-cdk/issues/28537',
  },
  {
    behaviour: 'another account does with a secret what the policy allows it, and no more',
    moto: 'keeps policies, judges none, and finds no secret of another account',
    because: 'a resource policy grants access to other accounts',
    source: CROSS_ACCOUNT,
  },
  {
    behaviour: 'another account gets no value that is encrypted with aws/secretsmanager, and puts none',
    moto: 'finds no secret of another account',
    because: 'recorded from the real service, which answers DescribeSecret all the same',
    source: TWO_ACCOUNTS,
  },
  {
    behaviour: 'another account gets no value whose key is not open to it',
    moto: 'finds no secret of another account',
    because: 'the key’s policy must allow the caller; the wording is reported by users',
    source: 'https://github.com/external-secrets/external-secrets/issues/390',
  },
  {
    behaviour: 'what the policy denies is denied in the secret’s own account too, and in a batch',
    moto: 'judges no policy',
    because: 'an explicit deny overrides everything else',
    source:
      'https://docs.aws.amazon.com/secretsmanager/latest/userguide/determine-acccess_examine-iam-policies.html',
  },
];

/** RDS calls that the tests answer themselves, because moto cannot. */
export const MOTO_RDS_GAPS = {
  DescribeBlueGreenDeployments: {
    moto: 'has deployments only as AVAILABLE, and as SWITCHOVER_COMPLETED with another source',
    because: 'moto knows no other status',
    source: 'https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_BlueGreenDeployment.html',
  },
} as const satisfies Record<string, Omit<Difference, 'behaviour'>>;
