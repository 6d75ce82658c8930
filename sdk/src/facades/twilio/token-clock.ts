/** Knows when a token ends. */

/** Browsers keep to no longer wait than this. */
const LONGEST_MS = 2 ** 31 - 1;

/** What a clock tells. */
export interface TokenNews {
  expiring(): void;
  expired(): void;
}

/** Watches one token at a time. */
export class TokenClock {
  readonly #news: TokenNews;
  #timers: ReturnType<typeof setTimeout>[] = [];

  constructor(news: TokenNews) {
    this.#news = news;
  }

  /** @param end - When the token ends; null is never. @param aheadMs - How long before that is soon. */
  watch(end: Date | null, aheadMs: number): void {
    this.stop();
    if (!end) return;
    const left = end.getTime() - Date.now();
    this.#after(left - aheadMs, () => this.#news.expiring());
    this.#after(left, () => this.#news.expired());
  }

  /** Watches no more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }

  #after(ms: number, run: () => void): void {
    if (ms <= LONGEST_MS) this.#timers.push(setTimeout(run, Math.max(0, ms)));
  }
}
