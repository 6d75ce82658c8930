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
export type SoundWish = boolean | string;

/** A sound's wish for every use. @public */
export type SoundWishes = Readonly<Record<SoundName, SoundWish>>;

const ALL: SoundWishes = {
  incoming: true,
  ringing: true,
  connecting: true,
  answered: false,
  ended: true,
  keys: true,
};

/** Every use's wish; whatever was not wished otherwise is our own, but for what few telephones do. */
export function soundWishes(wanted: boolean | Partial<SoundWishes> | undefined): SoundWishes {
  if (typeof wanted === 'object') return { ...ALL, ...wanted };
  if (wanted ?? true) return ALL;
  const none = Object.keys(ALL).map((name) => [name, false]);
  return Object.fromEntries(none) as SoundWishes;
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
  readonly #wishes: Map<SoundName | KeyName, SoundWish>;

  /** @internal */
  constructor(world: BoardWorld, outputs: Outputs, wishes: SoundWishes) {
    this.#world = world;
    this.#outputs = outputs;
    this.#wishes = new Map(Object.entries(wishes) as [SoundName, SoundWish][]);
  }

  /** What is played for a use, or for one key such as `key-5`. */
  get(name: SoundName | KeyName): SoundWish {
    return this.#wishes.get(name) ?? this.#wishes.get('keys') ?? false;
  }

  /** Plays something else from now on, for a use or for one key alone. */
  set(name: SoundName | KeyName, wish: SoundWish): void {
    this.#wishes.set(name, wish);
    for (const [tone, chime] of this.#chimes) {
      if (tone === name || (name === 'keys' && !this.#wishes.has(tone)))
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
    const wanted = [...this.#wishes.values()].some((wish) => wish !== false);
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
    const wish = this.get(name);
    return typeof wish === 'string' ? wish : undefined;
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
