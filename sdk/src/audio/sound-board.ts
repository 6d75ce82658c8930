/** The sounds a client makes by itself: which, from where, on which output. */
import type { Timers } from '../core/clock.js';
import { Chime } from './chime.js';
import type { Outputs } from './outputs.js';
import type { OwnSounds } from './own-sounds.js';
import type { Sound } from './sound.js';
import type { KeyName, ToneName } from './tones.js';

/**
 * What a sound is for: somebody calls; the other end rings; a call has been asked for; an outgoing call is
 * answered; a call is over; keys are pressed. @public
 */
export type SoundName = 'incoming' | 'ringing' | 'connecting' | 'answered' | 'ended' | 'keys';

/** The sound itself: our own (`true`), none (`false`), or a file of the page's by its address. @public */
export type SoundOption = boolean | string;

/** What is played for every use. @public */
export type SoundOptions = Readonly<Record<SoundName, SoundOption>>;

const ALL: SoundOptions = {
  incoming: true,
  ringing: true,
  connecting: true,
  answered: false,
  ended: true,
  keys: true,
};

/** Every use's option; what the page does not set is our own sound, but for what few telephones do. */
export function soundOptions(wanted: boolean | Partial<SoundOptions> | undefined): SoundOptions {
  if (typeof wanted === 'object') return { ...ALL, ...wanted };
  if (wanted ?? true) return ALL;
  const none = Object.keys(ALL).map((name) => [name, false]);
  return Object.fromEntries(none) as SoundOptions;
}

/** What a board needs of a page. */
export interface BoardWorld {
  readonly timers: Timers;
  readonly sound: Sound;
  makeAudio(): HTMLAudioElement;
  /** An address at which the page finds these bytes. */
  address(bytes: Uint8Array<ArrayBuffer>): string;
  /** Loads our own sounds. */
  own(): Promise<OwnSounds>;
  /** Where gestures come from. */
  readonly page: EventTarget | undefined;
  /** A file could not be played, so that our own sound is. */
  unplayable(name: ToneName): void;
}

/** Makes sounds. Nothing is made, fetched or kept before it is needed. @public */
export class SoundBoard {
  readonly #world: BoardWorld;
  readonly #outputs: Outputs;
  readonly #chimes: Map<ToneName, Chime> = new Map();
  readonly #options: Map<SoundName | KeyName, SoundOption>;

  /** @internal */
  constructor(world: BoardWorld, outputs: Outputs, options: SoundOptions) {
    this.#world = world;
    this.#outputs = outputs;
    this.#options = new Map(Object.entries(options) as [SoundName, SoundOption][]);
  }

  /** What is played for a use, or for one key such as `key-5`. */
  get(name: SoundName | KeyName): SoundOption {
    return this.#options.get(name) ?? this.#options.get('keys') ?? false;
  }

  /** Plays something else from now on, for a use or for one key alone. */
  set(name: SoundName | KeyName, option: SoundOption): void {
    this.#options.set(name, option);
    for (const [tone, chime] of this.#chimes) {
      if (tone === name || (name === 'keys' && !this.#options.has(tone)))
        chime.load(this.#url(tone));
    }
  }

  /** The element that plays a sound, for its volume and the like. @param key - Of `keys`, which. */
  element(name: SoundName | KeyName, key = '1'): HTMLAudioElement {
    return this.#chime(toneOf(name, key)).speaker.element;
  }

  /** Plays a sound once, so that a person can hear where and how loud it is. */
  test(name: SoundName | KeyName = 'incoming'): Promise<void> {
    return this.#chime(toneOf(name, '5')).once();
  }

  /** @internal Plays a sound, on and on if it is of that kind. Gives the function that stops it. */
  play(name: ToneName): () => void {
    if (this.get(name) === false) return () => undefined;
    const chime = this.#chime(name);
    chime.play();
    return () => chime.stop();
  }

  /** @internal Has our own sounds at hand, so that a call rings whatever the network does then. */
  prepare(): void {
    const wanted = [...this.#options.values()].some((option) => option !== false);
    if (wanted) void this.#world.own().catch(() => undefined);
  }

  /** @internal Lets everything go. */
  close(): void {
    for (const chime of this.#chimes.values()) {
      this.#outputs.remove(chime.speaker);
      chime.close();
    }
    this.#chimes.clear();
  }

  #url(name: ToneName): string | undefined {
    const option = this.get(name);
    return typeof option === 'string' ? option : undefined;
  }

  #chime(name: ToneName): Chime {
    const known = this.#chimes.get(name);
    if (known) return known;
    const world = { ...this.#world, unplayable: () => this.#world.unplayable(name) };
    const chime = new Chime(world, name, this.#url(name));
    this.#chimes.set(name, chime);
    this.#outputs.add(name === 'incoming' ? 'ringer' : 'speaker', chime.speaker);
    return chime;
  }
}

function toneOf(name: SoundName | KeyName, key: string): ToneName {
  return name === 'keys' ? `key-${key}` : name;
}
