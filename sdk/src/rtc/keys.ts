/** Keys pressed in a call: as RTP events where the browser can (RFC 4733), over the link where not. */
import type { Timers } from '../core/clock.js';

/** How long a key sounds and how long the silence after it lasts, in milliseconds. */
const TONE_MS = 100;
const GAP_MS = 70;
/** `w` waits half a second and `W` a whole one. */
const PAUSES: Readonly<Record<string, number>> = { w: 500, W: 1000 };

/** What pressing needs. */
export interface KeyWorld {
  readonly timers: Timers;
  /** The browser's sender, while the media can carry keys. */
  sender(): RTCDTMFSender | null | undefined;
  /** The other way: the server plays them. */
  tell(digits: string): void;
}

/** Presses keys one after the other, in the order they were asked for. */
export class Keys {
  readonly #world: KeyWorld;
  #last: Promise<void> = Promise.resolve();
  #closed = false;
  #stopWaiting: (() => void) | undefined;

  constructor(world: KeyWorld) {
    this.#world = world;
  }

  /** Presses `digits` after all that were asked for before. Settles when they have sounded. */
  press(digits: string): Promise<void> {
    this.#last = this.#last.then(() => this.#press(digits));
    return this.#last;
  }

  /** Presses nothing more. */
  close(): void {
    this.#closed = true;
    this.#stopWaiting?.();
  }

  async #press(digits: string): Promise<void> {
    for (const part of digits.match(/[wW]|[^wW]+/g) ?? []) {
      if (this.#closed) return;
      const pause = PAUSES[part];
      if (pause === undefined) await this.#sound(part);
      else await this.#wait(pause);
    }
  }

  #sound(digits: string): Promise<void> {
    const sender = this.#world.sender();
    if (sender?.canInsertDTMF) sender.insertDTMF(digits, TONE_MS, GAP_MS);
    else this.#world.tell(digits);
    return this.#wait(digits.length * (TONE_MS + GAP_MS));
  }

  #wait(ms: number): Promise<void> {
    return new Promise((done) => {
      const cancel = this.#world.timers.after(ms, done);
      this.#stopWaiting = () => {
        cancel();
        done();
      };
    });
  }
}
