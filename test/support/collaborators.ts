/** What a rotation is composed of in tests that need neither HTTP nor a server. */
import { deadlineIn } from '../../shared/core/deadline.ts';
import { KeyturnError as OwnKeyturnError } from '../../shared/core/errors.ts';
import type { Invocation } from '../../shared/core/invocation.ts';
import type { Endpoints } from '../../shared/rotation/endpoints.ts';
import type { Collaborators, RotationSettings } from '../../shared/rotation/rotation.ts';
import type { SecretStore } from '../../shared/rotation/secret-store.ts';
import { type FakeDatabase, fakeEngine, type Wire } from './fake-engine.ts';

/** No RDS: every question to it is an error, so that a test notices one. */
const noEndpoints: Endpoints = {
  ofManagedSecret: () => Promise.reject(new OwnKeyturnError('RDS_API_FAILED', 'No RDS in this test.')),
  isWriterOf: async () => false,
  blueGreenDeploymentOf: () => Promise.reject(new OwnKeyturnError('RDS_API_FAILED', 'No RDS in this test.')),
};

export const collaboratorsOf = (
  store: SecretStore,
  database: FakeDatabase,
  settings: Partial<RotationSettings> = {},
  wire: Wire = async (_label, effect) => effect(),
  KeyturnError: typeof OwnKeyturnError = OwnKeyturnError,
): Collaborators => ({
  engine: fakeEngine(database, wire, KeyturnError),
  store,
  endpoints: noEndpoints,
  settings: {
    superuserSecrets: ['arn:*:secret:superuser/*'],
    superuserTargets: [],
    passwordRules: {},
    allowPlaintext: false,
    blueGreenCheck: true,
    statementTimeoutMs: 1,
    replicaWaitMs: 30_000,
    ...settings,
  },
});

export const invocation = (remainingMs = 120_000): Invocation => ({
  deadline: deadlineIn(remainingMs),
  startedAt: Date.now(),
  facts: {},
  functionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:test',
});
