/** Digits sent in a call: as RTP events where the browser can (RFC 4733), over the link where not. */
import { Delay, type Timers } from '../core/clock.js';
import { pauseMs } from '../core/digits.js';

/** How long a key sounds and how long the silence after it lasts, in milliseconds. */
const TONE_MS = 100;
const GAP_MS = 70;

/** Sends digits one after the other, in the order of the requests. */
export class DtmfSender {
  readonly #sender: () => RTCDTMFSender | null | undefined;
  readonly #sendOverLink: (digits: string) => void;
  #queue: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #delay: Delay;

  /**
   * @param sender - The browser's sender, while the media can carry digits.
   * @param sendOverLink - The other way: the server plays them.
   */
  constructor(
    timers: Timers,
    sender: () => RTCDTMFSender | null | undefined,
    sendOverLink: (digits: string) => void,
  ) {
    this.#sender = sender;
    this.#sendOverLink = sendOverLink;
    this.#delay = new Delay(timers);
  }

  /** Sends `digits` after all earlier ones. Settles when they have sounded. */
  send(digits: string): Promise<void> {
    this.#queue = this.#queue.then(() => this.#send(digits));
    return this.#queue;
  }

  /** Sends nothing more. */
  close(): void {
    this.#closed = true;
    this.#delay.cancel();
  }

  async #send(digits: string): Promise<void> {
    for (const part of digits.match(/[wW]|[^wW]+/g) ?? []) {
      if (this.#closed) return;
      const pause = pauseMs(part);
      if (pause === undefined) await this.#insert(part);
      else await this.#delay.wait(pause);
    }
  }

  #insert(digits: string): Promise<void> {
    const sender = this.#sender();
    if (sender?.canInsertDTMF) sender.insertDTMF(digits, TONE_MS, GAP_MS);
    else this.#sendOverLink(digits);
    return this.#delay.wait(digits.length * (TONE_MS + GAP_MS));
  }
}
