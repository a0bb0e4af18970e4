/** Policies of resources: which of their statements are about a role. */
import * as v from 'valibot';

const texts = v.union([v.string(), v.array(v.string())]);
const principal = v.union([v.string(), v.record(v.string(), texts)]);

const statement = v.looseObject({
  Effect: v.picklist(['Allow', 'Deny']),
  Principal: v.optional(principal),
  NotPrincipal: v.optional(principal),
});
type Statement = v.InferOutput<typeof statement>;

const document = v.looseObject({ Statement: v.union([v.array(statement), statement]) });
export type Policy = { readonly Version: string; readonly Statement: readonly object[] };

const schema = v.pipe(
  v.string(),
  v.parseJson(),
  document,
  v.transform(({ Statement }) => ({ Version: '2012-10-17', Statement: [Statement].flat() })),
);

/** @returns undefined for what is no policy */
export function readPolicy(text: string | undefined): Policy | undefined {
  const parsed = v.safeParse(schema, text);
  return parsed.success ? parsed.output : undefined;
}

/** Those of one effect that speak of the role, by name or as one of its account's, as policies without principals. */
export function statementsFor(
  policy: Policy | undefined,
  roleArn: string,
  effect: Statement['Effect'],
): Policy[] {
  const statements = (policy?.Statement ?? []) as readonly Statement[];
  const meant = statements
    .filter((one) => one.Effect === effect && speaksOf(one, roleArn, effect))
    .map(({ Principal: _who, NotPrincipal: _others, ...rest }) => rest);
  return meant.length === 0 ? [] : [{ Version: '2012-10-17', Statement: meant }];
}

function speaksOf(
  { Principal, NotPrincipal }: Statement,
  roleArn: string,
  effect: Statement['Effect'],
): boolean {
  if (NotPrincipal !== undefined) return effect === 'Deny' && !names(NotPrincipal, roleArn);
  return names(Principal ?? '*', roleArn);
}

/** The account, as its number or its root, stands for all who are in it. */
function names(who: NonNullable<Statement['Principal']>, roleArn: string): boolean {
  const [, , , , account = ''] = roleArn.split(':');
  const all = typeof who === 'string' ? [who] : [who['AWS'] ?? []].flat();
  return all.some(
    (one) => one === '*' || one === roleArn || one === account || one.endsWith(`::${account}:root`),
  );
}
