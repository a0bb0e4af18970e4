/** Who calls the model: an access key stands for an identity, as IAM has it. */

export interface Caller {
  readonly identity: Identity;
  readonly sourceAddress: string;
  /** Of IAM, the caller's own. Who has none listed may do whatever no other policy refuses. */
  readonly policies?: readonly object[];
}

/** CloudTrail's userIdentity. */
export interface Identity {
  readonly type: string;
  readonly principalId: string;
  readonly arn: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  /** Of a role's session. */
  readonly sessionContext?: {
    readonly sessionIssuer: Readonly<
      Record<'type' | 'principalId' | 'arn' | 'accountId' | 'userName', string>
    >;
    readonly attributes: Readonly<Record<string, string>>;
  };
  readonly userName?: string;
  /** A service that made the call for who this is. */
  readonly invokedBy?: string;
}

/** The user, or the role whose session it is: what aws:PrincipalArn is. */
export const principalArnOf = ({ identity }: Caller): string =>
  identity.sessionContext?.sessionIssuer.arn ?? identity.arn;

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
