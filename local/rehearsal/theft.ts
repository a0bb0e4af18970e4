/** A thief with a stolen key: from an address that nobody else has, lists the secrets, then reads each. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { userCaller } from '../cloudtrail/caller.ts';
import { type EventBus, eventBus } from '../event-bus.ts';
import { startSecretsManager } from '../secrets-manager/server.ts';
import { ACCOUNT, REGION } from './stage.ts';

const OWNER = 'OWNER';
const THIEF = 'AKIASTOLENKEY0000001';
const SECRETS = [
  'billing/database',
  'orders/database',
  'payments/api-key',
  'reports/warehouse',
  'search/token',
  'shop/database',
];

/** @returns the events of the theft, as they come from the bus. */
export async function stageTheft(): Promise<ReturnType<EventBus['take']>> {
  const bus = eventBus();
  const callers = new Map([[THIEF, userCaller(ACCOUNT, 'backup-job', THIEF, '203.0.113.66')]]);
  await using secrets = await startSecretsManager({ region: REGION, accountId: ACCOUNT, bus, callers });
  const owner = clientOf(secrets.endpoint, OWNER);
  for (const Name of SECRETS)
    await owner.send(new CreateSecretCommand({ Name, SecretString: 'made for the rehearsal' }));
  const thief = clientOf(secrets.endpoint, THIEF);
  const { SecretList = [] } = await thief.send(new ListSecretsCommand({}));
  for (const { ARN } of SecretList) await thief.send(new GetSecretValueCommand({ SecretId: ARN }));
  owner.destroy();
  thief.destroy();
  return bus.take();
}

const clientOf = (endpoint: string, accessKeyId: string): SecretsManagerClient =>
  new SecretsManagerClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId, secretAccessKey: 'rehearsal' },
  });
