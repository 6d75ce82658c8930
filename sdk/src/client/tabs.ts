/** Tabs of one user agree on which of them makes the ringing sound. */
import type { Platform, TabChannel } from './platform.js';

/** A ringing tab announces itself this often; without an announcement for `LOST_MS` it is frozen or closed. */
const BEAT_MS = 1_000;
const LOST_MS = 2_500;
/** All tabs learn of a call within this time. */
const GATHER_MS = 120;

interface TabMessage {
  readonly tab: string;
  readonly rings: boolean;
  readonly visible: boolean;
}

interface OtherTab {
  readonly visible: boolean;
  readonly seenAt: number;
}

/** One tab among others. */
export class Tabs {
  readonly #platform: Pick<Platform, 'timers' | 'visible'>;
  readonly #tab: string;
  readonly #channel: TabChannel | undefined;
  readonly #changed: () => void;
  readonly #others: Map<string, OtherTab> = new Map();
  #rings = false;
  #audible = false;
  #cancel: (() => void) | undefined;

  /**
   * @param tab - Names this tab; of two tabs that are alike the lesser name rings.
   * @param changed - Whether this tab is the one that rings has changed.
   */
  constructor(
    platform: Pick<Platform, 'timers' | 'visible'>,
    tab: string,
    channel: TabChannel | undefined,
    changed: () => void,
  ) {
    this.#platform = platform;
    this.#tab = tab;
    this.#channel = channel;
    this.#changed = changed;
    if (channel) channel.onmessage = ({ data: message }) => this.#receive(message as TabMessage);
  }

  /** Whether this tab may ring. */
  get audible(): boolean {
    return this.#audible;
  }

  /** An incoming call rings, or none does any more. */
  ring(rings: boolean): void {
    if (rings === this.#rings) return;
    this.#rings = rings;
    this.#announce();
    this.#cancel?.();
    if (!rings) this.#decide();
    else if (this.#channel) this.#schedule(GATHER_MS);
    else this.#decide();
  }

  /** Leaves the other tabs. */
  close(): void {
    this.ring(false);
    this.#channel?.close();
  }

  #schedule(ms: number): void {
    this.#cancel = this.#platform.timers.after(ms, () => {
      this.#decide();
      this.#announce();
      this.#schedule(BEAT_MS);
    });
  }

  #announce(): void {
    this.#channel?.postMessage({
      tab: this.#tab,
      rings: this.#rings,
      visible: this.#platform.visible(),
    } satisfies TabMessage);
  }

  #receive(message: TabMessage): void {
    if (typeof message?.tab !== 'string' || message.tab === this.#tab) return;
    const known = this.#others.has(message.tab);
    if (message.rings) {
      this.#others.set(message.tab, {
        visible: message.visible,
        seenAt: this.#platform.timers.now(),
      });
    } else this.#others.delete(message.tab);
    // A tab that has just come does not know that we ring.
    if (message.rings && !known && this.#rings) this.#announce();
    if (this.#audible || !message.rings) this.#decide();
  }

  #decide(): void {
    const now = this.#platform.timers.now();
    for (const [tab, { seenAt }] of this.#others)
      if (now - seenAt > LOST_MS) this.#others.delete(tab);
    const mine = rank(this.#tab, this.#platform.visible());
    const first = [...this.#others].every(([tab, { visible }]) => mine < rank(tab, visible));
    const audible = this.#rings && first;
    if (audible === this.#audible) return;
    this.#audible = audible;
    this.#changed();
  }
}

/** The tab that is seen goes first. */
const rank = (tab: string, visible: boolean): string => `${visible ? 0 : 1}${tab}`;
