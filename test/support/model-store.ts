/** The secret store straight on the Secrets Manager model, without HTTP, so that a test can do thousands of rotations. */
import { randomUUID } from 'node:crypto';
import { ACTIONS } from '../../local/secrets-manager/actions/table.ts';
import { attach, PENDING } from '../../local/secrets-manager/labels.ts';
import { Model } from '../../local/secrets-manager/model.ts';
import { Replication } from '../../local/secrets-manager/replication.ts';
import { Rotations } from '../../local/secrets-manager/rotations.ts';
import type { Secret } from '../../local/secrets-manager/secret.ts';
import { addVersion } from '../../local/secrets-manager/versions.ts';
import { KeyturnError } from '../../shared/core/errors.ts';
import type { ReplicaStatus, SecretStore } from '../../shared/rotation/secret-store.ts';
import type { Wire } from './fake-engine.ts';

export interface ModelStore {
  readonly store: SecretStore;
  /** The same secrets, every call crossing another wire. */
  through(wire: Wire): SecretStore;
  create(name: string, text: string, owningService?: string): Secret;
  /** What RotateSecret does first: an empty version with AWSPENDING. @returns its id */
  beginRotation(secret: Secret): string;
  /** The text of the version that holds a label, if any does. */
  text(secret: Secret, label: string): string | undefined;
  /** Names of the calls that changed something. */
  readonly changes: readonly string[];
}

export function modelStore(wire: Wire = async (_label, effect) => effect()): ModelStore {
  const model = new Model({
    region: 'eu-central-1',
    accountId: '111122223333',
    now: Date.now,
    staleReadsMs: 0,
  });
  const replication = new Replication(() => model);
  const rotations = new Rotations(model, {
    functions: new Map(),
    retries: 0,
    retryDelayMs: 0,
    pendingAfterSuccess: 'left-on-current',
    requireRotationToken: false,
  });
  const changes: string[] = [];
  const nameOf = (error: unknown) => (error instanceof Error ? error.name : '');
  const text = (secret: Secret, id: string | undefined) =>
    secret.versions.get(id ?? '')?.value?.content.reveal();

  const storeOn = (wire: Wire): SecretStore => {
    const call = (action: string, input: object) =>
      wire(action, () => {
        const run = ACTIONS.get(action);
        if (run === undefined) throw new Error(`No action ${action}`);
        if (!/^(Describe|Get)/.test(action)) changes.push(action);
        return run({ model, rotations, replication }, input) as Record<string, never>;
      });
    return {
      async describe(SecretId) {
        const output = await call('DescribeSecret', { SecretId });
        return {
          arn: output['ARN'] ?? '',
          name: output['Name'] ?? '',
          rotationEnabled: output['RotationEnabled'],
          rotationFunction: output['RotationLambdaARN'],
          owningService: output['OwningService'],
          tags: new Map(
            (output['Tags'] ?? []).map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]),
          ),
          stages: new Map(Object.entries(output['VersionIdsToStages'] ?? {})),
          replicas: new Map(
            (output['ReplicationStatus'] ?? []).map(
              ({ Region, Status }: { Region: string; Status: ReplicaStatus }) => [Region, Status],
            ),
          ),
        };
      },
      async read(SecretId, which, parse) {
        const version = 'stage' in which ? { VersionStage: which.stage } : { VersionId: which.versionId };
        const output = await call('GetSecretValue', { SecretId, ...version }).catch((error) => {
          if (nameOf(error) === 'ResourceNotFoundException') return undefined;
          throw error;
        });
        return output === undefined ? undefined : parse(output['SecretString'] ?? '');
      },
      async putPending(SecretId, ClientRequestToken, SecretString) {
        const input = {
          SecretId,
          ClientRequestToken,
          SecretString: SecretString.reveal(),
          VersionStages: [PENDING],
        };
        try {
          await call('PutSecretValue', input);
          return 'stored';
        } catch (error) {
          if (nameOf(error) === 'ResourceExistsException') return 'exists';
          throw error;
        }
      },
      async moveCurrent(SecretId, { to, from }) {
        const input = {
          SecretId,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: to,
          RemoveFromVersionId: from,
        };
        try {
          await call('UpdateSecretVersionStage', input);
          return 'moved';
        } catch (error) {
          if (nameOf(error) === 'InvalidParameterException') return 'conflict';
          if (nameOf(error) === 'SECRET_STORE_FAILED') throw error;
          throw new KeyturnError('SECRET_STORE_FAILED', nameOf(error), { retryable: false });
        }
      },
      async removePending(SecretId, RemoveFromVersionId) {
        await call('UpdateSecretVersionStage', { SecretId, VersionStage: PENDING, RemoveFromVersionId });
      },
    };
  };

  return {
    changes,
    text: (secret, label) => text(secret, secret.labels.get(label)),
    create: (name, SecretString, owningService) => model.create({ name, SecretString, owningService }),
    beginRotation(secret) {
      const id = randomUUID();
      addVersion(secret, { id, value: undefined, createdAt: Date.now() });
      attach(secret, PENDING, id);
      return id;
    },
    store: storeOn(wire),
    through: storeOn,
  };
}
