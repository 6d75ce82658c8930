/** The sounds that a client plays by itself: which of them, from where, and on which output. */
import type { BuiltInSounds, KeyName, ToneName } from './built-in-sounds.js';
import { Loudspeaker, type Outputs } from './outputs.js';
import type { AudioContextLease, SharedAudioContext } from './shared-audio-context.js';
import { atNextGesture } from './speaker.js';

/** A file of the page's that has not begun after this long leaves its place to our own sound. */
const LOAD_TIMEOUT_MS = 2_000;
/** `readyState` of an element that can play on (HTML §4.8.11.7). */
const PLAYABLE = 3;

/** What sounds until it is stopped; everything else sounds once. */
const REPEAT: readonly ToneName[] = ['incoming', 'ringing', 'connecting'];

/** Where the sound comes from: each is tried when the one before cannot be played. */
type SoundSource = 'page' | 'file' | 'made';

/** Loads the built-in sounds. */
export type LoadBuiltIn = () => Promise<BuiltInSounds>;

/** One sound and its elements. */
export class SoundPlayer {
  readonly speaker: Loudspeaker;
  /** Called when a file cannot be played, so that the built-in sound is. */
  onunplayable: (() => void) | undefined;
  readonly #sound: SharedAudioContext;
  readonly #builtIn: LoadBuiltIn;
  readonly #name: ToneName;
  readonly #repeats: boolean;
  #source: SoundSource = 'file';
  #file: string | undefined;
  /** Settles when every element knows what to play. */
  #loaded: Promise<void> = Promise.resolve();
  #context: AudioContextLease | undefined;
  /** The current request to play; a request that is not the current one was stopped. */
  #request: object | undefined;
  #closed = false;
  readonly #stopWaiting: (() => void)[] = [];

  constructor(
    sound: SharedAudioContext,
    builtIn: LoadBuiltIn,
    name: ToneName,
    url: string | undefined,
  ) {
    this.#sound = sound;
    this.#builtIn = builtIn;
    this.#name = name;
    this.#repeats = REPEAT.includes(name);
    this.speaker = new Loudspeaker(() => sound.platform.makeAudio());
    this.speaker.element.onerror = () => this.#unplayable();
    this.load(url);
  }

  /** Plays that file from now on; our own sound without one. */
  load(url: string | undefined): void {
    this.stop();
    this.#release();
    this.#source = url === undefined ? 'file' : 'page';
    this.speaker.all((element) => {
      element.loop = this.#repeats;
    });
    if (url === undefined) this.#loadBuiltIn();
    else this.#setSource(url);
  }

  /** Plays from the beginning, on and on if it is of that kind, until it is stopped. */
  play(): void {
    this.stop();
    this.speaker.all((element) => {
      element.loop = this.#repeats;
    });
    this.#request = {};
    void this.#start(this.#request);
  }

  /** Plays once. Settles when it has begun. */
  async once(): Promise<void> {
    this.stop();
    this.speaker.all((element) => {
      element.loop = false;
    });
    this.#request = {};
    await this.#start(this.#request);
  }

