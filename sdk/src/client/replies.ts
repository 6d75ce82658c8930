/** Promises for what the server has to answer: each settles by its answer, an error, time, or the link's end. */
import type { Timers } from '../core/clock.js';
import { OffhookError } from '../core/errors.js';

interface Waiting {
  seq: number | undefined;
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

  /**
   * A frame came that may be an answer. One that names a question settles that; any other settles all questions
   * of its kind, which ask for the same.
   */
  came(frame: { readonly type: string; readonly ref?: number }): void {
    const { type, ref } = frame;
    for (const waiting of this.#waiting.filter((each) => each.type === type)) {
      if (ref === undefined || ref === waiting.seq) waiting.resolve(frame);
    }
  }

  /** A new link begins and counts from 1: what was asked over the old one has no number any more. */
  lost(): void {
    for (const waiting of this.#waiting) waiting.seq = undefined;
  }

  /** The server refused frame `ref`. False when nobody waits for it. */
  refused(ref: number | undefined, error: OffhookError): boolean {
    const waiting = ref === undefined ? undefined : this.#waiting.find(({ seq }) => seq === ref);
    waiting?.reject(error);
    return waiting !== undefined;
  }

  /** Nothing will be answered any more. */
  end(error: OffhookError): void {
    for (const waiting of [...this.#waiting]) waiting.reject(error);
  }
}
