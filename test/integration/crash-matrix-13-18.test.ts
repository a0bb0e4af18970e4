import { describeCrashes } from '../support/crash-suite.ts';

await describeCrashes(['postgres'], (name) => /-1[38]$/.test(name));
