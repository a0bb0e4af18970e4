import { describe, it } from 'vitest';
import { KeyturnError } from '../../shared/core/errors.ts';
import { rotate } from '../../shared/rotation/rotate.ts';
import { SCENARIOS } from '../support/scenarios.ts';

describe('rotation on a database in memory', () => {
  it.each(Object.entries(SCENARIOS))('%s', (_name, scenario) => scenario({ rotate, KeyturnError }));
});
