/** Where a crash is to strike, in round trips, whatever protocol they speak. */
import type { Fate } from './fault-tap.ts';

export interface CrashPoint {
  /** Counts from 1 over everything that shares the plan. */
  readonly round: number;
  /** Before the request arrives, or after it was carried out and its answer is withheld. */
  readonly when: 'before' | 'after';
}

/**
 * One counter of round trips for all that a function talks to. A run without a crash point counts them; a run for
 * each point then covers every place where a process can die.
 */
export class FaultPlan {
  readonly #crashAt: CrashPoint | undefined;
  readonly #onCrash: () => void;
  #rounds = 0;
  #crashed = false;

  /** @param onCrash is called once, at the crash point: kill the caller there. */
  constructor(onCrash: () => void, crashAt?: CrashPoint) {
    this.#onCrash = onCrash;
    this.#crashAt = crashAt;
  }

  /** Round trips begun so far. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Whether the crash point was reached. */
  get crashed(): boolean {
    return this.#crashed;
  }

  /** Counts a round trip and says what happens to it. For a tap's `onFlight`. */
  readonly next = (): Fate => {
    this.#rounds += 1;
    if (this.#crashAt?.round !== this.#rounds) return 'pass';
    return this.#crashAt.when === 'before' ? 'drop-before' : 'drop-after';
  };

  /** Marks the crash. For a tap's `onDrop`. */
  readonly crash = (): void => {
    this.#crashed = true;
    this.#onCrash();
  };

  /** Counts the call as one round trip. @returns `withhold` when its caller must never get an answer. */
  async around<T>(run: () => Promise<T>): Promise<T | 'withhold'> {
    const fate = this.next();
    if (fate === 'pass') return run();
    if (fate === 'drop-after') await run();
    this.crash();
    return 'withhold';
  }
}
