import { describeCrashes } from '../support/crash-suite.ts';

await describeCrashes(['redshift']);
