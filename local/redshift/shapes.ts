/** How a statement of Redshift looks, and what it becomes for PostgreSQL. */

/** What a statement becomes for PostgreSQL. */
export interface Translation {
  /** In one go; the client sees the answer to the last. */
  readonly sql: readonly string[];
  /** The command tag that the client sees, where it is not PostgreSQL's own. */
  readonly tag?: string;
}

export interface Asker {
  readonly username: string;
  readonly superuser: boolean;
}

/** What Redshift refuses, with the SQLSTATE that PostgreSQL has for it. */
export class Refused extends Error {
  readonly sqlState: string;

  constructor(sqlState: string, what: string) {
    super(what);
    this.sqlState = sqlState;
  }
}

export interface Shape {
  /** The page of AWS's SQL reference, below https://docs.aws.amazon.com/redshift/latest/dg/. */
  readonly page: string;
  readonly pattern: RegExp;
  translate?(found: RegExpExecArray, asker: Asker): Translation;
}

export const NAME = '(?:"(?:[^"]|"")+"|[a-z_][\\w$]*)';

/** @param source with spaces for white space of any length */
export const shape = (source: string): RegExp => new RegExp(`^${source.replaceAll(' ', '\\s+')}$`, 'is');

export const syntaxError = (near: string): Refused =>
  new Refused('42601', `syntax error at or near "${near}"`);
