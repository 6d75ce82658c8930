/** Chooses the sound that the client plays: ringing, the ringing tone, the end tone. */

import type { ToneName } from '../audio/built-in-sounds.js';
import type { SoundBoard } from '../audio/sound-player.js';
import { freshId } from '../core/clock.js';
import type { CallController } from './call-controller.js';
import type { ClientContext } from './client-context.js';
import { Tabs } from './tabs.js';

/** Rings for all calls of a client. */
export class Ringer {
  readonly #sounds: SoundBoard;
  readonly #tabs: Tabs;
  #wanted: ToneName | undefined;
  #now: ToneName | undefined;
  #stop: (() => void) | undefined;

  constructor(context: ClientContext) {
    const { audio, options, platform } = context;
    this.#sounds = audio.sounds;
    const name = (options.tabs ?? true) ? context.tabChannelName() : undefined;
    const channel = name === undefined ? undefined : platform.openTabChannel(name);
    this.#tabs = new Tabs(platform, freshId(platform.random), channel, () => this.refresh());
  }

  /** Something has changed among these calls. */
  update(calls: Iterable<CallController>): void {
    const all = [...calls].filter((call) => !call.info.quiet);
    const talking = all.some(
      (call) => (call.state === 'up' && !call.held) || call.state === 'answering',
    );
    const called = all.some((call) => call.state === 'incoming');
    const waiting = (state: string): boolean =>
      all.some((call) => call.state === state && !call.early);
    this.#tabs.ring(called && !talking);
    // A page in a call does not ring.
    if (called && !talking) this.#wanted = 'incoming';
    else if (waiting('ringing')) this.#wanted = 'ringing';
    else if (waiting('dialing')) this.#wanted = 'connecting';
    else this.#wanted = undefined;
    this.refresh();
  }

  /** Which tab may ring has changed. */
  refresh(): void {
    this.#ring(this.#wanted === 'incoming' && !this.#tabs.audible ? undefined : this.#wanted);
  }

  /** A key was pressed here. */
  keyPressed(digit: string): void {
    this.#sounds.play(`key-${digit}`);
  }

  /** The outgoing call was answered. */
  answered(): void {
    this.#sounds.play('answered');
  }

  /** A call that was answered, or ended by the other party, is over. */
  ended(): void {
    this.#sounds.play('ended');
  }

  /** Rings no more. */
  close(): void {
    this.#wanted = undefined;
    this.#ring(undefined);
    this.#tabs.close();
  }

  #ring(name: ToneName | undefined): void {
    if (name === this.#now) return;
    this.#stop?.();
    this.#now = name;
    this.#stop = name && this.#sounds.play(name);
  }
}
