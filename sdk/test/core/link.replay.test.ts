/** The conversations in spec/link, with the SDK's own link in the page's place. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type {
  Credentials,
  LinkKey,
  LinkResume,
  PageCall,
  PageFrame,
} from '../../src/core/frames.js';
import { Link, type LinkOptions } from '../../src/core/link.js';
import { drain } from './fake-server.js';

type Frame = Record<string, unknown>;
type Line =
  | { from: 'page' | 'server'; frame: Frame; lost?: true }
  | { cut: true }
  | { advance: number }
  | { about: string; instance?: string };

const FOLDER = new URL('../../../spec/link/', import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl'));
const LOOSE = ['ack', 'ping', 'pong'];

type Lists = Pick<LinkOptions, 'calls'>;

function page(lists: Lists, auth: Credentials | undefined, attach?: LinkKey): Link {
  return new Link({ auth, random: () => 0.5, sdk: 'offhook/0.1.0', attach, ...lists });
}

/** Plays the page by the book: whatever the link does not say by itself, the person makes it say. */
class Page {
  /** Lists the calls that the next `hello` has, where the server names its process. */
  readonly #lists: Lists;
  #calls: readonly PageCall[] = [];
  link: Link;
  readonly delivered: Frame[] = [];
  #done = new Set<string>();
  readonly #said: Frame[] = [];
  #now = 0;

  constructor(lists: boolean) {
    this.#lists = lists ? { calls: () => this.#calls } : {};
    this.link = page(this.#lists, { token: 't' });
  }

  takes(frame: Frame): void {
    this.link.receive(this.#now, JSON.stringify(frame));
    this.#work();
  }

  deliverRaw(frame: Frame): void {
    if (frame.attach) {
      this.link = page(this.#lists, frame.auth as Credentials, frame.attach as LinkKey);
      this.#done = new Set();
    }
    if (frame.type === 'hello') {
      this.#calls = (frame.resume as LinkResume | undefined)?.calls ?? [];
      this.#connect();
    }
    if (LOOSE.includes(frame.type as string)) {
      this.#drop((said) => said.type === frame.type);
      return;
    }
    this.#drop((said) => LOOSE.includes(said.type as string));
    // A page may repeat what the server has; this one does not, and the server must not mind either.
    if (this.#said.length === 0 && this.#done.has(JSON.stringify(frame))) return;
    if (this.#said.length === 0) this.#make(frame);
    this.#drop((said) => LOOSE.includes(said.type as string));
    expect(this.#said.shift()).toEqual(frame);
    if ('seq' in frame) this.#done.add(JSON.stringify(frame));
  }

  cut(): void {
    this.link.closed(this.#now);
    this.#work();
  }

  advance(seconds: number): void {
    const until = this.#now + seconds * 1000;
    for (let at = this.link.wakeAt(); at !== undefined && at <= until; at = this.link.wakeAt()) {
      this.#now = at;
      this.link.wake(at);
      // No server answers while the network is away.
      if (this.link.state === 'connecting') this.link.closed(at);
      this.#work();
    }
    this.#now = until;
  }

  get unsaid(): Frame[] {
    return this.#said.filter((said) => !LOOSE.includes(said.type as string));
  }

  #make({ seq: _seq, ...frame }: Frame): void {
    this.link.send(this.#now, frame as unknown as PageFrame);
    this.#work();
  }

  #connect(): void {
    if (this.link.state === 'idle') this.link.start(this.#now);
    this.link.nudge(this.#now);
    this.#work();
    this.link.opened(this.#now);
    this.#work();
  }

  #drop(unwanted: (said: Frame) => boolean): void {
    while (this.#said[0] && unwanted(this.#said[0])) this.#said.shift();
  }

  #work(): void {
    for (const output of drain(this.link)) {
      if (output.kind === 'send') this.#said.push(JSON.parse(output.text) as Frame);
      if (output.kind === 'frame') this.delivered.push(output.frame as unknown as Frame);
    }
  }
}

/** Frames of the server were lost if the page's next `hello` has a lower number. */
function lost(lines: Line[], index: number, frame: Frame): boolean {
  for (const line of lines.slice(index + 1)) {
    if (!('from' in line) || line.frame.type !== 'hello') continue;
    const resume = line.frame.resume as { received: number } | undefined;
    return resume !== undefined && (frame.seq as number) > resume.received;
  }
  return false;
}

test('there are recordings to replay', () => {
  expect(FILES.length).toBeGreaterThan(10);
});

test.each(FILES)('%s', (file) => {
  const text = readFileSync(new URL(file, FOLDER), 'utf8').trim();
  const lines = text.split('\n').map((line) => JSON.parse(line) as Line);
  const [about] = lines;
  const page = new Page(about !== undefined && 'about' in about && about.instance !== undefined);
  const numbered: Frame[] = [];
  for (const [index, line] of lines.entries()) {
    if ('cut' in line) page.cut();
    else if ('advance' in line) page.advance(line.advance);
    else if ('from' in line && line.from === 'page') page.deliverRaw(line.frame);
    else if (
      'from' in line &&
      !line.lost &&
      !('seq' in line.frame && lost(lines, index, line.frame))
    ) {
      page.takes(line.frame);
      if ('seq' in line.frame) numbered.push(line.frame);
    }
  }
  expect(page.unsaid).toEqual([]);
  expect(page.delivered).toEqual(numbered);
});
