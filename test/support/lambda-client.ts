/** A function with the weight of a real one: the SDK, a driver, middy and the log. */
import { Logger } from '@aws-lambda-powertools/logger';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import middy from '@middy/core';
import pg from 'pg';

const logger = new Logger({ serviceName: 'probe' });
const client = new SecretsManagerClient({
  endpoint: process.env['ENDPOINT'] ?? '',
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

export const handler = middy<string, unknown>().handler(async (secretId: string) => {
  logger.info('asked');
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  const failure: unknown = await new pg.Client({ host: '127.0.0.1', port: 1 })
    .connect()
    .catch((error) => error);
  return { text: SecretString, driver: (failure as NodeJS.ErrnoException).code };
});
