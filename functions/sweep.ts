import { sweepHandler } from '../shared/handlers/sweep.ts';

export const handler = sweepHandler();
