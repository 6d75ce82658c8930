/** Which sounds a device makes, in the vendor's names, as options of our own sounds. */
import type { SoundBoard } from '../../audio/sound-player.js';
import { SoundName } from './constants.js';

/** Sounds that can be switched. */
export type ToggleableSound = 'incoming' | 'outgoing' | 'disconnect';

/** URLs by the vendor's names. */
export type SoundUrls = Partial<Record<SoundName, string>>;

/** What of our sounds is meant. */
type SoundBoardName = Parameters<SoundBoard['set']>[0];

const SOUND_NAMES: Readonly<Record<ToggleableSound, SoundBoardName>> = {
  incoming: 'incoming',
  outgoing: 'answered',
  disconnect: 'ended',
};

/** The key that a sound is for: `dtmfs` is the star, `dtmfh` the hash. */
function keyOf(name: string): SoundBoardName {
  const key = name.slice('dtmf'.length);
  return `key-${{ s: '*', h: '#' }[key] ?? key}`;
}

/** The sounds of one device. */
export class DeviceSounds {
  readonly #on: Record<ToggleableSound, boolean> = {
    incoming: true,
    outgoing: true,
    disconnect: true,
  };
  readonly #sounds: SoundBoard;
  #urls: SoundUrls;

  constructor(board: SoundBoard, urls: SoundUrls) {
    this.#sounds = board;
    this.#urls = urls;
    // The vendor makes no sound of its own while the other end rings.
    board.set('ringing', false);
    board.set('connecting', false);
    this.use(urls);
  }

  /** Whether a sound is made; with a value, from now on. */
  switch(name: ToggleableSound, on: boolean | undefined): boolean {
    if (typeof on === 'boolean') {
      this.#on[name] = on;
      this.#apply(name);
    }
    return this.#on[name];
  }

  /** Other URLs from now on. */
  use(urls: SoundUrls): void {
    this.#urls = urls;
    for (const name of Object.keys(SOUND_NAMES) as ToggleableSound[]) this.#apply(name);
    for (const name of Object.values(SoundName)) {
      if (name.startsWith('dtmf')) this.#sounds.set(keyOf(name), urls[name] ?? true);
    }
  }

  #apply(name: ToggleableSound): void {
    this.#sounds.set(SOUND_NAMES[name], this.#on[name] && (this.#urls[name] ?? true));
  }
}
