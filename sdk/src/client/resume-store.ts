/** What a tab stores during a page reload: the link whose calls the next page takes over. */
import type { LinkKey } from '../core/frames.js';
import type { SessionStore } from './platform.js';

/** Longer than this no server waits for the next page. */
const FRESH_MS = 30_000;

interface SavedLink extends LinkKey {
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The memory of one client, read once. Never holds a password or a token. */
export class ResumeStore {
  readonly #store: SessionStore | undefined;
  readonly #name: string;

  /** The link of the page before; nothing when there was none, or when it is too old. */
  readonly previous: LinkKey | undefined;

  /**
   * @param who - Distinguishes this client from others of the page with the same address.
   * @param now - Milliseconds since 1970.
   */
  constructor(memory: SessionStore | undefined, address: string, who: string, now: number) {
    this.#store = memory;
    this.#name = `offhook ${address} ${who}`;
    this.previous = this.#load(now);
  }

  /** Remembers a link. @param now - Milliseconds since 1970. */
  save({ link, key }: LinkKey, now: number): void {
    const kept: SavedLink = { link, key, at: now };
    try {
      this.#store?.setItem(this.#name, JSON.stringify(kept));
    } catch {
      // A full or forbidden memory costs the calls, and nothing else.
    }
  }

  #load(now: number): LinkKey | undefined {
    try {
      const text = this.#store?.getItem(this.#name);
      this.#store?.removeItem(this.#name);
      if (!text) return undefined;
      const { link, key, at } = JSON.parse(text) as SavedLink;
      const fresh = typeof at === 'number' && now - at >= 0 && now - at < FRESH_MS;
      return fresh && typeof link === 'string' && typeof key === 'string'
        ? { link, key }
        : undefined;
    } catch {
      return undefined;
    }
  }
}
