/** Who calls the model: an access key stands for an identity, as IAM has it. */

export interface Caller {
  /** CloudTrail's userIdentity. */
  readonly identity: Readonly<Record<string, unknown>>;
  readonly sourceAddress: string;
}

/** @param name of the role; the session has the same one. */
export const roleCaller = (
  accountId: string,
  name: string,
  accessKeyId: string,
  sourceAddress = '10.0.0.10',
): Caller => ({
  sourceAddress,
  identity: {
    type: 'AssumedRole',
    principalId: `AROA${name.toUpperCase()}:${name}`,
    arn: `arn:aws:sts::${accountId}:assumed-role/${name}/${name}`,
    accountId,
    accessKeyId,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: `AROA${name.toUpperCase()}`,
        arn: `arn:aws:iam::${accountId}:role/${name}`,
        accountId,
        userName: name,
      },
      attributes: { creationDate: '2026-11-20T08:00:00Z', mfaAuthenticated: 'false' },
    },
  },
});

export const userCaller = (
  accountId: string,
  name: string,
  accessKeyId: string,
  sourceAddress: string,
): Caller => ({
  sourceAddress,
  identity: {
    type: 'IAMUser',
    principalId: `AIDA${name.toUpperCase()}`,
    arn: `arn:aws:iam::${accountId}:user/${name}`,
    accountId,
    accessKeyId,
    userName: name,
  },
});
