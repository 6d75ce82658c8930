/** How long to wait before the next attempt: longer each time, never in step with others. */
import type { Random } from './clock.js';

/** Doubles from `first` to a limit; each wait is between half of that and all of it. */
export class Backoff {
  readonly #random: Random;
  readonly #first: number;
  #attempts = 0;

  /** @param first - The first step, in milliseconds. */
  constructor(random: Random, first: number) {
    this.#random = random;
    this.#first = first;
  }

  /** How often was waited since the last success. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The next wait in milliseconds, at most `limit`. */
  next(limit: number): number {
    const step = Math.min(limit, this.#first * 2 ** Math.min(this.#attempts, 16));
    this.#attempts += 1;
    return step * (0.5 + this.#random() / 2);
  }

  /** It worked: begin anew. */
  reset(): void {
    this.#attempts = 0;
  }
}
