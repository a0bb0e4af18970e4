/** Reading what was logged: whatever is not of the expected kind is absent. */
import type { Logged } from './event.ts';

export const asObject = (value: unknown): Logged | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Logged) : undefined;

/** An empty text is absent too. */
export const asText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];

export const objectsOf = (value: unknown): readonly Logged[] =>
  Array.isArray(value) ? value.map(asObject).filter((entry) => entry !== undefined) : [];
