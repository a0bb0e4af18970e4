/** The clients of AWS that attaching needs, for one Region. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Mistake } from './mistake.ts';

export interface Clients {
  readonly secrets: SecretsManagerClient;
  readonly lambda: LambdaClient;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly logs: CloudWatchLogsClient;
}

export function clientsIn(region: string | undefined): Clients {
  const where = region === undefined ? {} : { region };
  return {
    secrets: new SecretsManagerClient(where),
    // A check may take as long as the function may.
    lambda: new LambdaClient({ ...where, maxAttempts: 1, requestHandler: { requestTimeout: 150_000 } }),
    iam: new IAMClient(where),
    kms: new KMSClient(where),
    logs: new CloudWatchLogsClient(where),
  };
}

/** An ARN says itself where the secret is. @throws Mistake when the option says otherwise */
export function regionOf(secretId: string, option: string | undefined): string | undefined {
  const [, , service, region] = secretId.split(':');
  if (service !== 'secretsmanager' || region === undefined || region === '') return option;
  if (option === undefined || option === region) return region;
  throw new Mistake(`the secret is in ${region}, and --region says ${option}: leave --region out`);
}
