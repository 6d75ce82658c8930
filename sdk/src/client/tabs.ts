/** Tabs of one user agree on which of them makes the ringing sound. */
import type { Timers } from '../core/clock.js';
import type { Whisper } from './platform.js';

/** Tabs that ring say so this often; one that is silent for longer than `LOST_MS` is frozen or gone. */
const BEAT_MS = 1_000;
const LOST_MS = 2_500;
/** All tabs learn of a call within this time. */
const GATHER_MS = 120;

interface Said {
  readonly tab: string;
  readonly rings: boolean;
  readonly visible: boolean;
}

interface Other {
  readonly visible: boolean;
  readonly heard: number;
}

/** What a tab needs. */
export interface TabWorld {
  readonly timers: Timers;
  /** Names this tab; of two tabs that are alike the lesser name rings. */
  readonly tab: string;
  readonly whisper: Whisper | undefined;
  visible(): boolean;
  /** Whether this tab is the one that is heard has changed. */
  changed(): void;
}

/** One tab among others. */
export class Tabs {
  readonly #world: TabWorld;
  readonly #others: Map<string, Other> = new Map();
  #rings = false;
  #audible = false;
  #unwake: (() => void) | undefined;

  constructor(world: TabWorld) {
    this.#world = world;
    if (world.whisper) world.whisper.onmessage = ({ data: said }) => this.#hear(said as Said);
  }

  /** Whether this tab may be heard. */
  get audible(): boolean {
    return this.#audible;
  }

  /** Somebody calls here, or nobody does any more. */
  ring(rings: boolean): void {
    if (rings === this.#rings) return;
    this.#rings = rings;
    this.#say();
    this.#unwake?.();
    if (!rings) this.#settle();
    else if (this.#world.whisper) this.#wake(GATHER_MS);
    else this.#settle();
  }

  /** Says goodbye to the other tabs. */
  close(): void {
    this.ring(false);
    this.#world.whisper?.close();
  }

  #wake(ms: number): void {
    this.#unwake = this.#world.timers.after(ms, () => {
      this.#settle();
      this.#say();
      this.#wake(BEAT_MS);
    });
  }

  #say(): void {
    const { whisper, tab } = this.#world;
    whisper?.postMessage({
      tab,
      rings: this.#rings,
      visible: this.#world.visible(),
    } satisfies Said);
  }

  #hear(said: Said): void {
    if (typeof said?.tab !== 'string' || said.tab === this.#world.tab) return;
    const known = this.#others.has(said.tab);
    if (said.rings) {
      this.#others.set(said.tab, { visible: said.visible, heard: this.#world.timers.now() });
    } else this.#others.delete(said.tab);
    // A tab that has just come does not know that we ring.
    if (said.rings && !known && this.#rings) this.#say();
    if (this.#audible || !said.rings) this.#settle();
  }

  #settle(): void {
    const now = this.#world.timers.now();
    for (const [tab, { heard }] of this.#others)
      if (now - heard > LOST_MS) this.#others.delete(tab);
    const mine = rank(this.#world.tab, this.#world.visible());
    const first = [...this.#others].every(([tab, { visible }]) => mine < rank(tab, visible));
    const audible = this.#rings && first;
    if (audible === this.#audible) return;
    this.#audible = audible;
    this.#world.changed();
  }
}

/** The tab that is seen goes first. */
const rank = (tab: string, visible: boolean): string => `${visible ? 0 : 1}${tab}`;