  stop(): void {
    this.#request = undefined;
    for (const stop of this.#stopWaiting.splice(0)) stop();
    this.speaker.all((element) => element.pause());
    if (this.#source === 'made') this.#release();
  }

  /** Lets everything go. */
  close(): void {
    this.#closed = true;
    this.stop();
    this.#release();
    this.speaker.element.onerror = null;
    this.speaker.close();
    this.speaker.element.removeAttribute('src');
    if (this.#file?.startsWith('blob:')) URL.revokeObjectURL(this.#file);
  }

  async #start(turn: object): Promise<void> {
    if (this.#source === 'file' && this.#file === undefined) this.#loadBuiltIn();
    await Promise.all([this.speaker.placed, this.#loaded]);
    if (this.#request !== turn) return;
    if (this.#source === 'made') await this.#synthesize();
    if (this.#request !== turn) return;
    if (this.#source === 'page') this.#limitLoading();
    const begun = this.speaker.elements.map((element) => {
      if (!element.srcObject) element.currentTime = 0;
      return element.play();
    });
    const fault = await Promise.all(begun).then(
      () => undefined,
      (error: { name?: string }) => error,
    );
    // A browser that refuses is asked again at the next gesture, if the sound is wanted still.
    if (fault?.name !== 'NotAllowedError' || this.#request !== turn) return;
    if (this.speaker.element.loop) this.#atGesture(turn);
  }

  #atGesture(turn: object): void {
    const start = (): void => void this.#start(turn);
    this.#stopWaiting.push(atNextGesture(this.#sound.platform.page, start));
  }

  /** A file that neither loads nor fails must not silence the ringing. */
  #limitLoading(): void {
    const stop = this.#sound.platform.timers.after(LOAD_TIMEOUT_MS, () => {
      const { element } = this.speaker;
      if (!element.paused && element.readyState < PLAYABLE) this.#unplayable();
    });
    this.#stopWaiting.push(stop);
  }

  #unplayable(): void {
    if (this.#source === 'page') {
      this.onunplayable?.();
      this.#source = 'file';
      this.#loadBuiltIn();
    } else if (this.#source === 'file') {
      this.#source = 'made';
      this.speaker.all((element) => element.removeAttribute('src'));
    } else return;
    if (!this.#request) return;
    // The request to play what cannot be played is obsolete.
    this.#request = {};
    void this.#start(this.#request);
  }

  /** The built-in sound as a file in memory. Without it there is silence; it is loaded again at the next request. */
  #loadBuiltIn(): void {
    this.#loaded = this.#fetchBuiltIn().catch(() => undefined);
  }

  async #fetchBuiltIn(): Promise<void> {
    const { soundFile } = await this.#builtIn();
    if (this.#closed) return;
    this.#file ??= this.#sound.platform.soundAddress(soundFile(this.#name));
    // A file of the page's may be wanted by now.
    if (this.#source === 'file') this.#setSource(this.#file);
  }

  #setSource(address: string): void {
    this.speaker.all((element) => {
      element.src = address;
    });
  }

  /** Our own sound as a stream: no content policy covers those (CSP level 3, media-src). */
  async #synthesize(): Promise<void> {
    this.#release();
    const own = await this.#builtIn().catch(() => undefined);
    this.#context = own && this.#sound.acquire();
    const context = this.#context?.context;
    if (!own || !context) return;
    const source = context.createBufferSource();
    source.buffer = own.soundBuffer(this.#name, context);
    source.loop = this.speaker.element.loop;
    const out = context.createMediaStreamDestination();
    source.connect(out);
    source.start();
    this.speaker.all((element) => {
      element.srcObject = out.stream;
    });
  }

  #release(): void {
    if (!this.#context) return;
    this.#context.release();
    this.#context = undefined;
    this.speaker.all((element) => {
      element.srcObject = null;
    });
  }
}

/**
 * What a sound is for: an incoming call; the ringing of an outgoing call; the time before it rings; its answer; the
 * end of a call; keys. @public
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

/** Makes sounds. Nothing is made, fetched or kept before it is needed. @public */
export class SoundBoard {
  /** @internal Called when a file of the page's cannot be played, so that the built-in sound is. */
  onunplayable: ((name: ToneName) => void) | undefined;
  readonly #sound: SharedAudioContext;
  readonly #outputs: Outputs;
  readonly #builtIn: LoadBuiltIn;
  readonly #players: Map<ToneName, SoundPlayer> = new Map();
  readonly #options: Map<SoundName | KeyName, SoundOption>;

  /** @internal */
  constructor(
    sound: SharedAudioContext,
    outputs: Outputs,
    builtIn: LoadBuiltIn,
    options: SoundOptions,
  ) {
    this.#sound = sound;
    this.#outputs = outputs;
    this.#builtIn = builtIn;
    this.#options = new Map(Object.entries(options) as [SoundName, SoundOption][]);
  }

  /** What is played for a use, or for one key such as `key-5`. */
  get(name: SoundName | KeyName): SoundOption {
    return this.#options.get(name) ?? this.#options.get('keys') ?? false;
  }

  /** Plays something else from now on, for a use or for one key alone. */
  set(name: SoundName | KeyName, option: SoundOption): void {
    this.#options.set(name, option);
    for (const [tone, player] of this.#players) {
      if (tone === name || (name === 'keys' && !this.#options.has(tone)))
        player.load(this.#url(tone));
    }
  }

  /** The element that plays a sound, for its volume and the like. @param key - Of `keys`, which. */
  element(name: SoundName | KeyName, key = '1'): HTMLAudioElement {
    return this.#player(toneOf(name, key)).speaker.element;
  }

  /** Plays a sound once, as a test of output and volume. */
  test(name: SoundName | KeyName = 'incoming'): Promise<void> {
    return this.#player(toneOf(name, '5')).once();
  }

  /** @internal Plays a sound, on and on if it is of that kind. Gives the function that stops it. */
  play(name: ToneName): () => void {
    if (this.get(name) === false) return () => undefined;
    const player = this.#player(name);
    player.play();
    return () => player.stop();
  }

  /** @internal Loads the built-in sounds, so that a call rings even if the network fails then. */
  prepare(): void {
    const wanted = [...this.#options.values()].some((option) => option !== false);
    if (wanted) void this.#builtIn().catch(() => undefined);
  }

  /** @internal Lets everything go. */
  close(): void {
    for (const player of this.#players.values()) {
      this.#outputs.remove(player.speaker);
      player.close();
    }
    this.#players.clear();
  }

  #url(name: ToneName): string | undefined {
    const option = this.get(name);
    return typeof option === 'string' ? option : undefined;
  }

  #player(name: ToneName): SoundPlayer {
    const known = this.#players.get(name);
    if (known) return known;
    const player = new SoundPlayer(this.#sound, this.#builtIn, name, this.#url(name));
    player.onunplayable = () => this.onunplayable?.(name);
    this.#players.set(name, player);
    this.#outputs.add(name === 'incoming' ? 'ringer' : 'speaker', player.speaker);
    return player;
  }
}

function toneOf(name: SoundName | KeyName, key: string): ToneName {
  return name === 'keys' ? `key-${key}` : name;
}
