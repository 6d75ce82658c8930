/** Gets a new access token before the old one expires, also within a call. */
import { text } from '../core/checks.js';
import type { Time, Timers } from '../core/clock.js';
import { OffhookError } from '../core/errors.js';
import type { Party } from '../core/frames.js';

/** A new token is got this long before the old one expires, but not before half of its life. */
const AHEAD_MS = 60_000;
/** Between two requests for a token: tokens that have expired when they come must not make a loop. */
const GAP_MS = 10_000;

/** When a token expires, as the server reports it. */
export type TokenExpiry = Pick<Party, 'expires_at' | 'expires_in_s'>;

/** What a keeper needs. */
export interface TokenKeeperDeps {
  readonly timers: Timers;
  /** Only for servers that do not send the remaining seconds of a token. */
  wallTime(): number;
  refresh: (() => string | Promise<string>) | undefined;
  /** A new token is there. Rejects when the server does not accept it. */
  renewed(token: string): Promise<void>;
  /** None could be got, or it was not accepted; it is tried again. */
  failed(error: OffhookError): void;
}

/** Keeps one client's token fresh. */
export class TokenKeeper {
  readonly #deps: TokenKeeperDeps;
  #cancel: (() => void) | undefined;
  #closed = false;
  /** When a token was asked for last. */
  #requestedAt: Time;
  /** When the present token ends, on the clock of the timers. */
  #expiresAt: Time | null = null;

  constructor(deps: TokenKeeperDeps) {
    this.#deps = deps;
    this.#requestedAt = deps.timers.now();
  }

  /** Milliseconds until the present token ends; `null` is never. */
  get left(): number | null {
    return this.#expiresAt === null ? null : Math.max(0, this.#expiresAt - this.#deps.timers.now());
  }

  /** Whether a new token can be got at all. */
  get canRefresh(): boolean {
    return this.#deps.refresh !== undefined;
  }

  /**
   * Gets a token now.
   *
   * @throws {@link OffhookError} `token-refresh-failed`.
   */
  async fetch(): Promise<string> {
    let token: unknown;
    this.#requestedAt = this.#deps.timers.now();
    try {
      token = await this.#deps.refresh?.();
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
    const { timers, wallTime } = this.#deps;
    const left = seconds === undefined ? at * 1000 - wallTime() : seconds * 1000;
    this.#expiresAt = timers.now() + left;
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
    const { timers } = this.#deps;
    const wait = Math.max(ms, this.#requestedAt + GAP_MS - timers.now());
    this.#cancel = timers.after(wait, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    try {
      const token = await this.fetch();
      if (!this.#closed) await this.#deps.renewed(token);
    } catch (error) {
      if (this.#closed) return;
      this.#deps.failed(error as OffhookError);
      this.#schedule(GAP_MS);
    }
  }
}
