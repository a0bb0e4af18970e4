/**
 * How many families of secrets there are among the keys (`ACCOUNT/REGION/NAME`): software that starts up reads its own
 * family, and a thief reads across them. A family is an account, a Region and a name up to its first separator.
 */
export const familiesOf = (secrets: Iterable<string>): number => new Set([...secrets].map(familyOf)).size;

function familyOf(key: string): string {
  const name = key.indexOf('/', key.indexOf('/') + 1) + 1;
  const separator = key.slice(name).search(/[/_.:-]/);
  return separator === -1 ? key : key.slice(0, name + separator);
}
