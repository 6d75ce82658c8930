/** Gets a new access token before the old one expires, also within a call. */
import type { Timers } from '../core/clock.js';
import { OffhookError } from '../core/errors.js';

/** A new token is got this long before the old one expires, but not before half of its life. */
const AHEAD_MS = 60_000;
/** Between two attempts; a clock that is wrong must not make a loop. */
const GAP_MS = 10_000;

/** What a keeper needs. */
export interface TokenWorld {
  readonly timers: Timers;
  wallTime(): number;
  refresh: (() => string | Promise<string>) | undefined;
  /** A new token is there. */
  got(token: string): void;
  /** None could be got; it is tried again. */
  failed(error: OffhookError): void;
}

/** Keeps one client's token fresh. */
export class TokenKeeper {
  readonly #world: TokenWorld;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(world: TokenWorld) {
    this.#world = world;
  }

  /** Whether a new token can be got at all. */
  get able(): boolean {
    return this.#world.refresh !== undefined;
  }

  /**
   * Gets a token now.
   *
   * @throws {@link OffhookError} `token-refresh-failed`.
   */
  async fetch(): Promise<string> {
    let token: unknown;
    try {
      token = await this.#world.refresh?.();
    } catch (cause) {
      throw new OffhookError('token-refresh-failed', { cause });
    }
    if (typeof token === 'string' && token.length > 0 && token.length <= 8192) return token;
    throw new OffhookError('token-refresh-failed', {
      message: 'The refresh function gave no token of 1 to 8192 letters.',
    });
  }

  /** The present token expires then, in seconds since 1970; `null` is never. */
  expires(at: number | null): void {
    if (at === null || !this.able) return;
    const left = at * 1000 - this.#world.wallTime();
    this.#plan(Math.max(GAP_MS, left - Math.min(AHEAD_MS, left / 2)));
  }

  /** Gets no more tokens. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #plan(ms: number): void {
    this.#cancel?.();
    if (!this.#closed) this.#cancel = this.#world.timers.after(ms, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    try {
      const token = await this.fetch();
      if (!this.#closed) this.#world.got(token);
    } catch (error) {
      if (this.#closed) return;
      this.#world.failed(error as OffhookError);
      this.#plan(GAP_MS);
    }
  }
}
