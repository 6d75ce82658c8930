/** Parts that a page loads when they are first asked for. */
import { OffhookError } from './errors.js';

/** Gives a part, loaded or not. */
export type Lazy<Part> = () => Promise<Part>;

/**
 * Loads once, and again after a failure.
 *
 * @returns What gives the part; rejects with `not-loaded`.
 */
export function lazy<Part>(load: Lazy<Part>): Lazy<Part> {
  let loading: Promise<Part> | undefined;
  return () => {
    loading ??= load().catch((cause) => {
      loading = undefined;
      throw new OffhookError('not-loaded', { cause });
    });
    return loading;
  };
}
