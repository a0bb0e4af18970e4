/** Whether CloudTrail writes a record for each secret of a batch, or one for the batch, is not known: both must do. */
import { expect, test } from 'vitest';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { Judge } from '../../shared/audit/judge.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import { record } from '../support/cloudtrail-records.ts';

const NAMES = Array.from({ length: 20 }, (_, n) => `team${n}/database`);
const batch = record({
  eventID: 'batch',
  eventName: 'BatchGetSecretValue',
  requestParameters: { secretIdList: NAMES },
});
const single = NAMES.map((secretId) =>
  record({ eventID: `one-${secretId}`, requestParameters: { secretId } }),
);

async function found(records: readonly unknown[]): Promise<string[]> {
  const judge = new Judge(new InProcessMemory(), DETECTORS, NO_DEPLOYMENT);
  const events = records.map(readEvent).filter((event) => event !== undefined && !isUnreadable(event));
  const { findings } = await judge.judge(events as never);
  const burst = findings.filter(({ detector }) => detector.id === 'burst-read');
  return [...new Set(burst.map(({ because, secrets }) => `${because} ${secrets.length}`))];
}

test('a batch is found by its list, by its single records, and by both together, as the same', async () => {
  const byList = await found([batch]);
  expect(byList).toEqual(['20 secrets that are new to it were read within ten minutes. 20']);
  expect(await found(single)).toEqual(byList);
  expect(await found([batch, ...single])).toEqual(byList);
  expect(await found([...single, batch])).toEqual(byList);
});
