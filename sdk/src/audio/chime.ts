/** One sound that a client makes by itself: a file of the page's, or our own, wherever it is to be heard. */
import type { Timers } from '../core/clock.js';
import { Loudspeaker } from './outputs.js';
import type { Borrowed, Sound } from './sound.js';
import { atNextGesture } from './speaker.js';
import { synthesize, type Tone } from './tones.js';
import { WAVE_RATE, wave } from './wave.js';

/** What a chime needs. */
export interface ChimeWorld {
  readonly timers: Timers;
  readonly sound: Sound;
  /** Where gestures come from. */
  readonly page: EventTarget | undefined;
  makeAudio(): HTMLAudioElement;
  /** An address at which the page finds these bytes. */
  address(bytes: Uint8Array<ArrayBuffer>): string;
  /** The page's file cannot be played, so that our own sound is. */
  unplayable(): void;
}

/** A file of the page's that has not begun after this long leaves its place to our own sound. */
const PATIENCE_MS = 2_000;
/** `readyState` of an element that can play on (HTML §4.8.11.7). */
const PLAYABLE = 3;

/** Where the sound comes from: each is tried when the one before cannot be played. */
type Origin = 'page' | 'file' | 'made';

/** One sound and its elements. */
export class Chime {
  readonly speaker: Loudspeaker;
  readonly #world: ChimeWorld;
  readonly #tone: Tone;
  #origin: Origin = 'file';
  #file: string | undefined;
  #borrowed: Borrowed | undefined;
  /** What is playing now; whoever finds another here has been stopped. */
  #turn: object | undefined;
  readonly #stopWaiting: (() => void)[] = [];

  constructor(world: ChimeWorld, tone: Tone, url: string | undefined) {
    this.#world = world;
    this.#tone = tone;
    this.speaker = new Loudspeaker(() => world.makeAudio());
    this.speaker.element.onerror = () => this.#unplayable();
    this.load(url);
  }

  /** Plays that file from now on; our own sound without one. */
  load(url: string | undefined): void {
    this.stop();
    this.#giveBack();
    this.#origin = url === undefined ? 'file' : 'page';
    const address = url ?? this.#own();
    this.speaker.all((element) => {
      element.loop = this.#tone.repeats;
      element.src = address;
    });
  }

  /** Plays from the beginning, on and on if it is of that kind, until it is stopped. */
  play(): void {
    this.stop();
    this.speaker.all((element) => {
      element.loop = this.#tone.repeats;
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
    this.stop();
    this.#giveBack();
    this.speaker.element.onerror = null;
    this.speaker.close();
    this.speaker.element.removeAttribute('src');
    if (this.#file?.startsWith('blob:')) URL.revokeObjectURL(this.#file);
  }

  async #start(turn: object): Promise<void> {
    await this.speaker.placed;
    if (this.#turn !== turn) return;
    if (this.#origin === 'made') this.#make();
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
    const turn = this.#turn;
    if (this.#origin === 'page') {
      this.#world.unplayable();
      this.#origin = 'file';
      const own = this.#own();
      this.speaker.all((element) => {
        element.src = own;
      });
    } else if (this.#origin === 'file') {
      this.#origin = 'made';
      this.speaker.all((element) => element.removeAttribute('src'));
    } else return;
    if (turn) void this.#start(turn);
  }

  /** Our own sound as a file in memory, computed when it is first needed. */
  #own(): string {
    this.#file ??= this.#world.address(wave(synthesize(this.#tone, WAVE_RATE)));
    return this.#file;
  }

  /** Our own sound as a stream: no content policy has a word for those (CSP level 3, media-src). */
  #make(): void {
    this.#giveBack();
    this.#borrowed = this.#world.sound.borrow();
    const context = this.#borrowed?.context;
    if (!context) return;
    const samples = synthesize(this.#tone, context.sampleRate);
    const buffer = context.createBuffer(1, samples.length, context.sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
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
