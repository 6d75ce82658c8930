/** Keeps sent frames until the server has acknowledged them, so that they can be sent again. */
import type { PageFrame } from './frames.js';
import { byteLength, FRAME_LIMIT } from './parse.js';

interface SentFrame {
  readonly seq: number;
  readonly frame: PageFrame;
  readonly text: string;
  readonly bytes: number;
}

const MOST_FRAMES = 256;
const MOST_BYTES = 1_000_000;

/** The frames of one link in one direction. */
export class Outbox {
  #unacknowledged: SentFrame[] = [];
  #bytes = 0;
  #last = 0;

  /** The number of the newest frame. */
  get last(): number {
    return this.#last;
  }

  /** Whether more is kept than the link's rules allow. */
  get overfull(): boolean {
    return this.#unacknowledged.length > MOST_FRAMES || this.#bytes > MOST_BYTES;
  }

  /** Numbers a frame and keeps it. Nothing when it is too large for the link. */
  add(frame: PageFrame): { seq: number; text: string } | undefined {
    const seq = this.#last + 1;
    const text = JSON.stringify({ ...frame, seq });
    const bytes = byteLength(text);
    if (bytes > FRAME_LIMIT) return undefined;
    this.#last = seq;
    this.#unacknowledged.push({ seq, frame, text, bytes });
    this.#bytes += bytes;
    return { seq, text };
  }

  /** The server has everything up to `received`: gives what of it is new. Nothing when that number was never sent. */
  acknowledge(received: number): PageFrame[] | undefined {
    if (received > this.#last) return undefined;
    const frames: PageFrame[] = [];
    while (this.#unacknowledged[0] && this.#unacknowledged[0].seq <= received) {
      this.#bytes -= this.#unacknowledged[0].bytes;
      frames.push(this.#unacknowledged[0].frame);
      this.#unacknowledged.shift();
    }
    return frames;
  }

  /** Frames that are not acknowledged, oldest first. */
  texts(): string[] {
    return this.#unacknowledged.map((kept) => kept.text);
  }

  /**
   * Counts from 1 again, with those frames that `again` picks.
   *
   * @returns Their new numbers by their old ones.
   */
  restate(again: (frame: PageFrame) => boolean): ReadonlyMap<number, number> {
    const kept = this.#unacknowledged.filter(({ frame }) => again(frame));
    this.clear();
    return new Map(kept.map(({ seq, frame }) => [seq, this.add(frame)?.seq ?? 0]));
  }

  /** Forgets all of it and counts from 1 again. */
  clear(): void {
    this.#unacknowledged = [];
    this.#bytes = 0;
    this.#last = 0;
  }
}
