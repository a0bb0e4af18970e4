/** What a rotation is rehearsed on: a database server, and the users that each strategy starts from. */

export type Login = { readonly username: string; readonly password: string };

/** One strategy in one form, with fresh users of its own. */
export interface Cast {
  readonly strategy: 'single-user' | 'alternating-users' | 'dual-password';
  readonly form: 'base-and-clone' | 'owner-role' | null;
  /** Tells casts apart that share strategy and form, e.g. `by superuser`. */
  readonly name: string;
  /** Makes the users; `tag` keeps the names of several runs on one server apart. */
  prepare(database: DatabaseOnStage, tag: string): Promise<Prepared>;
}

export interface Prepared {
  /** JSON of the secret to rotate, without `engine`, `host` and `port`. */
  readonly secret: Readonly<Record<string, unknown>> & Login;
  /** JSON of the superuser secret, likewise; absent where none is needed. */
  readonly superuser: (Readonly<Record<string, unknown>> & Login) | undefined;
}

export interface DatabaseOnStage extends AsyncDisposable {
  /** The secret's `engine`. */
  readonly engine: string;
  /** The bundled function that rotates it. */
  readonly functionName: string;
  /** Product and version, e.g. `PostgreSQL 18.4`. */
  readonly label: string;
  readonly host: string;
  readonly port: number;
  /** Path of the certificate authority of its server, PEM. */
  readonly caFile: string;
  readonly casts: readonly Cast[];
  /** How the server's own administrator connects. */
  readonly administrator: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
  /** Runs SQL as that administrator. */
  administer(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /**
   * Opens a new connection, as an application would, and does one piece of the application's work.
   * @returns `rejected` only when the server says that the credentials are wrong.
   * @throws Error for anything else, lost rights among them
   */
  work(login: Login): Promise<'accepted' | 'rejected'>;
  /** The server's own log so far. */
  log(): string;
}
