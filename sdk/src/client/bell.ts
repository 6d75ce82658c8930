/** Which sound the client makes by itself at a moment: ringing, the tone of the other end's ringing, the end. */
import type { SoundBoard } from '../audio/sound-board.js';
import type { ToneName } from '../audio/tones.js';
import type { CallLife } from './call-life.js';
import type { Tabs } from './tabs.js';

/** Rings for all calls of a client. */
export class Bell {
  readonly #sounds: SoundBoard;
  readonly #tabs: Tabs;
  #wanted: ToneName | undefined;
  #now: ToneName | undefined;
  #stop: (() => void) | undefined;

  constructor(sounds: SoundBoard, tabs: Tabs) {
    this.#sounds = sounds;
    this.#tabs = tabs;
  }

  /** Something has changed among these calls. */
  look(lives: Iterable<CallLife>): void {
    const all = [...lives].filter((life) => !life.facts.quiet);
    const talking = all.some(
      (life) => (life.state === 'up' && !life.held) || life.state === 'answering',
    );
    const called = all.some((life) => life.state === 'incoming');
    const waiting = (state: string): boolean =>
      all.some((life) => life.state === state && !life.early);
    this.#tabs.ring(called && !talking);
    // Whoever is talking is not rung into the ear.
    if (called && !talking) this.#wanted = 'incoming';
    else if (waiting('ringing')) this.#wanted = 'ringing';
    else if (waiting('dialing')) this.#wanted = 'connecting';
    else this.#wanted = undefined;
    this.again();
  }

  /** Whether this tab may be heard has changed. */
  again(): void {
    this.#ring(this.#wanted === 'incoming' && !this.#tabs.audible ? undefined : this.#wanted);
  }

  /** A key was pressed here. */
  pressed(digit: string): void {
    this.#sounds.play(`key-${digit}`);
  }

  /** Somebody has taken the call that was made here. */
  answered(): void {
    this.#sounds.play('answered');
  }

  /** A call that had got somewhere is over. */
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
