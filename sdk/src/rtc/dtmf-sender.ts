/** Digits sent in a call: as RTP events where the browser can (RFC 4733), over the link where not. */
import { Delay, type Timers } from '../core/clock.js';
import { pauseMs } from '../core/digits.js';

/** How long a key sounds and how long the silence after it lasts, in milliseconds. */
const TONE_MS = 100;
const GAP_MS = 70;

/** What pressing needs. */
export interface DtmfSenderDeps {
  readonly timers: Timers;
  /** The browser's sender, while the media can carry keys. */
  sender(): RTCDTMFSender | null | undefined;
  /** The other way: the server plays them. */
  sendOverLink(digits: string): void;
}

/** Presses keys one after the other, in the order they were asked for. */
export class DtmfSender {
  readonly #deps: DtmfSenderDeps;
  #queue: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #delay: Delay;

  constructor(deps: DtmfSenderDeps) {
    this.#deps = deps;
    this.#delay = new Delay(deps.timers);
  }

  /** Presses `digits` after all that were asked for before. Settles when they have sounded. */
  send(digits: string): Promise<void> {
    this.#queue = this.#queue.then(() => this.#send(digits));
    return this.#queue;
  }

  /** Presses nothing more. */
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
    const sender = this.#deps.sender();
    if (sender?.canInsertDTMF) sender.insertDTMF(digits, TONE_MS, GAP_MS);
    else this.#deps.sendOverLink(digits);
    return this.#delay.wait(digits.length * (TONE_MS + GAP_MS));
  }
}
