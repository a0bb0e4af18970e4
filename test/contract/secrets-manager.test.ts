import { SecretsManagerServiceException } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSecretsManager } from '../../local/secrets-manager/server.ts';
import { installMoto, startMoto } from '../support/moto.ts';
import { BEHAVIOURS } from './behaviours/list.ts';
import { MOTO_DIFFERENCES } from './moto-differences.ts';
import { SURROUNDINGS, type Subject, subjectAt } from './subject.ts';

describe('the model', () => {
  const subject = useSubject(() => startSecretsManager(SURROUNDINGS));
  it.each(BEHAVIOURS)('$name', ({ run }) => run(subject()));
});

const missing = await installMoto();
if (missing !== undefined) console.log(`Skipped: the comparison with moto. ${missing}`);

describe.skipIf(missing !== undefined)(`moto${missing === undefined ? '' : ` (${missing})`}`, () => {
  const subject = useSubject(startMoto);
  const differing = new Set(MOTO_DIFFERENCES.map(({ behaviour }) => behaviour));

  it.each(BEHAVIOURS.filter(({ name }) => !differing.has(name)))('agrees: $name', ({ run }) =>
    run(subject()),
  );

  it.each(MOTO_DIFFERENCES)('differs: $behaviour ($moto)', async ({ behaviour }) => {
    const run = BEHAVIOURS.find(({ name }) => name === behaviour)?.run;
    const outcome = await run?.(subject()).then(() => 'moto now does the same', kindOf);
    expect(outcome).toBe('a difference');
  });
});

it('names every difference once, with its reason and source', () => {
  const names = MOTO_DIFFERENCES.map(({ behaviour }) => behaviour);
  expect(names).toEqual([...new Set(names)]);
  for (const { moto, because, source } of MOTO_DIFFERENCES) {
    expect(moto).not.toBe('');
    expect(because).not.toBe('');
    expect(source).toMatch(/^https:\/\//);
  }
});

/** A failed expectation, a refusal or an answer that is not JSON is a difference; a server that is gone is not. */
function kindOf(error: unknown): string {
  const refused = error instanceof SecretsManagerServiceException && error.$fault === 'client';
  const failed = error instanceof Error && error.name === 'AssertionError';
  return refused || failed || error instanceof SyntaxError ? 'a difference' : String(error);
}

function useSubject(start: () => Promise<AsyncDisposable & { endpoint: string }>): () => Subject {
  let server: Awaited<ReturnType<typeof start>>;
  let subject: Subject;
  beforeAll(async () => {
    server = await start();
    subject = subjectAt(server.endpoint);
  }, 60_000);
  afterAll(async () => {
    subject.client.destroy();
    subject.far.destroy();
    subject.guest.destroy();
    await server[Symbol.asyncDispose]();
  });
  return () => subject;
}
