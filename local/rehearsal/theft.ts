/** A thief with a stolen key: from an address that nobody else has, lists the secrets, then reads each. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type Caller, userCaller } from '../cloudtrail/caller.ts';
import { type EventBus, eventBus } from '../event-bus.ts';
import { startSecretsManager } from '../secrets-manager/server.ts';
import { ACCOUNT, REGION } from './stage.ts';

export const THIEF = 'AKIASTOLENKEY0000001';
/** The user whose key it is, and where it is used from. */
export const thief = (accountId: string): Caller =>
  userCaller(accountId, 'backup-job', THIEF, '203.0.113.66');

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
  const callers = new Map([[THIEF, thief(ACCOUNT)]]);
  await using secrets = await startSecretsManager({ region: REGION, accountId: ACCOUNT, bus, callers });
  await furnish(secrets.endpoint);
  await steal(secrets.endpoint);
  return bus.take();
}

/** Makes the secrets that will be stolen. */
export const furnish = (endpoint: string, credentials = credentialsOf('OWNER')): Promise<void> =>
  withClient(endpoint, credentials, async (owner) => {
    for (const Name of SECRETS)
      await owner.send(new CreateSecretCommand({ Name, SecretString: 'made for the rehearsal' }));
  });

export const steal = (endpoint: string): Promise<void> =>
  withClient(endpoint, credentialsOf(THIEF), async (client) => {
    const { SecretList = [] } = await client.send(new ListSecretsCommand({}));
    for (const { ARN } of SecretList) await client.send(new GetSecretValueCommand({ SecretId: ARN }));
  });

const credentialsOf = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'rehearsal' });

async function withClient(
  endpoint: string,
  credentials: ReturnType<typeof credentialsOf>,
  act: (client: SecretsManagerClient) => Promise<void>,
): Promise<void> {
  const client = new SecretsManagerClient({ endpoint, region: REGION, credentials });
  try {
    await act(client);
  } finally {
    client.destroy();
  }
}
