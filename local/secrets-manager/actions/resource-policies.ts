/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html */
import * as v from 'valibot';
import { malformedPolicy, publicPolicy } from '../errors.ts';
import { action, SecretId } from './action.ts';

const Policy = v.pipe(v.string(), v.minLength(1), v.maxLength(20_480));

export const putResourcePolicy = action(
  v.object({ SecretId, ResourcePolicy: Policy, BlockPublicPolicy: v.optional(v.boolean(), false) }),
  ({ model }, request) => {
    const secret = model.writable(request.SecretId);
    const [problem] = problemsOf(request.ResourcePolicy);
    if (problem === 'BROAD_ACCESS' && request.BlockPublicPolicy) throw publicPolicy();
    if (problem === 'MALFORMED') throw malformedPolicy();
    secret.policy = request.ResourcePolicy;
    model.changed(secret);
    return { ARN: secret.arn, Name: secret.name };
  },
);

export const getResourcePolicy = action(v.object({ SecretId }), ({ model }, request) => {
  const { arn, name, policy } = model.live(request.SecretId);
  return { ARN: arn, Name: name, ResourcePolicy: policy };
});

export const deleteResourcePolicy = action(v.object({ SecretId }), ({ model }, request) => {
  const secret = model.writable(request.SecretId);
  secret.policy = undefined;
  model.changed(secret);
  return { ARN: secret.arn, Name: secret.name };
});

export const validateResourcePolicy = action(
  v.object({ SecretId: v.optional(SecretId), ResourcePolicy: Policy }),
  ({ model }, request) => {
    if (request.SecretId !== undefined) model.live(request.SecretId);
    const problems = problemsOf(request.ResourcePolicy);
    return {
      PolicyValidationPassed: problems.length === 0,
      ValidationErrors: problems.map((problem) => ({ CheckName: problem, ErrorMessage: MESSAGES[problem] })),
    };
  },
);

const MESSAGES = {
  MALFORMED: 'This resource policy contains a syntax error.',
  BROAD_ACCESS: 'This resource policy grants broad access to the secret.',
} as const;

/** AWS reasons about a policy as a whole; here it is broad when it names everybody and makes no condition. */
function problemsOf(text: string): (keyof typeof MESSAGES)[] {
  const policy = v.safeParse(v.pipe(v.string(), v.parseJson(), PolicyDocument), text);
  if (!policy.success) return ['MALFORMED'];
  const statements = [policy.output.Statement].flat();
  return statements.some(isBroad) ? ['BROAD_ACCESS'] : [];
}

const Statement = v.looseObject({
  Effect: v.picklist(['Allow', 'Deny']),
  Principal: v.union([v.string(), v.record(v.string(), v.union([v.string(), v.array(v.string())]))]),
  Action: v.union([v.string(), v.array(v.string())]),
});
const PolicyDocument = v.looseObject({ Statement: v.union([Statement, v.array(Statement)]) });

function isBroad({ Effect, Principal, ...rest }: v.InferOutput<typeof Statement>): boolean {
  const principals = typeof Principal === 'string' ? [Principal] : Object.values(Principal).flat();
  return Effect === 'Allow' && principals.includes('*') && rest['Condition'] === undefined;
}
