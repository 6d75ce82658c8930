/** Tells when a token ends: once for each token, and never in a loop. */

/** Browsers keep to no longer wait than this. */
const LONGEST_MS = 2 ** 31 - 1;
/** Between two of the same: an application that answers with tokens which have ended must not make a loop. */
const GAP_MS = 10_000;

/** What a clock tells. */
export interface TokenNews {
  expiring(): void;
  expired(): void;
}

/** When a token ends, and how long that is from now; null is never. */
export interface TokenEnd {
  readonly expiresAt: Date | null;
  readonly expiresInMs: number | null;
}

type Event = keyof TokenNews;

/** Watches one token at a time. */
export class TokenClock {
  readonly #news: TokenNews;
  readonly #timers: Map<Event, ReturnType<typeof setTimeout>> = new Map();
  /** What the page was told last, of which end, and when. */
  readonly #told: Map<Event, { readonly end: number; readonly at: number }> = new Map();

  constructor(news: TokenNews) {
    this.#news = news;
  }

  /** @param aheadMs - How long before its end a token is about to end. */
  watch({ expiresAt, expiresInMs: left }: TokenEnd, aheadMs: number): void {
    this.stop();
    if (!expiresAt || left === null) return;
    this.#plan('expiring', left - aheadMs, expiresAt.getTime());
    this.#plan('expired', left, expiresAt.getTime());
  }

  /** The server has refused a token because it has ended. */
  refused(): void {
    this.#plan('expired', 0, Number.NaN);
  }

  /** Watches no more. */
  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #plan(event: Event, ms: number, end: number): void {
    const last = this.#told.get(event);
    if (ms > LONGEST_MS || last?.end === end) return;
    const gap = last ? last.at + GAP_MS - performance.now() : 0;
    const tell = (): void => {
      this.#told.set(event, { end, at: performance.now() });
      this.#news[event]();
    };
    clearTimeout(this.#timers.get(event));
    this.#timers.set(event, setTimeout(tell, Math.max(0, ms, gap)));
  }
}
