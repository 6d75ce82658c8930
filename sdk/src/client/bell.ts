/** Which sound the client makes by itself at a moment: ringing, the tone of the other end's ringing, the end. */
import type { Sound } from '../audio/sound.js';
import type { ToneName } from '../audio/tones.js';
import type { CallLife } from './call-life.js';
import type { Sounds } from './options.js';

/** Rings for all calls of a client. */
export class Bell {
  readonly #sound: Sound;
  readonly #wanted: Sounds;
  #now: ToneName | undefined;
  #stop: (() => void) | undefined;

  constructor(sound: Sound, wanted: Sounds) {
    this.#sound = sound;
    this.#wanted = wanted;
  }

  /** Something has changed among these calls. */
  look(lives: Iterable<CallLife>): void {
    const all = [...lives];
    const talking = all.some((life) => life.state === 'up' || life.state === 'answering');
    const called = all.some((life) => life.state === 'incoming');
    const calling = all.some((life) => life.state === 'ringing' && !life.early);
    // Whoever is talking is not rung into the ear.
    if (called && !talking && this.#wanted.incoming) this.#ring('incoming');
    else if (calling && this.#wanted.ringing) this.#ring('ringing');
    else this.#ring(undefined);
  }

  /** A key was pressed here. */
  pressed(digit: string): void {
    if (this.#wanted.keys) this.#sound.play(`key-${digit}`);
  }

  /** A call that had got somewhere is over. */
  ended(): void {
    if (this.#wanted.ended) this.#sound.play('ended');
  }

  /** Rings no more. */
  close(): void {
    this.#ring(undefined);
  }

  #ring(name: ToneName | undefined): void {
    if (name === this.#now) return;
    this.#stop?.();
    this.#now = name;
    this.#stop = name && this.#sound.play(name);
  }
}
