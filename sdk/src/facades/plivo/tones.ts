/** Which sounds are made while it rings, and whether the far end is heard before it has answered. */
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

/** What a page may say of a sound. @public */
export type ToneWish = string | boolean | null;

/** The sounds of one client. */
export class Tones {
  readonly #sounds: SoundBoard;
  #ringBack = true;
  #stop: (() => void) | undefined;

  constructor(sounds: SoundBoard) {
    this.#sounds = sounds;
  }

  /** For those who call: our own sound, none, or a file's address. */
  ring(option: ToneWish): void {
    this.#set('incoming', option);
  }

  /** For the ringing at the other end; without it, what the server sends is heard instead. */
  ringBack(option: ToneWish): void {
    this.#ringBack = option !== false && option !== null;
    this.#set('ringing', option);
  }

  /** Before it rings at the other end. */
  connect(option: ToneWish): void {
    this.#set('connecting', option);
  }

  /** For one key. */
  key(digit: unknown, option: ToneWish): void {
    const key = keyOf(digit);
    if (key) this.#sounds.set(`key-${key}`, option ?? false);
  }

  /** The other end rings: either our sound is heard, or what the server sends. */
  ringing(call: Call): void {
    if (!this.#ringBack) return;
    call.setVolume(0);
    // Where the server sends nothing, the client itself makes the sound.
    if (call.earlyMedia) this.#stop ??= this.#sounds.play('ringing');
  }

  /** The other end has answered, or it is over. */
  over(call: Call | undefined): void {
    this.#stop?.();
    this.#stop = undefined;
    call?.setVolume(1);
  }

  #set(name: SoundName, option: ToneWish): void {
    this.#sounds.set(name, option ?? false);
  }
}
