/** Which sounds a device makes, in the vendor's names, told to our own sounds. */
import type { SoundBoard } from '../../audio/sound-board.js';
import { SoundName } from './words.js';

/** Sounds that can be switched. */
export type Toggle = 'incoming' | 'outgoing' | 'disconnect';

/** URLs by the vendor's names. */
export type SoundUrls = Partial<Record<SoundName, string>>;

/** What of our sounds is meant. */
type Ours = Parameters<SoundBoard['set']>[0];

const OURS: Readonly<Record<Toggle, Ours>> = {
  incoming: 'incoming',
  outgoing: 'answered',
  disconnect: 'ended',
};

/** The key that a sound is for: `dtmfs` is the star, `dtmfh` the hash. */
function keyOf(name: string): Ours {
  const key = name.slice('dtmf'.length);
  return `key-${{ s: '*', h: '#' }[key] ?? key}`;
}

/** The sounds of one device. */
export class Toggles {
  readonly #on: Record<Toggle, boolean> = { incoming: true, outgoing: true, disconnect: true };
  readonly #board: SoundBoard;
  #urls: SoundUrls;

  constructor(board: SoundBoard, urls: SoundUrls) {
    this.#board = board;
    this.#urls = urls;
    // The vendor makes no sound of its own while the other end rings.
    board.set('ringing', false);
    board.set('connecting', false);
    this.use(urls);
  }

  /** Whether a sound is made; with a value, from now on. */
  switch(name: Toggle, on: boolean | undefined): boolean {
    if (typeof on === 'boolean') {
      this.#on[name] = on;
      this.#tell(name);
    }
    return this.#on[name];
  }

  /** Other URLs from now on. */
  use(urls: SoundUrls): void {
    this.#urls = urls;
    for (const name of Object.keys(OURS) as Toggle[]) this.#tell(name);
    for (const name of Object.values(SoundName)) {
      if (name.startsWith('dtmf')) this.#board.set(keyOf(name), urls[name] ?? true);
    }
  }

  #tell(name: Toggle): void {
    this.#board.set(OURS[name], this.#on[name] && (this.#urls[name] ?? true));
  }
}
