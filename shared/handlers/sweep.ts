import { sweep } from '../audit/sweep/sweep.ts';
import { secretInventory } from '../aws/secret-inventory.ts';
import { readEnv } from '../core/env.ts';
import { invocation } from '../core/invocation.ts';
import { createLog } from '../core/log.ts';
import { auditParts } from './audit-parts.ts';

/** Called by a schedule; what it is called with does not matter. */
export const sweepHandler = () => {
  let parts: Omit<Parameters<typeof sweep>[0], 'accountId' | 'region'> | undefined;
  return invocation<unknown>(
    () => createLog('keyturn'),
    async (_event, { deadline, facts, functionArn }) => {
      const env = readEnv();
      parts ??= { ...auditParts(env), inventory: secretInventory(env.SECRETS_MANAGER_ENDPOINT) };
      const [, , , region = '', accountId = ''] = functionArn.split(':');
      const { secrets, alerts } = await sweep({ ...parts, accountId, region }, deadline);
      facts.secrets = secrets;
      facts.alerts = alerts;
    },
  );
};
