/** A person's phone, whatever API its page uses: what people do with it, and what the API told meanwhile. */
import type { JSHandle, Page } from 'puppeteer-core';
import type { Wire } from '../proxy.js';
import { record, tone } from '../recorder.js';

/** The state of a call in neutral words; `none` if there never was one. */
export type State = 'none' | 'dialing' | 'ringing' | 'incoming' | 'ignored' | 'up' | 'ended';
/** What becomes of the others that ring when one is taken. */
export type Others = 'reject' | 'ignore' | 'letring';

/** What a page wants of its API. */
export interface LoginOptions {
  /** Further calls may come while there is one. */
  readonly several?: boolean;
  /** The page can take noise out of the microphone. */
  readonly noise?: boolean;
  /** The browser asks before the page is left in a call. */
  readonly closeProtection?: boolean;
}

/** The page's side, of which every API has one of its own; lives at `window.phone`. Calls go by the name of the peer. */
export interface PagePhone {
  /** What the API told, in its own words. */
  readonly emitted: string[];
  note(...words: unknown[]): void;
  /** Settles when somebody is logged in and can be called, or was told why not. */
  login(token: string, options: LoginOptions): Promise<void>;
  online(): boolean;
  /** Settles when the call was begun, or it was told why not. */
  call(peer: string): Promise<void>;
  accept(peer: string, others: Others): void;
  reject(peer: string): void;
  ignore(peer: string): void;
  hangUp(): void;
  state(peer: string): State;
  /** The call's id in the server's own spelling. */
  id(peer: string): string;
  remoteTrack(peer: string): MediaStreamTrack | undefined;
  /** Settles with whether that has changed anything. */
  reduceNoise(on: boolean): Promise<boolean>;
  /** Says that there was an echo. */
  rate(peer: string, score: number): Promise<void>;
}

declare global {
  interface Window {
    phone: PagePhone;
  }
}

/** Puts the part that all APIs share into a page; runs there. */
export function installNotes(): void {
  const emitted: string[] = [];
  const note = (...words: unknown[]): void => {
    const text = words.filter((word) => word !== undefined && word !== '').join(' ');
    // Everybody has a number behind their name, so that no scene meets people of another.
    emitted.push(text.replaceAll(/\b(alice|amy|bob)\d+/g, '$1'));
  };
  window.phone = { emitted, note } as unknown as PagePhone;
}

const PATIENCE_MS = 15_000;
const LISTEN_S = 0.4;
const LINE_CUT = /Firefox can’t establish a connection to the server at ws:/;

/** One person's. */
export class Phone {
  readonly page: Page;
  readonly line: Wire;
  readonly name: string;
  /** What the microphone plays. */
  readonly hz: number;
  /** Uncaught errors of the page. */
  readonly faults: string[] = [];

  constructor(page: Page, line: Wire, name: string, hz: number) {
    this.page = page;
    this.line = line;
    this.name = name;
    this.hz = hz;
    page.on('pageerror', (error) => {
      // Firefox reports a line that is cut as an error of the page, caught or not.
      if (!LINE_CUT.test(String(error))) this.faults.push(String(error));
    });
  }

  login(token: string, options: LoginOptions = {}): Promise<void> {
    return this.page.evaluate((...given) => window.phone.login(...given), token, options);
  }

  call(peer: Phone): Promise<void> {
    return this.page.evaluate((name) => window.phone.call(name), peer.name);
  }

  accept(peer: Phone, others: Others = 'reject'): Promise<void> {
    return this.page.evaluate((...given) => window.phone.accept(...given), peer.name, others);
  }

  reject(peer: Phone): Promise<void> {
    return this.page.evaluate((name) => window.phone.reject(name), peer.name);
  }

  ignore(peer: Phone): Promise<void> {
    return this.page.evaluate((name) => window.phone.ignore(name), peer.name);
  }

  hangUp(): Promise<void> {
    return this.page.evaluate(() => window.phone.hangUp());
  }

  state(peer: Phone): Promise<State> {
    return this.page.evaluate((name) => window.phone.state(name), peer.name);
  }

  id(peer: Phone): Promise<string> {
    return this.page.evaluate((name) => window.phone.id(name), peer.name);
  }

  reduceNoise(on: boolean): Promise<boolean> {
    return this.page.evaluate((now) => window.phone.reduceNoise(now), on);
  }

  rate(peer: Phone, score: number): Promise<void> {
    return this.page.evaluate((...given) => window.phone.rate(...given), peer.name, score);
  }

  emitted(): Promise<readonly string[]> {
    return this.page.evaluate(() => window.phone.emitted);
  }

  /** What was told until now is of no interest. */
  forget(): Promise<void> {
    return this.page.evaluate(() => {
      window.phone.emitted.length = 0;
    });
  }

  /** Waits until the call with somebody is in some state. */
  until(wanted: State, peer: Phone): Promise<void> {
    return this.#wait(
      `${wanted} with ${peer.name}`,
      async () => (await this.state(peer)) === wanted,
    );
  }

  /** Waits until the server can be reached, or cannot. */
  untilOnline(wanted: boolean): Promise<void> {
    const now = (): Promise<boolean> => this.page.evaluate(() => window.phone.online());
    return this.#wait(wanted ? 'online' : 'offline', async () => (await now()) === wanted);
  }

  /** Waits until a tone stands out of what is heard of somebody. */
  hears(peer: Phone, hz: number = peer.hz): Promise<void> {
    const clear = async (): Promise<boolean> => tone(await this.listen(peer), hz) > 20;
    return this.#wait(`${hz} Hz of ${peer.name}`, clear);
  }

  /** What is heard of somebody within the next moment. */
  async listen(peer: Phone, seconds: number = LISTEN_S): Promise<Float32Array> {
    const track = await this.page.evaluateHandle(
      (name) => window.phone.remoteTrack(name),
      peer.name,
    );
    const recorded = await record(
      this.page,
      track as JSHandle<MediaStreamTrack | undefined>,
      seconds,
    );
    await track.dispose();
    return recorded;
  }

  /** Whether the browser would ask before the page is left. */
  asks(): Promise<boolean> {
    return this.page.evaluate(() => {
      const event = new Event('beforeunload', { cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    });
  }

  async #wait(what: string, done: () => Promise<boolean>): Promise<void> {
    const limit = Date.now() + PATIENCE_MS;
    while (!(await done())) {
      if (Date.now() > limit) {
        const emitted = (await this.emitted()).join('; ');
        throw new Error(`${this.name} is not ${what}, but was told: ${emitted}`);
      }
      await new Promise((later) => setTimeout(later, 20));
    }
  }
}
