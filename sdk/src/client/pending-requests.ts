/** Promises for requests to the server: each settles by its answer, an error, time, or the link's end. */
import type { Timers } from '../core/clock.js';
import { OffhookError } from '../core/errors.js';

interface Request {
  seq: number | undefined;
  readonly type: string;
  resolve(frame: unknown): void;
  reject(error: OffhookError): void;
}

/** The requests of one link that are not answered yet. */
export class PendingRequests {
  readonly #timers: Timers;
  #requests: Request[] = [];

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Waits for a frame of `type` in answer to frame `seq`. */
  expect<Frame>(seq: number, type: string, timeoutMs: number): Promise<Frame> {
    return new Promise<Frame>((resolve, reject) => {
      const settled = (): void => {
        cancel();
        this.#requests = this.#requests.filter((other) => other !== waiting);
      };
      const waiting: Request = {
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
      this.#requests.push(waiting);
    });
  }

  /**
   * A frame came that may be an answer. One that names a request settles that; any other settles all requests
   * of its kind, which are for the same.
   */
  handle(frame: { readonly type: string; readonly ref?: number }): void {
    const { type, ref } = frame;
    for (const waiting of this.#requests.filter((each) => each.type === type)) {
      if (ref === undefined || ref === waiting.seq) waiting.resolve(frame);
    }
  }

  /** A new link begins and counts from 1: requests over the old one have no number any more. */
  forgetNumbers(): void {
    for (const waiting of this.#requests) waiting.seq = undefined;
  }

  /** A restarted server gets frames again, with the numbers of `restated`; the others have no answer any more. */
  renumber(restated: ReadonlyMap<number, number>): void {
    for (const waiting of this.#requests.filter(({ seq }) => seq !== undefined)) {
      waiting.seq = restated.get(waiting.seq ?? 0);
      if (waiting.seq === undefined) waiting.reject(new OffhookError('no-reply'));
    }
  }

  /** The server refused frame `ref`. False when no request waits for it. */
  reject(ref: number | undefined, error: OffhookError): boolean {
    const waiting = ref === undefined ? undefined : this.#requests.find(({ seq }) => seq === ref);
    waiting?.reject(error);
    return waiting !== undefined;
  }

  /** Nothing will be answered any more. */
  rejectAll(error: OffhookError): void {
    for (const waiting of [...this.#requests]) waiting.reject(error);
  }
}
