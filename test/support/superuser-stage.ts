/** A secret, a superuser secret and a database with strangers in it, all in memory; whoever writes the secret may be hostile. */
import { randomUUID } from 'node:crypto';
import { attach, CURRENT } from '../../local/secrets-manager/labels.ts';
import type { Secret } from '../../local/secrets-manager/secret.ts';
import { addVersion } from '../../local/secrets-manager/versions.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import type { Endpoints } from '../../shared/rotation/endpoints.ts';
import { STEPS, type Step } from '../../shared/rotation/event.ts';
import { rotate } from '../../shared/rotation/rotate.ts';
import type { Collaborators, RotationSettings } from '../../shared/rotation/rotation.ts';
import { collaboratorsOf, invocation } from './collaborators.ts';
import { FakeDatabase } from './fake-engine.ts';
import { modelStore } from './model-store.ts';
import { codeOf, HOST } from './play.ts';

type Document = Readonly<Record<string, unknown>>;

export interface Setup {
  readonly name?: string;
  readonly owningService?: string;
  /** Keys of the secret that are other than usual; `undefined` leaves one out. */
  readonly document?: Document;
  readonly superuserName?: string;
  readonly superuser?: Document;
  readonly endpoints?: Partial<Endpoints>;
  readonly settings?: Partial<RotationSettings>;
  readonly usersMarkThemselves?: boolean;
}

const USUAL = { engine: 'fake', host: HOST, username: 'app', password: 'app-password' };

export class Stage {
  readonly database = new FakeDatabase();
  readonly model = modelStore();
  readonly superuser: Secret;
  readonly secret: Secret;
  /** `user@host:port` of every login tried. */
  readonly logins: string[] = [];
  /** ARNs of the secrets of which a value was read. */
  readonly reads: string[] = [];
  beforeLogin: (login: string) => void = () => {};
  readonly #collaborators: Collaborators;
  readonly #document: Document;

  constructor({ name = 'app', owningService, document, settings, endpoints, ...setup }: Setup = {}) {
    this.database.usersMarkThemselves = setup.usersMarkThemselves ?? false;
    this.database.addUser('app', 'app-password', ['SELECT orders']);
    this.database.addUser('dba', 'dba-password', [], { protectedBecause: 'is a superuser' });
    this.database.addUser('victim', 'victim-password', ['everything']);
    const superuser = setup.superuser ?? { ...USUAL, username: 'dba', password: 'dba-password' };
    this.superuser = this.model.create(setup.superuserName ?? 'superuser/dba', JSON.stringify(superuser));
    const rotation = { strategy: 'alternating-users' };
    this.#document = { ...USUAL, masterarn: this.superuser.arn, rotation, ...document };
    this.secret = this.model.create(name, JSON.stringify(this.#document), owningService);
    const usual = collaboratorsOf(this.model.store, this.database, settings);
    this.#collaborators = this.#watched({ ...usual, endpoints: { ...usual.endpoints, ...endpoints } });
  }

  #watched({ engine, store, ...others }: Collaborators): Collaborators {
    return {
      ...others,
      engine: {
        ...engine,
        login: (target, credentials, limits) => {
          const login = `${credentials.username}@${target.host}:${target.port}`;
          this.beforeLogin(login);
          this.logins.push(login);
          return engine.login(target, credentials, limits);
        },
      },
      store: {
        ...store,
        read: (secretId, which, parse) => {
          this.reads.push(secretId);
          return store.read(secretId, which, parse);
        },
      },
    };
  }

  /** A value as its writer would put it, without any stage. @returns its version id. */
  put(secret: Secret, document: Document, id: string = randomUUID()): string {
    const value = { field: 'SecretString', content: new Redacted(JSON.stringify(document)) } as const;
    addVersion(secret, { id, value, createdAt: Date.now() });
    return id;
  }

  /** Makes a value the current one of its secret. */
  promote(secret: Secret, document: Document): void {
    attach(secret, CURRENT, this.put(secret, document));
  }

  /** An AWSPREVIOUS that its writer made up. */
  forgePrevious(document: Document): void {
    attach(this.secret, 'AWSPREVIOUS', this.put(this.secret, { ...this.#document, ...document }));
  }

  /** A rotation whose AWSPENDING the secret's writer has filled already, with a password of his own choice. */
  beginFilled(document: Document): string {
    const versionId = this.model.beginRotation(this.secret);
    this.put(this.secret, { ...this.#document, password: 'chosen-password', ...document }, versionId);
    return versionId;
  }

  step(step: Step, versionId: string): Promise<void> {
    const event = { step, secretId: this.secret.arn, versionId, rotationToken: undefined };
    return rotate(event, this.#collaborators, invocation());
  }

  /** @returns the step that failed, and its error's code; `undefined` when none did. */
  async refusal(versionId: string, steps: readonly Step[] = STEPS): Promise<string | undefined> {
    for (const step of steps) {
      const code = await codeOf(this.step(step, versionId));
      if (code !== undefined) return `${step} ${code}`;
    }
    return undefined;
  }

  /** What no attack may change. */
  state() {
    return structuredClone({
      users: this.database.users,
      labels: [this.secret.labels, this.superuser.labels],
    });
  }
}
