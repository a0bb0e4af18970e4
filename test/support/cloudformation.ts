/** The part of CloudFormation that a template can be judged by without an account. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default: string }>>;
  readonly Conditions?: Readonly<Record<string, Json>>;
  readonly Resources: Readonly<
    Record<
      string,
      {
        readonly Type: string;
        readonly Properties?: Json;
        readonly DeletionPolicy?: string;
        readonly UpdateReplacePolicy?: string;
        readonly DependsOn?: Json;
        readonly Condition?: string;
      }
    >
  >;
}

/** The resources that there would be: those without a condition, and those whose condition holds. */
export const present = (template: Template): Template['Resources'] =>
  Object.fromEntries(
    Object.entries(template.Resources).filter(
      ([, { Condition }]) => Condition === undefined || holds(template, Condition),
    ),
  );

/** The value with its `Fn::If` and parameters carried out, the latter by their defaults, and `AWS::NoValue` left out. */
export function settled(template: Template, value: Json): Json {
  if (Array.isArray(value))
    return value.map((item) => settled(template, item)).filter((item) => item !== NONE);
  if (value === null || typeof value !== 'object') return value;
  const { Ref: ref, 'Fn::If': choice, 'Fn::Join': join } = value as { readonly [key: string]: Json };
  if (ref === 'AWS::NoValue') return NONE;
  const parameter = template.Parameters?.[`${ref}`];
  if (parameter?.Type === 'CommaDelimitedList') return parameter.Default.split(',');
  if (parameter !== undefined) return parameter.Default;
  if (Array.isArray(choice)) return settled(template, choice[holds(template, `${choice[0]}`) ? 1 : 2]);
  if (Array.isArray(join)) {
    const parts = settled(template, join[1]);
    if (Array.isArray(parts) && parts.every((part) => typeof part === 'string'))
      return parts.join(`${join[0]}`);
  }
  const entries = Object.entries(value).map(([key, item]) => [key, settled(template, item)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== NONE));
}

/** Stands for what is left out; no template holds it. */
const NONE = '\0none';

function holds(template: Template, name: string): boolean {
  const condition = template.Conditions?.[name];
  if (condition === undefined) throw new Error(`No condition ${name}.`);
  return isTrue(template, condition);
}

function isTrue(template: Template, condition: Json): boolean {
  const [[kind, parts] = []] = Object.entries(condition as { readonly [key: string]: Json });
  const [left = null, right = null] = Array.isArray(parts) ? parts : [];
  switch (kind) {
    case 'Condition':
      return holds(template, `${parts}`);
    case 'Fn::Not':
      return !isTrue(template, left);
    case 'Fn::And':
      return (parts as readonly Json[]).every((part) => isTrue(template, part));
    case 'Fn::Or':
      return (parts as readonly Json[]).some((part) => isTrue(template, part));
    case 'Fn::Equals':
      return settled(template, left) === settled(template, right);
    default:
      throw new Error(`Not a condition: ${kind}.`);
  }
}
