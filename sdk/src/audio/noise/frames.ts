/** Cuts sound into frames of one size and hands it on in pieces of another: a worklet has 128 samples a turn. */

/** Takes pieces, works on whole frames, gives pieces of the same size: late by one frame, and never out of step. */
export class Frames {
  readonly #work: (frame: Float32Array) => void;
  readonly #frame: Float32Array;
  /** Whole frames on their way out, oldest first. */
  readonly #done: Float32Array;
  #filled = 0;
  #ready: number;

  /**
   * @param size - Samples a frame.
   * @param work - Changes a frame in place.
   */
  constructor(size: number, work: (frame: Float32Array) => void) {
    this.#work = work;
    this.#frame = new Float32Array(size);
    // A frame of silence goes ahead, so that there is always enough to give.
    this.#done = new Float32Array(3 * size);
    this.#ready = size;
  }

  /** Takes a piece, and fills another of the same size, of at most one frame. */
  pass(input: Float32Array, output: Float32Array): void {
    let taken = 0;
    while (taken < input.length) {
      const room = this.#frame.length - this.#filled;
      const part = input.subarray(taken, taken + room);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      if (this.#filled === this.#frame.length) this.#finish();
    }
    output.set(this.#done.subarray(0, output.length));
    this.#done.copyWithin(0, output.length, this.#ready);
    this.#ready -= output.length;
  }

  #finish(): void {
    this.#work(this.#frame);
    this.#done.set(this.#frame, this.#ready);
    this.#ready += this.#frame.length;
    this.#filled = 0;
  }
}

/** The worklet's name. */
export const NODE = 'offhook-noise';

/** What the page sends. */
export type Command = 'end';

/** What the worklet sends, once. */
export type Report = { readonly ready: true } | { readonly fault: string };
