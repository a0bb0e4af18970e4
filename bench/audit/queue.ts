/** What happens to the queue when more events come than usual: a simulation, second by second, of Lambda's pollers. */

export interface Surge {
  readonly eventsASecond: number;
  /** How long it lasts, in seconds. */
  readonly lasts: number;
  /** The function's greatest concurrency. */
  readonly concurrency: number;
  readonly batch: number;
  /** How long one batch takes, in milliseconds. */
  readonly batchMs: number;
}

export interface Backlog {
  /** Events that wait, at the most. */
  readonly longest: number;
  /** How long the last event of the surge waits, in seconds. */
  readonly lag: number;
  /** From 0 to 1: of the time that the functions have while the surge lasts. */
  readonly used: number;
}

export function backlogOf({ eventsASecond, lasts, concurrency, batch, batchMs }: Surge): Backlog {
  const aSecond = (concurrency * batch * 1000) / batchMs;
  let [waiting, longest, taken] = [0, 0, 0];
  for (let second = 0; second < lasts; second++) {
    waiting += eventsASecond;
    const done = Math.min(waiting, aSecond);
    waiting -= done;
    taken += done;
    longest = Math.max(longest, waiting);
  }
  return { longest, lag: waiting / aSecond + batchMs / 1000, used: taken / (aSecond * lasts) };
}
