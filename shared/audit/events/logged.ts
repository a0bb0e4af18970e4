/** Reading what was logged: whatever is not of the expected kind is absent. */
import type { Logged } from './event.ts';

export const objectIn = (from: Logged | undefined, key: string): Logged | undefined => asObject(from?.[key]);

export const asObject = (value: unknown): Logged | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Logged) : undefined;

/** An empty text is absent too. */
export function textIn(from: Logged | undefined, key: string): string | undefined {
  const value = from?.[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function textsIn(from: Logged | undefined, key: string): readonly string[] {
  const value = from?.[key];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

export function objectsIn(from: Logged | undefined, key: string): readonly Logged[] {
  const value = from?.[key];
  return Array.isArray(value) ? value.map(asObject).filter((entry) => entry !== undefined) : [];
}
