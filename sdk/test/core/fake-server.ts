/** The server's end of a link as its reference describes it: what tests of the page's end talk to. */
import type { Link, LinkOutput } from '../../src/core/link.js';

type Frame = Record<string, unknown>;

/** Remembers links over sockets, resumes them, and repeats what was not acknowledged. */
export class FakeLinkServer {
  /** Every numbered frame that came, once each. */
  readonly got: Frame[] = [];
  resumable = true;
  instance = 'first';
  heartbeat = 15;
  links = 0;
  #kept: Frame[] = [];
  #seq = 0;
  #received = 0;
  #greeted = false;
  /** How the process before counted the page's frames, and up to which it kept them; until the page is here again. */
  #before: { readonly instance: string; readonly stated: number } | undefined;
  #acknowledged = 0;

  /** A socket was opened. */
  connected(): void {
    this.#greeted = false;
  }

  /** A text came from the page; gives what goes back. */
  take(text: string): Frame[] {
    const frame = JSON.parse(text) as Frame;
    if (frame.type === 'hello') return this.#hello(frame);
    if (!this.#greeted) throw new Error(`${text} before hello`);
    this.#before = undefined;
    if (typeof frame.received === 'number') this.#acknowledge(frame.received);
    if (frame.type === 'ping') {
      this.#acknowledged = this.#received;
      return [{ type: 'pong', received: this.#received }];
    }
    const seq = frame.seq as number | undefined;
    if (seq === undefined || seq <= this.#received) return [];
    if (seq !== this.#received + 1) throw new Error(`gap: ${seq} after ${this.#received}`);
    this.#received = seq;
    this.got.push(frame);
    return [];
  }

  /** The process ends and another one begins, which has of the page what was acknowledged, and `more` frames. */
  restart(more: number): void {
    const stated = Math.max(
      this.#acknowledged,
      Math.min(this.#received, this.#acknowledged + more),
    );
    this.got.length -= this.#received - stated;
    // Without a word of the page this process counts nothing yet: what the one before had still holds.
    this.#before ??= { instance: this.instance, stated };
    this.instance += "'";
    this.#forget();
  }

  /** A frame of ours, numbered and kept. */
  say(frame: Frame): Frame {
    this.#seq += 1;
    const numbered = { ...frame, seq: this.#seq };
    this.#kept.push(numbered);
    return numbered;
  }

  get kept(): number {
    return this.#kept.length;
  }

  get received(): number {
    return this.#received;
  }

  #acknowledge(received: number): void {
    this.#kept = this.#kept.filter((kept) => (kept.seq as number) > received);
  }

  #hello(frame: Frame): Frame[] {
    this.#greeted = true;
    const resume = frame.resume as { link: string; received: number; instance: string } | undefined;
    if (this.#before && resume) {
      this.#forget();
      const { instance, stated } = this.#before;
      const known = { registered: false, stated: instance === resume.instance ? stated : 0 };
      return [{ ...this.#welcome(false), attached: true, calls: [], ...known }];
    }
    const resumed = this.resumable && resume?.link === `L${this.links}`;
    if (resumed) this.#acknowledge(resume.received);
    else {
      this.links += 1;
      this.#forget();
    }
    this.#acknowledged = this.#received;
    return [this.#welcome(resumed), ...this.#kept];
  }

  #forget(): void {
    this.#kept = [];
    this.#seq = 0;
    this.#received = 0;
    this.#acknowledged = 0;
  }

  #welcome(resumed: boolean): Frame {
    return {
      type: 'welcome',
      link: `L${this.links}`,
      key: 'k',
      party: { name: 'alice', account: 'A1', outgoing: true, incoming: true, expires_at: null },
      heartbeat_s: this.heartbeat,
      resume_s: 60,
      ice_servers: [],
      resumed,
      instance: this.instance,
      received: this.#received,
    };
  }
}

/** All that the link wants done now. */
export function drain(link: Link): LinkOutput[] {
  const outputs: LinkOutput[] = [];
  for (let output = link.poll(); output; output = link.poll()) outputs.push(output);
  return outputs;
}
