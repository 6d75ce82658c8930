/** Gets a new access token before the old one expires, also within a call. */
import { text } from '../core/checks.js';
import type { Time } from '../core/clock.js';
import { OffhookError } from '../core/errors.js';
import type { Party } from '../core/frames.js';
import type { Platform } from './platform.js';

/** A new token is got this long before the old one expires, but not before half of its life. */
const AHEAD_MS = 60_000;
/** Between two requests for a token: tokens that have expired when they come must not make a loop. */
const GAP_MS = 10_000;

/** When a token expires, as the server reports it. */
export type TokenExpiry = Pick<Party, 'expires_at' | 'expires_in_s'>;

/** Events of a keeper. */
export interface TokenEvents {
  /** A new token is there. Rejects when the server does not accept it. */
  renewed(token: string): Promise<void>;
  /** No token came, or it was not accepted; it is tried again. */
  failed(error: OffhookError): void;
}

/** Keeps one client's token fresh. */
export class TokenKeeper {
  readonly #platform: Pick<Platform, 'timers' | 'wallTime'>;
  readonly #refresh: (() => string | Promise<string>) | undefined;
  readonly #events: TokenEvents;
  #cancel: (() => void) | undefined;
  #closed = false;
  /** When a token was asked for last. */
  #requestedAt: Time;
  /** When the present token ends, on the clock of the timers. */
  #expiresAt: Time | null = null;

  constructor(
    platform: Pick<Platform, 'timers' | 'wallTime'>,
    refresh: (() => string | Promise<string>) | undefined,
    events: TokenEvents,
  ) {
    this.#platform = platform;
    this.#refresh = refresh;
    this.#events = events;
    this.#requestedAt = platform.timers.now();
  }

  /** Milliseconds until the present token ends; `null` is never. */
  get left(): number | null {
    return this.#expiresAt === null
      ? null
      : Math.max(0, this.#expiresAt - this.#platform.timers.now());
  }

  /** Whether a new token can be got at all. */
  get canRefresh(): boolean {
    return this.#refresh !== undefined;
  }

  /**
   * Gets a token now.
   *
   * @throws {@link OffhookError} `token-refresh-failed`.
   */
  async fetch(): Promise<string> {
    let token: unknown;
    this.#requestedAt = this.#platform.timers.now();
    try {
      token = await this.#refresh?.();
    } catch (cause) {
      throw new OffhookError('token-refresh-failed', { cause });
    }
    if (text(8192, 1)(token)) return token;
    throw new OffhookError('token-refresh-failed', {
      message: 'The refresh function gave no token of 1 to 8192 letters.',
    });
  }

  /** The present token ends then. The server's clock counts, for the device's own may be wrong. */
  expires({ expires_at: at, expires_in_s: seconds }: TokenExpiry): void {
    this.#expiresAt = null;
    if (at === null) return;
    // Older servers send no remaining time.
    const left = seconds === undefined ? at * 1000 - this.#platform.wallTime() : seconds * 1000;
    this.#expiresAt = this.#platform.timers.now() + left;
    if (this.canRefresh) this.#schedule(left - Math.min(AHEAD_MS, left / 2));
  }

  /** Gets no more tokens. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #schedule(ms: number): void {
    this.#cancel?.();
    if (this.#closed) return;
    const { timers } = this.#platform;
    const wait = Math.max(ms, this.#requestedAt + GAP_MS - timers.now());
    this.#cancel = timers.after(wait, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    try {
      const token = await this.fetch();
      if (!this.#closed) await this.#events.renewed(token);
    } catch (error) {
      if (this.#closed) return;
      this.#events.failed(error as OffhookError);
      this.#schedule(GAP_MS);
    }
  }
}
