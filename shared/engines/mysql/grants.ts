/**
 * Rights as MySQL and MariaDB print them, as sets of statements with `{user}` for the account, one right in each:
 * https://dev.mysql.com/doc/refman/8.4/en/show-grants.html, https://mariadb.com/kb/en/show-grants/
 */
import { quoteIdentifier, quoteText } from './names.ts';
import { type Token, tokensOf } from './tokens.ts';

/** @param lines of SHOW GRANTS @param user whose they are; MariaDB also prints those of the user's roles */
export function parseGrants(lines: readonly string[], user: string): Set<string> {
  return new Set(lines.flatMap((line) => statementsOf(new Reader(tokensOf(line)), user)));
}

/** @param line of SHOW CREATE USER @returns the conditions under which the account works, its password left out */
export function parseConditions(line: string): Set<string> {
  const reader = new Reader(tokensOf(line));
  const found = new Set<string>();
  while (!reader.done) {
    if (reader.take('IDENTIFIED', 'WITH') || reader.take('PASSWORD', 'REQUIRE')) continue;
    if (reader.take('REQUIRE')) add(found, 'REQUIRE', written(reader.until(...CLAUSES)));
    else if (reader.take('WITH')) add(found, 'WITH', written(reader.until(...CLAUSES)));
    else if (reader.take('DEFAULT', 'ROLE')) add(found, 'DEFAULT ROLE', written(reader.until(...CLAUSES)));
    else reader.next();
  }
  return found;
}

function add(found: Set<string>, clause: string, value: string): void {
  if (value !== '' && value !== 'NONE') found.add(`ALTER USER {user} ${clause} ${value}`);
}

const CLAUSES = ['REQUIRE', 'WITH', 'PASSWORD', 'ACCOUNT', 'FAILED_LOGIN_ATTEMPTS', 'COMMENT', 'ATTRIBUTE'];

function statementsOf(reader: Reader, user: string): string[] {
  if (reader.take('GRANT')) return granted(reader, user);
  if (reader.take('REVOKE')) return revoked(reader, user);
  if (reader.take('SET', 'DEFAULT', 'ROLE')) {
    const role = written(reader.until('FOR'));
    return reader.take('FOR') && reader.account() === user ? [`SET DEFAULT ROLE ${role} FOR {user}`] : [];
  }
  return [];
}

function granted(reader: Reader, user: string): string[] {
  const rights = reader.until('ON', 'TO');
  const object = reader.take('ON') ? written(reader.until('TO')) : undefined;
  if (!reader.take('TO') || reader.account() !== user) return [];
  const more = written(reader.until());
  return object === undefined
    ? listed(rights).map(
        (role) => `GRANT ${role} TO {user}${/WITH ADMIN OPTION$/.test(more) ? ' WITH ADMIN OPTION' : ''}`,
      )
    : onObject(listed(rights), object, / ?WITH GRANT OPTION\b/.test(more));
}

/** On an object the option belongs to all rights at once, but for dynamic privileges, which have it one by one. */
function onObject(rights: readonly string[], object: string, mayGrant: boolean): string[] {
  const option = ' WITH GRANT OPTION';
  const apart = (right: string) => right === 'PROXY' || /^[A-Z]+(_[A-Z0-9]+)+$/.test(right);
  const statements = rights
    .filter((right) => right !== 'USAGE')
    .map((right) => `GRANT ${right} ON ${object} TO {user}${mayGrant && apart(right) ? option : ''}`);
  const forAll = mayGrant && !rights.every(apart);
  return forAll ? [...statements, `GRANT GRANT OPTION ON ${object} TO {user}`] : statements;
}

/** Partial revokes: what a right on everything leaves out. */
function revoked(reader: Reader, user: string): string[] {
  const rights = listed(reader.until('ON'));
  const object = reader.take('ON') ? written(reader.until('FROM')) : undefined;
  if (object === undefined || !reader.take('FROM') || reader.account() !== user) return [];
  return rights.map((right) => `REVOKE ${right} ON ${object} FROM {user}`);
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

/** As the server takes it: no space around dots and at signs. Inside a name everything stays as it is. */
const written = (tokens: readonly Token[]): string =>
  tokens.map((token, at) => `${isApart(tokens[at - 1], token) ? ' ' : ''}${quoted(token)}`).join('');

const isApart = (before: Token | undefined, token: Token): boolean =>
  before !== undefined && !isSign(before, '.@') && !isSign(token, '.@,');

const isSign = ({ kind, text }: Token, signs: string): boolean => kind === 'sign' && signs.includes(text);

function quoted({ kind, text }: Token): string {
  if (kind === 'name') return quoteIdentifier(text);
  return kind === 'text' ? quoteText(text) : text;
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  next(): Token | undefined {
    return this.#tokens[this.#at++];
  }

  /** Goes past these words, if they are next. */
  take(...words: readonly string[]): boolean {
    const found = words.every((word, index) => this.#isWord(this.#at + index, word));
    if (found) this.#at += words.length;
    return found;
  }

  /** All before the next of these words; all that is left when there is none. */
  until(...words: readonly string[]): Token[] {
    const from = this.#at;
    while (!this.done && !words.some((word) => this.#isWord(this.#at, word))) this.#at++;
    return this.#tokens.slice(from, this.#at);
  }

  /** The user of `name@host`; nothing for a role, which has no host in MariaDB. */
  account(): string | undefined {
    const user = this.next();
    const at = this.#tokens[this.#at];
    if (user === undefined || at?.kind !== 'sign' || at.text !== '@') return undefined;
    this.#at += 2;
    return user.text;
  }

  #isWord(index: number, word: string): boolean {
    const token = this.#tokens[index];
    return token?.kind === 'word' && token.text.toUpperCase() === word;
  }
}
