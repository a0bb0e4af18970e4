/** Where the ports of a rotation meet their adapters. */
import { secretsManagerStore } from '../aws/secrets-manager.ts';
import { type Env, readEnv } from '../core/env.ts';
import { KeyturnError } from '../core/errors.ts';
import { type Invocation, invocation } from '../core/invocation.ts';
import { createLog } from '../core/log.ts';
import type { TlsSettings } from '../engines/tls.ts';
import type { CheckReport } from '../rotation/check/report.ts';
import type { Endpoints } from '../rotation/endpoints.ts';
import type { DatabaseEngine } from '../rotation/engine.ts';
import { isCheck, parseCheck, parseEvent } from '../rotation/event.ts';
import type { CharacterClass } from '../rotation/password.ts';
import { rotate } from '../rotation/rotate.ts';
import type { Collaborators, RotationSettings } from '../rotation/rotation.ts';

type CreateEngine = (settings: { tls: TlsSettings }) => DatabaseEngine;

/** @param loadEndpoints brings in the client that few rotations need */
export const rotationHandler = (createEngine: CreateEngine, loadEndpoints: () => Promise<Endpoints>) => {
  let collaborators: Collaborators | undefined;
  return invocation<unknown, CheckReport | undefined>(
    () => createLog('keyturn'),
    async (event, invocation) => {
      collaborators ??= compose(readEnv(), createEngine, loadEndpoints);
      if (isCheck(event)) return runCheck(parseCheck(event), collaborators, invocation);
      refuseSteps(invocation);
      await rotate(parseEvent(event), collaborators, invocation);
      return undefined;
    },
  );
};

/** Loaded on use: rotations do not need it. */
async function runCheck(secretId: string, collaborators: Collaborators, invocation: Invocation) {
  const { check } = await import('../rotation/check/check.ts');
  return check(secretId, collaborators, invocation);
}

/** Who may invoke this alias of the function may check secrets, and no more. */
function refuseSteps({ functionArn }: Invocation): void {
  if (functionArn.split(':')[7] === 'check')
    throw new KeyturnError('INVALID_EVENT', 'The alias "check" of the function runs no step of a rotation.');
}

function compose(
  env: Env,
  createEngine: CreateEngine,
  loadEndpoints: () => Promise<Endpoints>,
): Collaborators {
  const tls = { caFile: env.KEYTURN_TLS_CA_FILE, serverNames: env.KEYTURN_TLS_SERVER_NAMES };
  return {
    engine: createEngine({ tls }),
    store: secretsManagerStore(env.SECRETS_MANAGER_ENDPOINT),
    endpoints: onUse(loadEndpoints),
    settings: settingsFrom(env),
  };
}

function settingsFrom(env: Env): RotationSettings {
  const excluded: readonly [CharacterClass, boolean][] = [
    ['numbers', env.EXCLUDE_NUMBERS],
    ['punctuation', env.EXCLUDE_PUNCTUATION],
    ['uppercase', env.EXCLUDE_UPPERCASE],
    ['lowercase', env.EXCLUDE_LOWERCASE],
  ];
  return {
    superuserSecrets: env.KEYTURN_SUPERUSER_SECRETS,
    superuserTargets: env.KEYTURN_SUPERUSER_TARGETS,
    allowPlaintext: env.KEYTURN_ALLOW_PLAINTEXT,
    blueGreenCheck: env.KEYTURN_BLUE_GREEN_CHECK,
    statementTimeoutMs: env.KEYTURN_STATEMENT_SECONDS * 1000,
    replicaWaitMs: env.KEYTURN_REPLICA_WAIT * 1000,
    passwordRules: {
      ...(env.PASSWORD_LENGTH !== undefined && { length: env.PASSWORD_LENGTH }),
      excludeCharacters: env.EXCLUDE_CHARACTERS,
      excludeClasses: excluded.filter(([, out]) => out).map(([name]) => name),
      requireEachClass: env.REQUIRE_EACH_INCLUDED_TYPE,
    },
  };
}

/** Keeps a client that few rotations need from being loaded at start. */
function onUse(load: () => Promise<Endpoints>): Endpoints {
  let loaded: Promise<Endpoints> | undefined;
  const endpoints = () => {
    loaded ??= load();
    return loaded;
  };
  return {
    ofManagedSecret: async (secret) => (await endpoints()).ofManagedSecret(secret),
    isWriterOf: async (writer, host) => (await endpoints()).isWriterOf(writer, host),
    blueGreenDeploymentOf: async (host) => (await endpoints()).blueGreenDeploymentOf(host),
  };
}
