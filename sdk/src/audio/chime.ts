/** One sound that a client makes by itself: a file of the page's, or our own, wherever it is to be heard. */
import type { Timers } from '../core/clock.js';
import { Loudspeaker } from './outputs.js';
import type { OwnSounds } from './own-sounds.js';
import type { Borrowed, Sound } from './sound.js';
import { atNextGesture } from './speaker.js';
import type { ToneName } from './tones.js';

/** What a chime needs. */
export interface ChimeWorld {
  readonly timers: Timers;
  readonly sound: Sound;
  /** Where gestures come from. */
  readonly page: EventTarget | undefined;
  makeAudio(): HTMLAudioElement;
  /** An address at which the page finds these bytes. */
  address(bytes: Uint8Array<ArrayBuffer>): string;
  /** Our own sounds, which are loaded when they are first needed. */
  own(): Promise<OwnSounds>;
  /** The page's file cannot be played, so that our own sound is. */
  unplayable(): void;
}

/** A file of the page's that has not begun after this long leaves its place to our own sound. */
const PATIENCE_MS = 2_000;
/** `readyState` of an element that can play on (HTML §4.8.11.7). */
const PLAYABLE = 3;

/** What sounds until it is stopped; everything else sounds once. */
const REPEAT: readonly ToneName[] = ['incoming', 'ringing', 'connecting'];

/** Where the sound comes from: each is tried when the one before cannot be played. */
type Origin = 'page' | 'file' | 'made';

/** One sound and its elements. */
export class Chime {
  readonly speaker: Loudspeaker;
  readonly #world: ChimeWorld;
  readonly #name: ToneName;
  readonly #repeats: boolean;
  #origin: Origin = 'file';
  #file: string | undefined;
  /** Settles when every element knows what to play. */
  #loaded: Promise<void> = Promise.resolve();
  #borrowed: Borrowed | undefined;
  /** What is playing now; whoever finds another here has been stopped. */
  #turn: object | undefined;
  #closed = false;
  readonly #stopWaiting: (() => void)[] = [];

  constructor(world: ChimeWorld, name: ToneName, url: string | undefined) {
    this.#world = world;
    this.#name = name;
    this.#repeats = REPEAT.includes(name);
    this.speaker = new Loudspeaker(() => world.makeAudio());
    this.speaker.element.onerror = () => this.#unplayable();
    this.load(url);
  }

  /** Plays that file from now on; our own sound without one. */
  load(url: string | undefined): void {
    this.stop();
    this.#giveBack();
    this.#origin = url === undefined ? 'file' : 'page';
    this.speaker.all((element) => {
      element.loop = this.#repeats;
    });
    if (url === undefined) this.#loadOwn();
    else this.#point(url);
  }

  /** Plays from the beginning, on and on if it is of that kind, until it is stopped. */
  play(): void {
    this.stop();
    this.speaker.all((element) => {
      element.loop = this.#repeats;
    });
    this.#turn = {};
    void this.#start(this.#turn);
  }

  /** Plays once. Settles when it has begun. */
  async once(): Promise<void> {
    this.stop();
    this.speaker.all((element) => {
      element.loop = false;
    });
    this.#turn = {};
    await this.#start(this.#turn);
  }

  stop(): void {
    this.#turn = undefined;
    for (const stop of this.#stopWaiting.splice(0)) stop();
    this.speaker.all((element) => element.pause());
    if (this.#origin === 'made') this.#giveBack();
  }

  /** Lets everything go. */
  close(): void {
    this.#closed = true;
    this.stop();
    this.#giveBack();
    this.speaker.element.onerror = null;
    this.speaker.close();
    this.speaker.element.removeAttribute('src');
    if (this.#file?.startsWith('blob:')) URL.revokeObjectURL(this.#file);
  }

  async #start(turn: object): Promise<void> {
    if (this.#origin === 'file' && this.#file === undefined) this.#loadOwn();
    await Promise.all([this.speaker.placed, this.#loaded]);
    if (this.#turn !== turn) return;
    if (this.#origin === 'made') await this.#make();
    if (this.#turn !== turn) return;
    if (this.#origin === 'page') this.#watch();
    const begun = this.speaker.elements.map((element) => {
      if (!element.srcObject) element.currentTime = 0;
      return element.play();
    });
    const fault = await Promise.all(begun).then(
      () => undefined,
      (error: { name?: string }) => error,
    );
    // A browser that refuses is asked again at the next gesture, if the sound is wanted still.
    if (fault?.name !== 'NotAllowedError' || this.#turn !== turn) return;
    if (this.speaker.element.loop) this.#atGesture(turn);
  }

  #atGesture(turn: object): void {
    const start = (): void => void this.#start(turn);
    this.#stopWaiting.push(atNextGesture(this.#world.page, start));
  }

  /** A file that neither comes nor fails must not keep anybody from hearing that it rings. */
  #watch(): void {
    const { timers } = this.#world;
    const stop = timers.after(PATIENCE_MS, () => {
      const { element } = this.speaker;
      if (!element.paused && element.readyState < PLAYABLE) this.#unplayable();
    });
    this.#stopWaiting.push(stop);
  }

  #unplayable(): void {
    if (this.#origin === 'page') {
      this.#world.unplayable();
      this.#origin = 'file';
      this.#loadOwn();
    } else if (this.#origin === 'file') {
      this.#origin = 'made';
      this.speaker.all((element) => element.removeAttribute('src'));
    } else return;
    if (!this.#turn) return;
    // Whoever has not come round to playing what cannot be played need not.
    this.#turn = {};
    void this.#start(this.#turn);
  }

  /** Our own sound as a file in memory. Whoever cannot load it is silent, and tries again when it is played. */
  #loadOwn(): void {
    this.#loaded = this.#own().catch(() => undefined);
  }

  async #own(): Promise<void> {
    const { ownFile } = await this.#world.own();
    if (this.#closed) return;
    this.#file ??= this.#world.address(ownFile(this.#name));
    // A file of the page's may be wanted by now.
    if (this.#origin === 'file') this.#point(this.#file);
  }

  #point(address: string): void {
    this.speaker.all((element) => {
      element.src = address;
    });
  }

  /** Our own sound as a stream: no content policy has a word for those (CSP level 3, media-src). */
  async #make(): Promise<void> {
    this.#giveBack();
    const own = await this.#world.own().catch(() => undefined);
    this.#borrowed = own && this.#world.sound.borrow();
    const context = this.#borrowed?.context;
    if (!own || !context) return;
    const source = context.createBufferSource();
    source.buffer = own.ownBuffer(this.#name, context);
    source.loop = this.speaker.element.loop;
    const out = context.createMediaStreamDestination();
    source.connect(out);
    source.start();
    this.speaker.all((element) => {
      element.srcObject = out.stream;
    });
  }

  #giveBack(): void {
    if (!this.#borrowed) return;
    this.#borrowed.giveBack();
    this.#borrowed = undefined;
    this.speaker.all((element) => {
      element.srcObject = null;
    });
  }
}
