/**
 * Rights as MySQL and MariaDB print them, as sets of statements with `{user}` for the account, one right in each:
 * https://dev.mysql.com/doc/refman/8.4/en/show-grants.html, https://mariadb.com/kb/en/show-grants/
 */
import { isSafe, note } from '../script.ts';
import { Reader, written } from './reader.ts';
import type { Token } from './tokens.ts';

/** What an account has, each with the statement that takes it away; a note says what no statement can be made of. */
export type Held = ReadonlyMap<string, string>;
type Line = readonly [gives: string, takes: string];

/** @param lines of SHOW GRANTS @param user whose they are; MariaDB also prints those of the user's roles */
export function parseGrants(lines: readonly string[], user: string): Held {
  return new Map(lines.flatMap((line) => linesOf(new Reader(line), user)).map(noted));
}

/**
 * One that is not set is a condition too, or nobody could tell that an account has to lose one.
 * @param line of SHOW CREATE USER
 * @returns the conditions under which the account works, its password left out
 */
export function parseConditions(line: string): Held {
  const reader = new Reader(line);
  let required = 'NONE';
  let role: string | undefined;
  const limits = new Map(LIMITS.map((limit) => [limit, '0']));
  while (!reader.done) {
    if (reader.take('IDENTIFIED', 'WITH') || reader.take('PASSWORD', 'REQUIRE')) continue;
    if (reader.take('REQUIRE')) required = written(reader.until(...CLAUSES));
    else if (reader.take('DEFAULT', 'ROLE')) role = written(reader.until(...CLAUSES));
    else if (reader.take('WITH')) {
      const words = written(reader.until(...CLAUSES)).split(' ');
      for (let at = 0; at + 1 < words.length; at += 2)
        limits.set(words[at] as string, words[at + 1] as string);
    } else reader.next();
  }
  return new Map(
    [
      ...(role === undefined ? [] : [condition('DEFAULT ROLE', role, 'NONE')]),
      condition('REQUIRE', required, 'NONE'),
      ...[...limits].map(([limit, most]) => condition(`WITH ${limit}`, most, '0')),
    ].map(noted),
  );
}

const condition = (clause: string, value: string, none: string): Line => [
  `ALTER USER {user} ${clause} ${value}`,
  `ALTER USER {user} ${clause} ${none}`,
];

const LIMITS = [
  'MAX_QUERIES_PER_HOUR',
  'MAX_UPDATES_PER_HOUR',
  'MAX_CONNECTIONS_PER_HOUR',
  'MAX_USER_CONNECTIONS',
];

const CLAUSES = ['REQUIRE', 'WITH', 'PASSWORD', 'ACCOUNT', 'FAILED_LOGIN_ATTEMPTS', 'COMMENT', 'ATTRIBUTE'];

/** A name that holds the place of the user's would get the user's name inside its own quotes, and break out of them. */
const noted = ([gives, takes]: Line): Line =>
  gives.split('{user}').length === 2 && isSafe(gives.replace('{user}', ''))
    ? [gives, takes]
    : [note(gives), note(takes)];

function linesOf(reader: Reader, user: string): Line[] {
  if (reader.take('GRANT')) return granted(reader, user);
  if (reader.take('REVOKE')) return revoked(reader, user);
  if (reader.take('SET', 'DEFAULT', 'ROLE')) {
    const role = written(reader.until('FOR'));
    return reader.take('FOR') && reader.account() === user
      ? [[`SET DEFAULT ROLE ${role} FOR {user}`, 'SET DEFAULT ROLE NONE FOR {user}']]
      : [];
  }
  return [];
}

function granted(reader: Reader, user: string): Line[] {
  const rights = reader.until('ON', 'TO');
  const object = reader.take('ON') ? written(reader.until('TO')) : undefined;
  if (!reader.take('TO') || reader.account() !== user) return [];
  const more = written(reader.until());
  return object === undefined
    ? listed(rights).flatMap((role) => withOption(role, 'ADMIN', /WITH ADMIN OPTION$/.test(more)))
    : onObject(listed(rights), object, / ?WITH GRANT OPTION\b/.test(more));
}

/** On an object the option belongs to all rights at once, but for dynamic privileges, which have it one by one. */
function onObject(rights: readonly string[], object: string, mayGrant: boolean): Line[] {
  const apart = (right: string) => right === 'PROXY' || /^[A-Z]+(_[A-Z0-9]+)+$/.test(right);
  const lines = rights
    .filter((right) => right !== 'USAGE')
    .flatMap((right) => withOption(`${right} ON ${object}`, 'GRANT', mayGrant && apart(right)));
  const forAll = mayGrant && !rights.every(apart);
  return forAll ? [...lines, ...withOption(`GRANT OPTION ON ${object}`, 'GRANT', false)] : lines;
}

/**
 * A right that may be handed on is two, so that whoever has both does not lack the one. The option alone cannot be
 * taken: the right goes with it, and is given again.
 */
function withOption(right: string, option: 'GRANT' | 'ADMIN', held: boolean): Line[] {
  const gives = `GRANT ${right} TO {user}`;
  const takes = `REVOKE ${right} FROM {user}`;
  return held
    ? [
        [gives, takes],
        [`${gives} WITH ${option} OPTION`, takes],
      ]
    : [[gives, takes]];
}

/** Partial revokes: what a right on everything leaves out. */
function revoked(reader: Reader, user: string): Line[] {
  const rights = listed(reader.until('ON'));
  const object = reader.take('ON') ? written(reader.until('FROM')) : undefined;
  if (object === undefined || !reader.take('FROM') || reader.account() !== user) return [];
  return rights.map((right) => [
    `REVOKE ${right} ON ${object} FROM {user}`,
    `GRANT ${right} ON ${object} TO {user}`,
  ]);
}

/** `SELECT (a, b), CREATE VIEW` as `SELECT (a)`, `SELECT (b)`, `CREATE VIEW`. */
function listed(tokens: readonly Token[]): string[] {
  const rights: string[] = [];
  let right: Token[] = [];
  let columns: Token[][] | undefined;
  const close = () => {
    if (columns === undefined) rights.push(written(right));
    else rights.push(...columns.map((column) => `${written(right)} (${written(column)})`));
    right = [];
    columns = undefined;
  };
  let inside = false;
  for (const token of tokens) {
    const sign = token.kind === 'sign' ? token.text : '';
    if (sign === '(') [inside, columns] = [true, [[]]];
    else if (sign === ')') inside = false;
    else if (sign === ',' && inside) columns?.push([]);
    else if (sign === ',') close();
    else if (inside) columns?.at(-1)?.push(token);
    else right.push(token);
  }
  close();
  return rights.filter((text) => text !== '');
}
