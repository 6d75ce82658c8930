/** Notices that a path is dead before the browser does: nothing comes, and checks are not answered. */
import type { QualitySample } from './sample.js';

/** A path is given this long after it was called dead. */
const AGAIN_MS = 6_000;

/** Watches one call's path, sample by sample. */
export class PathWatch {
  #before: QualitySample | undefined;
  #notBefore = 0;

  /**
   * Takes a second's sample.
   *
   * A far end that has gone silent stops packets too, but the server goes on answering checks.
   *
   * @returns Whether the path has just died.
   */
  take(sample: QualitySample): boolean {
    const before = this.#before;
    this.#before = sample;
    const { checksSent, checksAnswered, timestamp, since } = sample;
    if (before === undefined || since.bytesReceived > 0 || timestamp < this.#notBefore)
      return false;
    const asked = (checksSent ?? 0) > (before.checksSent ?? 0);
    if (!asked || checksAnswered !== before.checksAnswered) return false;
    this.#notBefore = timestamp + AGAIN_MS;
    return true;
  }
}
