/** Lists are given out page by page; the token says where the next one begins. */
import { ServiceError } from './errors.ts';

export function pageOf<T>(
  entries: readonly T[],
  { MaxResults, NextToken }: { readonly MaxResults: number; readonly NextToken?: string | undefined },
): { readonly entries: readonly T[]; readonly next: { readonly NextToken?: string } } {
  const start = startOf(NextToken);
  const end = start + MaxResults;
  return {
    entries: entries.slice(start, end),
    next: end < entries.length ? { NextToken: tokenFor(end) } : {},
  };
}

const tokenFor = (start: number): string => Buffer.from(`start:${start}`).toString('base64url');

function startOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const [, start] = /^start:(\d+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (start === undefined) throw new ServiceError('InvalidNextTokenException', 'The NextToken is not valid.');
  return Number(start);
}
