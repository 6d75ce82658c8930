/** Time and randomness as they enter the core, as arguments; and the waits that are made of them. */

/** Milliseconds since some fixed moment; only differences mean anything. */
export type Time = number;

/** A number from 0 up to, and without, 1. */
export type Random = () => number;

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A unique, unpredictable name: 22 letters of the link's alphabet, 132 bits. */
export function freshId(random: Random): string {
  let id = '';
  for (let index = 0; index < 22; index++) id += LETTERS[Math.floor(random() * LETTERS.length)];
  return id;
}

/** The earlier of both; nothing is never. */
export function earlier(first: Time | undefined, second: Time | undefined): Time | undefined {
  if (first === undefined) return second;
  return second === undefined ? first : Math.min(first, second);
}

/** Time as the shells see it; the core itself only gets the numbers. */
export interface Timers {
  /** Milliseconds that only grow. */
  now(): Time;
  /** Calls back in `ms` milliseconds; gives the function that takes that back. */
  after(ms: number, run: () => void): () => void;
}

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

  /** Attempts since the last success. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The next wait in milliseconds, at most `limit`. */
  next(limit: number): number {
    const step = Math.min(limit, this.#first * 2 ** Math.min(this.#attempts, 16));
    this.#attempts += 1;
    return step * (0.5 + this.#random() / 2);
  }

  /** It worked: start over. */
  reset(): void {
    this.#attempts = 0;
  }
}

/** One wait at a time, which can be cut short. */
export class Delay {
  readonly #timers: Timers;
  #finish: (() => void) | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Settles in `ms` milliseconds, or when it is cut short. */
  wait(ms: number): Promise<void> {
    return new Promise((done) => {
      const cancel = this.#timers.after(ms, done);
      this.#finish = () => {
        cancel();
        done();
      };
    });
  }

  /** Cuts the wait short, if there is one. */
  cancel(): void {
    this.#finish?.();
  }
}
