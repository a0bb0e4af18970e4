/** All behaviours. A new file of them is listed here. */
import { accounts } from './accounts.ts';
import { batches } from './batches.ts';
import type { Behaviour } from './behaviour.ts';
import { deletion } from './deletion.ts';
import { labels } from './labels.ts';
import { lists } from './lists.ts';
import { passwords } from './passwords.ts';
import { policies } from './policies.ts';
import { reads } from './reads.ts';
import { replication } from './replication.ts';
import { rotation } from './rotation.ts';
import { tokens } from './tokens.ts';
import { updates } from './updates.ts';
import { values } from './values.ts';
import { versions } from './versions.ts';

export const BEHAVIOURS: readonly Behaviour[] = [
  ...labels,
  ...tokens,
  ...values,
  ...reads,
  ...rotation,
  ...versions,
  ...lists,
  ...passwords,
  ...deletion,
  ...updates,
  ...batches,
  ...policies,
  ...replication,
  ...accounts,
];
