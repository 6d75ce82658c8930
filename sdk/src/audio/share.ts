/** What one call has of a microphone that several may use. */
import type { OffhookError } from '../core/errors.js';

/** One call's share of the microphone. */
export interface Share {
  /** This call's own track: muting it mutes nobody else. */
  readonly track: MediaStreamTrack;
  /** Called with the track that takes over when the device, or what is done to its sound, is another. */
  onreplaced: ((track: MediaStreamTrack) => void) | undefined;
  /** The device is gone and no other could be opened. */
  onlost: ((fault: OffhookError) => void) | undefined;
  /** Gives the share back; with the last one the microphone is closed. */
  release(): void;
}

/** A share, and what its microphone does with it. */
export class OpenShare implements Share {
  track: MediaStreamTrack;
  onreplaced: ((track: MediaStreamTrack) => void) | undefined;
  onlost: ((fault: OffhookError) => void) | undefined;
  readonly #released: (share: OpenShare) => void;

  constructor(track: MediaStreamTrack, released: (share: OpenShare) => void) {
    this.track = track;
    this.#released = released;
  }

  /** Another track goes out from now on, muted if the one before was. */
  replace(track: MediaStreamTrack): void {
    track.enabled = this.track.enabled;
    this.track.stop();
    this.track = track;
    this.onreplaced?.(track);
  }

  release(): void {
    this.track.stop();
    this.#released(this);
  }
}
