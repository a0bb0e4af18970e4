/** Spreads calls over time. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  wait(ms: number): Promise<void>;
}

const CLOCK: Clock = {
  now: Date.now,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** @returns what to wait for before each call: calls then begin at least that far apart. */
export function pacer(msApart: number, clock: Clock = CLOCK): () => Promise<void> {
  let earliest = 0;
  return async () => {
    const wait = earliest - clock.now();
    if (wait > 0) await clock.wait(wait);
    earliest = clock.now() + msApart;
  };
}
