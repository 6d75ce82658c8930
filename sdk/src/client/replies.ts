/** Promises for what the server has to answer: each settles by its answer, an error, time, or the link's end. */
import type { Timers } from '../core/clock.js';
import { OffhookError } from '../core/errors.js';

interface Waiting {
  readonly seq: number;
  readonly type: string;
  resolve(frame: unknown): void;
  reject(error: OffhookError): void;
}

/** What was asked over one link and is not answered yet. */
export class Replies {
  readonly #timers: Timers;
  #waiting: Waiting[] = [];

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Waits for a frame of `type` in answer to frame `seq`. */
  expect<Frame>(seq: number, type: string, timeoutMs: number): Promise<Frame> {
    return new Promise<Frame>((resolve, reject) => {
      const settled = (): void => {
        cancel();
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
      };
      const waiting: Waiting = {
        seq,
        type,
        resolve: (frame) => {
          settled();
          resolve(frame as Frame);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      const cancel = this.#timers.after(timeoutMs, () =>
        waiting.reject(new OffhookError('no-reply')),
      );
      this.#waiting.push(waiting);
    });
  }

  /** A frame came that may be an answer: the oldest question of its kind is settled. */
  came(frame: { readonly type: string }): void {
    this.#waiting.find((waiting) => waiting.type === frame.type)?.resolve(frame);
  }

  /** The server refused frame `ref`. False when nobody waits for it. */
  refused(ref: number | undefined, error: OffhookError): boolean {
    const waiting = this.#waiting.find((other) => other.seq === ref);
    waiting?.reject(error);
    return waiting !== undefined;
  }

  /** Nothing will be answered any more. */
  end(error: OffhookError): void {
    for (const waiting of [...this.#waiting]) waiting.reject(error);
  }
}
