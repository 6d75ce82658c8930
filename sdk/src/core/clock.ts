/** Time and chance as they enter the core: as arguments, never read. */

/** Milliseconds since some fixed moment; only differences mean anything. */
export type Time = number;

/** A number from 0 up to, and without, 1. */
export type Random = () => number;

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A name that nobody guesses or meets twice: 22 letters of the link's alphabet, 132 bits. */
export function freshId(random: Random): string {
  let id = '';
  for (let index = 0; index < 22; index++) id += LETTERS[Math.floor(random() * LETTERS.length)];
  return id;
}

/** `later`, unless `sooner` comes first or there is no `later`. */
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
