import { kept } from '../../core/kept.ts';

/**
 * How many families of secrets there are among the keys (`ACCOUNT/REGION/NAME`): software that starts up reads its own
 * family, and a thief reads across them. A family is an account, a Region and what the name begins with, environments
 * left out: nearly everything may be called `prod/…`.
 */
export const familiesOf = (secrets: Iterable<string>): number => new Set([...secrets].map(familyOf)).size;

const familyOf = kept(20_000, (key) => {
  const start = key.indexOf('/', key.indexOf('/') + 1) + 1;
  return `${key.slice(0, start)}${beginningOf(key.slice(start))}`;
});

/** `orders` of `orders/db`, `prod/orders/db` and `prod-orders-db`; `shop/orders` of `shop/prod/orders/db`. */
function beginningOf(name: string): string {
  const folders = name.split('/').filter((part) => part !== '' && !isEnvironment(part));
  if (folders.length >= 3) return folders.slice(0, 2).join('/');
  const words = name.split(/[/_.:-]/).filter((word) => word !== '');
  // An environment that is followed by one word only is all there is to go by.
  while (words.length > 2 && isEnvironment(words[0] ?? '')) words.shift();
  return words[0] ?? name;
}

const isEnvironment = (part: string): boolean => ENVIRONMENT.test(part);

const ENVIRONMENT =
  /^(prod(uction)?|prd|live|pre-?prod|non-?prod|stag(e|ing)|stg|dev(elopment)?|test(ing)?|tst|qa|uat|int(egration)?|sandbox|sbx|demo|preview)\d*$/i;
