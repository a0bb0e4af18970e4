/** One secret, one database in memory, and the rotation code under test; for scenarios and random schedules. */
import type { Secret } from '../../local/secrets-manager/secret.ts';
import { ERRORS, type KeyturnError } from '../../shared/core/errors.ts';
import { STEPS, type Step } from '../../shared/rotation/event.ts';
import type { RotationSettings } from '../../shared/rotation/rotation.ts';
import { collaboratorsOf, invocation } from './collaborators.ts';
import { FakeDatabase, type Wire } from './fake-engine.ts';
import { type ModelStore, modelStore } from './model-store.ts';

/** The modules under test: the project's own, or a copy with a mutation. */
export interface Code {
  readonly rotate: typeof import('../../shared/rotation/rotate.ts').rotate;
  readonly KeyturnError: typeof KeyturnError;
}

export type Plot = 'single-user' | 'alternating-users' | 'dual-password';

const RIGHTS = ['SELECT orders', 'INSERT orders'] as const;
const FIRST_PASSWORD = 'first-password';
export const HOST = 'db.example.org';

export class Play {
  readonly database = new FakeDatabase();
  readonly model: ModelStore;
  readonly secret: Secret;
  readonly #code: Code;
  readonly #plot: Plot;
  readonly #wire: Wire;
  readonly #settings: Partial<RotationSettings>;

  constructor(code: Code, plot: Plot, wire?: Wire, settings: Partial<RotationSettings> = {}) {
    this.#code = code;
    this.#plot = plot;
    this.#wire = wire ?? (async (_label, effect) => effect());
    this.#settings = settings;
    this.model = modelStore(this.#wire);
    this.database.addUser('app', FIRST_PASSWORD, RIGHTS);
    this.secret = this.#enter();
  }

  #enter(): Secret {
    const app = { engine: 'fake', host: HOST, username: 'app', password: FIRST_PASSWORD };
    if (this.#plot === 'single-user') return this.model.create('app', JSON.stringify(app));
    if (this.#plot === 'dual-password') {
      this.database.keepsTwo = true;
      return this.model.create('app', JSON.stringify({ ...app, rotation: { strategy: this.#plot } }));
    }
    this.database.addUser('dba', 'superuser-password');
    const dba = { ...app, username: 'dba', password: 'superuser-password' };
    const { arn } = this.model.create('superuser/dba', JSON.stringify(dba));
    const rotation = { strategy: 'alternating-users' };
    return this.model.create('app', JSON.stringify({ ...app, masterarn: arn, rotation }));
  }

  begin(): string {
    return this.model.beginRotation(this.secret);
  }

  /** @param wire crosses every call of this invocation, instead of the play's own. */
  async step(step: Step, versionId: string, wire = this.#wire, remainingMs?: number): Promise<void> {
    const { store } = wire === this.#wire ? this.model : rewired(this.model, wire);
    const { rotate, KeyturnError } = this.#code;
    const collaborators = collaboratorsOf(store, this.database, this.#settings, wire, KeyturnError);
    await rotate(
      { step, secretId: this.secret.arn, versionId, rotationToken: undefined },
      collaborators,
      invocation(remainingMs),
    );
  }

  async rotation(versionId: string, wire = this.#wire): Promise<void> {
    for (const step of STEPS) await this.step(step, versionId, wire);
  }

  login(label: string): { username: string; password: string } | undefined {
    const text = this.model.text(this.secret, label);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Whether the version with this label logs in, with all the rights an application needs. */
  serves(label: string): boolean {
    const login = this.login(label);
    return (
      login !== undefined &&
      this.database.accepts(login) &&
      RIGHTS.every((right) => this.database.rightsOf(login.username).has(right))
    );
  }

  /** Promise 1: AWSCURRENT works at every instant; for a single user, AWSPENDING may stand in for it. */
  assertNobodyIsLockedOut(): void {
    if (this.serves('AWSCURRENT')) return;
    if (this.#plot === 'single-user' && this.serves('AWSPENDING')) return;
    throw new Error(`Locked out: ${JSON.stringify([...this.secret.labels])}`);
  }
}

const rewired = (model: ModelStore, wire: Wire): Pick<ModelStore, 'store'> => ({
  store: model.through(wire),
});

/** The code of an error that the code under test threw; its class may be a copy's. */
export async function codeOf(promise: Promise<unknown>): Promise<keyof typeof ERRORS | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (code in ERRORS) return code as keyof typeof ERRORS;
    throw error;
  }
}
