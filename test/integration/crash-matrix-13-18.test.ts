import { describeCrashes } from '../support/crash-suite.ts';

describeCrashes([13, 18]);
