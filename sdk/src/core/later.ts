/** Parts that a page loads when they are first asked for. */
import { OffhookError } from './errors.js';

/** Gives a part, loaded or not. */
export type Later<Part> = () => Promise<Part>;

/**
 * Loads once, and again after a failure.
 *
 * @returns What gives the part; rejects with `not-loaded`.
 */
export function later<Part>(load: Later<Part>): Later<Part> {
  let loading: Promise<Part> | undefined;
  return () => {
    loading ??= load().catch((cause) => {
      loading = undefined;
      throw new OffhookError('not-loaded', { cause });
    });
    return loading;
  };
}
