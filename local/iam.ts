/**
 * Whether policies allow a call, judged by a third party's iam-simulate, which is loaded with the first question.
 * Encryption contexts, which it leaves out of every request, are judged here.
 */

export type Context = Readonly<Record<string, string>>;

export interface Question {
  /** ARN of a user, a role or a role's session; or the name of a service. */
  readonly principal: string;
  /** Such as `kms:Decrypt`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  /** Id of the account that the resource is in. */
  readonly owner: string;
  readonly context: Context;
  /** Policies of the principal. */
  readonly own: readonly object[];
  readonly resourcePolicy?: object | undefined;
}

export interface Judgement {
  readonly result: 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';
  /** Of what is not allowed: whether the principal's own policies are why, or else the resource's. */
  readonly by: 'identity' | 'resource';
}

/** @throws Error when a policy, the action or the principal is none */
export async function judge(question: Question): Promise<Judgement> {
  const { runSimulation } = await import('@cloud-copilot/iam-simulate');
  const { principal, action, resource, owner, context, own, resourcePolicy } = question;
  const answer = await runSimulation(
    {
      request: {
        ...{ principal, action, resource: { resource, accountId: owner } },
        contextVariables: { ...context },
      },
      identityPolicies: own.map((policy, n) => ({
        name: String(n),
        policy: withoutEncryptionContext(policy, context),
      })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy !== undefined && {
        resourcePolicy: withoutEncryptionContext(resourcePolicy, context),
      }),
    },
    {},
  );
  if (answer.resultType === 'error')
    throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  const [first] = answer.resultType === 'single' ? [answer.result] : answer.results;
  const result = answer.overallResult;
  return { result, by: first?.analysis.identityAnalysis?.result === result ? 'identity' : 'resource' };
}

interface Statement {
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const ENCRYPTION_CONTEXT = 'kms:EncryptionContext:SecretARN';

/** The policy without its conditions on the encryption context that are met. The others never are: nothing has the key. */
function withoutEncryptionContext(policy: object, context: Context): object {
  const { Statement = [] } = policy as { readonly Statement?: Statement | readonly Statement[] };
  const statements = [Statement].flat() as Statement[];
  return { ...policy, Statement: statements.map((statement) => withoutMet(statement, context)) };
}

function withoutMet(statement: Statement, context: Context): Statement {
  const { Condition = {} } = statement;
  const [operator, keys] = Object.entries(Condition).find(([, one]) => ENCRYPTION_CONTEXT in one) ?? [];
  if (operator === undefined || keys === undefined) return statement;
  const is = EQUAL[operator];
  if (is === undefined) throw new Error(`Nothing here judges ${operator} of an encryption context.`);
  const { [ENCRYPTION_CONTEXT]: patterns = [], ...more } = keys;
  const met = [patterns].flat().some((pattern) => is(pattern, context[ENCRYPTION_CONTEXT] ?? ''));
  if (!met) return statement;
  const { [operator]: _judged, ...others } = Condition;
  return { ...statement, Condition: Object.keys(more).length > 0 ? { ...others, [operator]: more } : others };
}

const EQUAL: Readonly<Record<string, (pattern: string, text: string) => boolean>> = {
  StringEquals: (pattern, text) => pattern === text,
  // `*` is any text, `?` any character.
  StringLike(pattern, text) {
    const parts = pattern
      .split(/([*?])/)
      .map((part) => ({ '*': '.*', '?': '.' })[part] ?? RegExp.escape(part));
    return new RegExp(`^${parts.join('')}$`, 's').test(text);
  },
};
