/** Which sounds are played while it rings, and whether early media is audible. */
import type { SoundBoard, SoundName } from '../../audio/sound-player.js';
import type { Call } from '../../client/call.js';
import { keyOf } from './options.js';

/** The vendor makes none at the end of a call. */
export const SOUNDS = {
  incoming: true,
  ringing: true,
  connecting: true,
  keys: true,
  ended: false,
} as const;

/** A sound: the built-in one, none, or a file's address. @public */
export type ToneOption = string | boolean | null;

/** The sounds of one client. */
export class Tones {
  readonly #sounds: SoundBoard;
  #ringBack = true;
  #stop: (() => void) | undefined;

  constructor(sounds: SoundBoard) {
    this.#sounds = sounds;
  }

  /** For incoming calls: the built-in sound, none, or a file's address. */
  ring(option: ToneOption): void {
    this.#set('incoming', option);
  }

  /** While an outgoing call rings; without it, early media is audible instead. */
  ringBack(option: ToneOption): void {
    this.#ringBack = option !== false && option !== null;
    this.#set('ringing', option);
  }

  /** Before an outgoing call rings. */
  connect(option: ToneOption): void {
    this.#set('connecting', option);
  }

  /** For one key. */
  key(digit: unknown, option: ToneOption): void {
    const key = keyOf(digit);
    if (key) this.#sounds.set(`key-${key}`, option ?? false);
  }

  /** The other party's device rings: plays either the built-in sound or early media. */
  ringing(call: Call): void {
    if (!this.#ringBack) return;
    call.setVolume(0);
    // Where the server sends nothing, the client itself makes the sound.
    if (call.earlyMedia) this.#stop ??= this.#sounds.play('ringing');
  }

  /** The call was answered, or has ended. */
  over(call: Call | undefined): void {
    this.#stop?.();
    this.#stop = undefined;
    call?.setVolume(1);
  }

  #set(name: SoundName, option: ToneOption): void {
    this.#sounds.set(name, option ?? false);
  }
}
