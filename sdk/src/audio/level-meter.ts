/** How loud the microphone is, for a bar on the screen. */
import type { Timers } from '../core/clock.js';
import type { Microphone } from './microphone.js';
import type { Meter, Sound } from './sound.js';

/** What measuring needs. */
export interface LevelWorld {
  readonly microphone: Microphone;
  readonly sound: Sound;
  readonly timers: Timers;
  /** Whether somebody looks. */
  wanted(): boolean;
  /** From 0 to 1. */
  tell(level: number): void;
}

const EVERY_MS = 100;

/**
 * Looks ten times a second. When it begins, it opens the microphone if nobody has; the end of the last call
 * closes it whoever still looks, and the next call is measured again.
 */
export class LevelMeter {
  readonly #world: LevelWorld;
  #running = false;
  #closed = false;

  constructor(world: LevelWorld) {
    this.#world = world;
  }

  /** Begins, unless it has. */
  async start(): Promise<void> {
    if (this.#running || this.#closed) return;
    this.#running = true;
    const { microphone, sound } = this.#world;
    let meter: Meter | undefined;
    const stopTap = microphone.tap((track) => {
      meter?.close();
      meter = track && sound.meter(new MediaStream([track]));
    });
    // Without a microphone there is no level; whoever needs one learns why when a call wants it.
    const letGo = await microphone.tryOut().catch(() => undefined);
    while (this.#world.wanted() && !this.#closed) {
      if (meter) this.#world.tell(meter.level());
      await new Promise<void>((done) => void this.#world.timers.after(EVERY_MS, done));
    }
    stopTap();
    meter?.close();
    letGo?.();
    this.#running = false;
    if (this.#world.wanted()) void this.start();
  }

  /** Measures nothing more. */
  close(): void {
    this.#closed = true;
  }
}
