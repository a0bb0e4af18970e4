import { describeCrashes } from '../support/crash-suite.ts';

describeCrashes([15, 16]);
