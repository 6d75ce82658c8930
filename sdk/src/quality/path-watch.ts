/** Notices that a path is dead before the browser does: nothing comes, and checks are not answered. */
import type { QualitySample } from './sample.js';

/** A path is given this long after it was called dead. */
const AGAIN_MS = 6_000;

/** What a sample shows of a path. */
export type PathSign = 'lost' | 'restored';

/** Watches one call's path, sample by sample. */
export class PathWatch {
  #before: QualitySample | undefined;
  #dead = false;
  #notBefore = 0;

  /**
   * Takes a second's sample.
   *
   * A remote party that is silent sends no packets either, but the server goes on answering checks.
   *
   * @returns That the path is lost, again every few seconds while it stays so; and once that it works again.
   */
  take(sample: QualitySample): PathSign | undefined {
    const before = this.#before;
    this.#before = sample;
    if (before === undefined) return undefined;
    const { checksSent, checksAnswered, timestamp, interval } = sample;
    const answered = (checksAnswered ?? 0) - (before.checksAnswered ?? 0);
    if (interval.bytesReceived > 0 || answered > 0) {
      const restored = this.#dead;
      this.#dead = false;
      return restored ? 'restored' : undefined;
    }
    const asked = (checksSent ?? 0) > (before.checksSent ?? 0);
    // Fewer answers than before are those of another pair of candidates.
    if (!asked || answered < 0 || timestamp < this.#notBefore) return undefined;
    this.#dead = true;
    this.#notBefore = timestamp + AGAIN_MS;
    return 'lost';
  }
}
