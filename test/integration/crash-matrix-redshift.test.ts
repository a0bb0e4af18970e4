import { describeCrashes } from '../support/crash-suite.ts';

// A hash is one statement in either form, so one pair, the longest of the casts, is enough.
await describeCrashes(
  ['redshift'],
  () => true,
  (cast) => cast !== 'pair, md5',
);
