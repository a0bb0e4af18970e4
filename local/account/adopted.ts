/** Secrets that a template makes come to the emulator's Secrets Manager, not to the model: they are taken over as they are. */
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import type { Model } from '../secrets-manager/model.ts';

export interface Adopted {
  /** Makes the model's secrets follow the emulator's. */
  follow(): Promise<void>;
  close(): void;
}

export function adopted(model: Model, settings: SecretsManagerClientConfig): Adopted {
  const client = new SecretsManagerClient(settings);
  const followed = new Set<string>();

  async function take(name: string, arn: string): Promise<void> {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    model.create({ name, arn, SecretString });
    followed.add(arn);
  }

  return {
    async follow() {
      const { SecretList = [] } = await client.send(new ListSecretsCommand({}));
      const arns = new Set(SecretList.map(({ ARN }) => ARN));
      for (const { Name = '', ARN = '' } of SecretList) if (!followed.has(ARN)) await take(Name, ARN);
      for (const arn of followed)
        if (!arns.has(arn)) {
          model.remove(model.get(arn));
          followed.delete(arn);
        }
    },
    close: () => client.destroy(),
  };
}
