/** A page with a vendor's API, whose server is one of the conversations in spec/link. */
import { readFileSync } from 'node:fs';
import { AudioKit } from '../../src/client/audio-kit.js';
import { loadQuality } from '../../src/client/call-audio.js';
import { connectOn } from '../../src/client/connect.js';
import type { Connect } from '../../src/facades/shared/servers.js';
import { loadBitrate } from '../../src/rtc/peer.js';
import { FakePage, settle } from '../client/harness.js';

type Frame = Readonly<Record<string, unknown>>;
interface Line {
  readonly from?: 'page' | 'server';
  readonly frame?: Frame;
}

/** What a page may send at other times than the conversation has it. */
const LOOSE = ['ack', 'ping', 'pong', 'samples', 'warning'];
/** Fields that say the same in every page; descriptions, names of calls and numbers are each page's own. */
const SAME = ['to', 'cause', 'digits', 'muted', 'score', 'issues'];

function linesOf(name: string): Line[] {
  const file = new URL(`../../../spec/link/${name}.jsonl`, import.meta.url);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Line).filter(({ frame }) => frame);
}

/** The page's surroundings, and its server. */
export class Recorded {
  readonly page = new FakePage();
  readonly kit: AudioKit = new AudioKit({}, this.page.platform);
  readonly connect: Connect = (options) =>
    connectOn(this.page.platform, { ...options, audio: this.kit });
  #lines: readonly Line[];
  /** The conversation's names of the page's own calls, and the page's. */
  readonly #calls: Map<unknown, unknown> = new Map();
  #at = 0;
  #seen = 0;
  #number = 0;

  /** @param name - Of a file in spec/link, such as `cancel`. */
  constructor(name: string) {
    this.#lines = linesOf(name);
  }

  /** Goes on with another conversation, from behind its log-in. */
  follows(name: string): void {
    const lines = linesOf(name);
    this.#lines = lines.slice(lines.findIndex(({ frame }) => frame?.['type'] === 'welcome') + 1);
    this.#at = 0;
  }

  /** Loads what pages load when they need it, so that no test waits for a file. */
  static async loaded(): Promise<void> {
    await Promise.all([loadBitrate(), loadQuality()]);
  }

  /** What the page has sent, without what it sends at any time. */
  get sent(): readonly Frame[] {
    return this.page.sockets.flatMap(({ sent }) =>
      sent.filter(({ type }) => !LOOSE.includes(type as string)),
    );
  }

  /** Plays on, until the server has sent a frame of that type. */
  async until(type: string): Promise<void> {
    for (;;) {
      const line = this.#lines[this.#at];
      if (!line) throw new Error(`the conversation has no further ${type}`);
      await this.#play(line);
      if (line.from === 'server' && line.frame?.['type'] === type) return;
    }
  }

  /** Plays the rest. */
  async end(): Promise<void> {
    for (let line = this.#lines[this.#at]; line; line = this.#lines[this.#at]) {
      await this.#play(line);
    }
    if (this.sent.length > this.#seen) {
      throw new Error(`the page also sent ${JSON.stringify(this.sent.slice(this.#seen))}`);
    }
  }

  /**
   * Skips to the next frame of the server of that type, whatever a page was to do before it; the vendor's pages do much
   * otherwise. Gives the page's name of its call.
   *
   * @param match - Fields that it must have.
   */
  async says(type: string, match: Frame = {}): Promise<unknown> {
    const wanted = { type, ...match };
    const at = this.#lines.findIndex(
      ({ from, frame }, index) =>
        index >= this.#at &&
        from === 'server' &&
        Object.entries(wanted).every(([name, value]) => frame?.[name] === value),
    );
    const { frame } = this.#lines[at] ?? {};
    if (!frame) throw new Error(`the conversation has no further ${JSON.stringify(wanted)}`);
    this.#at = at + 1;
    this.#deliver(frame);
    await this.#pause();
    this.#seen = this.sent.length;
    return frame['call'];
  }

  /** Audio flows on the newest connection. */
  async sounds(): Promise<void> {
    this.page.peer.setState('connected');
    await this.#pause();
  }

  /** Denies the page's log-in, in place of the conversation's welcome. */
  async denies(code: string, message = 'no'): Promise<void> {
    await this.#hello();
    this.page.socket.deliverRaw({ type: 'denied', code, message, hint: 'None.' });
    await this.#pause();
  }

  /** Plays on, until the page has sent a frame of that type, and refuses it. */
  async refuses(type: string, code: string, message = 'no'): Promise<void> {
    for (let line = this.#lines[this.#at]; line; line = this.#lines[this.#at]) {
      await this.#play(line);
      if (line.from === 'page' && line.frame?.['type'] === type) break;
    }
    const ref = this.sent.at(-1)?.['seq'];
    this.page.socket.deliverRaw({ type: 'error', code, message, hint: 'None.', ref });
    await this.#pause();
  }

  async #play({ from, frame = {} }: Line): Promise<void> {
    this.#at += 1;
    if (LOOSE.includes(frame['type'] as string)) return;
    if (frame['type'] === 'hello') await this.#hello();
    else if (from === 'page') await this.#sent(frame);
    else this.#deliver(frame);
    await this.#pause();
  }

  async #hello(): Promise<void> {
    await settle();
    this.page.socket.onopen?.();
    await this.#sent({ type: 'hello' });
  }

  /** The page says this next, if it does as the conversation has it. */
  async #sent(wanted: Frame): Promise<void> {
    for (let turn = 0; turn < 20 && this.sent.length <= this.#seen; turn++) await this.#pause();
    const frame = this.sent[this.#seen];
    this.#seen += 1;
    const asked = ['type', ...SAME].filter((name) => name in wanted);
    const given = (from: Frame | undefined): Frame =>
      Object.fromEntries(asked.map((name) => [name, from?.[name]]));
    if (JSON.stringify(given(frame)) !== JSON.stringify(given(wanted))) {
      throw new Error(`the page sent ${JSON.stringify(frame)} for ${JSON.stringify(wanted)}`);
    }
    if (frame?.['call']) this.#calls.set(wanted['call'], frame['call']);
  }

  #deliver(frame: Frame): void {
    const call = this.#calls.get(frame['call']) ?? frame['call'];
    if ('seq' in frame) this.#number += 1;
    this.page.socket.deliverRaw({
      ...frame,
      ...(call !== undefined && { call }),
      ...('seq' in frame && { seq: this.#number }),
    });
  }

  /** Lets what is due be done, and what the facades emit a moment later be emitted. */
  async #pause(): Promise<void> {
    await settle();
    await this.page.time.pass(1);
  }
}
