import { burstRead } from './burst-read.ts';
import type { Detector } from './detector.ts';
import { firstRead } from './first-read.ts';
import { rootUse } from './root-use.ts';

/** All detectors, in the order of docs/detectors.md. */
export const DETECTORS: readonly Detector[] = [burstRead, rootUse, firstRead];
