/** A stage on which a test plays the part of Secrets Manager's rotation driver, step by step. */
import { randomUUID } from 'node:crypto';
import { attach, PENDING } from '../secrets-manager/labels.ts';
import type { Secret } from '../secrets-manager/secret.ts';
import { addVersion } from '../secrets-manager/versions.ts';
import type { Cast, DatabaseOnStage, Login } from './cast.ts';
import { type Stage, type StageOptions, startStage } from './stage.ts';

export type StepName = 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret';
const ALL_STEPS: readonly StepName[] = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

export interface Scene extends AsyncDisposable {
  readonly stage: Stage;
  readonly secret: Secret;
  /** Makes the empty AWSPENDING version that RotateSecret makes. @returns its id */
  begin(): string;
  /** @returns the error code of the first step that failed; `undefined` when all succeeded. */
  run(versionId: string, ...steps: readonly StepName[]): Promise<string | undefined>;
  /** The whole error text of the last failed step. */
  readonly lastError: string;
  login(label: string): Login;
  /** Whether the version with this label can do the application's work. */
  works(label: string): Promise<boolean>;
  /** Every password in every version of every secret on stage, with its user's name. */
  secrets(): { readonly name: string; readonly text: string }[];
  /** Puts another value as AWSCURRENT, as a person would edit the secret. */
  edit(change: (fields: Record<string, unknown>) => Record<string, unknown>): void;
}

export async function startScene(
  database: DatabaseOnStage,
  castName: string,
  options: StageOptions = {},
): Promise<Scene> {
  const cast = database.casts.find(({ name }) => name === castName) as Cast;
  const stage = await startStage(database, { retries: 0, ...options });
  const { model } = stage.secrets;
  const secret = model.get(await stage.enter(cast, randomUUID().slice(0, 8)));
  let lastError = '';
  const text = (label: string): string =>
    secret.versions.get(secret.labels.get(label) ?? '')?.value?.content.reveal() ?? 'null';

  return {
    stage,
    secret,
    begin() {
      const id = randomUUID();
      addVersion(secret, { id, value: undefined, createdAt: Date.now() });
      attach(secret, PENDING, id);
      return id;
    },
    async run(versionId, ...steps) {
      for (const Step of steps.length > 0 ? steps : ALL_STEPS) {
        const event = { Step, SecretId: secret.arn, ClientRequestToken: versionId };
        const result = await stage.function.invoke(event);
        if (!result.ok) {
          lastError = result.errorMessage;
          return result.errorType;
        }
      }
      return undefined;
    },
    get lastError() {
      return lastError;
    },
    login: (label) => JSON.parse(text(label)),
    works: async (label) => {
      const login = JSON.parse(text(label)) as Login | null;
      return login !== null && (await database.work(login)) === 'accepted';
    },
    secrets: () =>
      model.all().flatMap(({ versions }) =>
        [...versions.values()].flatMap(({ value }) => {
          const login = JSON.parse(value?.content.reveal() ?? 'null') as Login | null;
          return login === null ? [] : [{ name: login.username, text: login.password }];
        }),
      ),
    edit(change) {
      const id = randomUUID();
      const SecretString = JSON.stringify(change(JSON.parse(text('AWSCURRENT'))));
      const copy = model.create({ name: `edit-${id}`, SecretString });
      const value = [...copy.versions.values()][0]?.value;
      addVersion(secret, { id, value, createdAt: Date.now() });
      attach(secret, 'AWSCURRENT', id);
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}
