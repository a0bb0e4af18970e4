/** The invocation's end, as a budget. All times are milliseconds. */
export interface Deadline {
  /** Milliseconds until the platform stops the invocation; never negative. */
  remainingMs(): number;
}

export const deadlineIn = (ms: number, now: () => number = Date.now): Deadline => {
  const end = now() + ms;
  return { remainingMs: () => Math.max(0, end - now()) };
};
