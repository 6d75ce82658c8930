/** Tells the page how loud both directions are, sixty times a second. */
import type { Borrowed, Sound } from '../../audio/sound.js';
import type { Call } from '../../client/call.js';
import type { Timers } from '../../core/clock.js';

const EVERY_MS = 1000 / 60;
/** Bins that are looked at; the analyser's own range, -100 to -30 dB, is the vendor's. */
const WINDOW = 128;
const LOUDEST = 255;
/** Looks after which it is seen whether the microphone is another one. */
const FOLLOW = 30;

/** How loud it is, 0 to 1: the mean over the spectrum, from -100 to -30 dB. @public */
export interface AudioStats {
  readonly inputVolume: number;
  readonly outputVolume: number;
}

/** Looks at one direction, and follows it when its track is replaced. */
class Ear {
  readonly #stream: () => MediaStream | undefined;
  readonly #context: AudioContext;
  readonly #bins: Uint8Array<ArrayBuffer> = new Uint8Array(WINDOW / 2);
  #track: MediaStreamTrack | undefined;
  #source: MediaStreamAudioSourceNode | undefined;
  #analyser: AnalyserNode | undefined;
  #looks = 0;

  constructor(context: AudioContext, stream: () => MediaStream | undefined) {
    this.#context = context;
    this.#stream = stream;
  }

  level(): number {
    if (this.#looks++ % FOLLOW === 0) this.#follow();
    if (!this.#analyser) return 0;
    this.#analyser.getByteFrequencyData(this.#bins);
    const sum = this.#bins.reduce((total, bin) => total + bin, 0);
    return Number((sum / this.#bins.length / LOUDEST).toFixed(3));
  }

  close(): void {
    this.#source?.disconnect();
  }

  #follow(): void {
    const stream = this.#stream();
    const track = stream?.getAudioTracks()[0];
    if (!stream || !track || track === this.#track) return;
    this.#source?.disconnect();
    this.#track = track;
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = WINDOW;
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
  }
}

interface Ears {
  readonly input: Ear;
  readonly output: Ear;
  readonly borrowed: Borrowed;
}

/** What measuring needs. */
export interface VolumeWorld {
  readonly timers: Timers;
  readonly sound: Sound;
  /** Whether anybody listens. */
  heard(): boolean;
  tell(stats: AudioStats): void;
}

/** The volumes of one call. */
export class Volume {
  readonly #call: Call;
  readonly #world: VolumeWorld;
  #cancel: (() => void) | undefined;
  #ears: Ears | undefined;
  #due: number;

  constructor(call: Call, world: VolumeWorld) {
    this.#call = call;
    this.#world = world;
    this.#due = world.timers.now();
    this.#sleep();
  }

  /** The call is over. */
  close(): void {
    this.#cancel?.();
    this.#silence();
  }

  /** Timers are late by a millisecond or so; what is late is made good by the next. */
  #sleep(): void {
    const { timers } = this.#world;
    this.#due = Math.max(this.#due + EVERY_MS, timers.now());
    this.#cancel = timers.after(this.#due - timers.now(), () => {
      this.#look();
      this.#sleep();
    });
  }

  #look(): void {
    if (!this.#world.heard()) {
      this.#silence();
      return;
    }
    this.#ears ??= this.#listen();
    this.#world.tell({
      inputVolume: this.#ears?.input.level() ?? 0,
      outputVolume: this.#ears?.output.level() ?? 0,
    });
  }

  #listen(): Ears | undefined {
    const borrowed = this.#world.sound.borrow();
    if (!borrowed) return undefined;
    const { context } = borrowed;
    return {
      input: new Ear(context, () => this.#call.localStream),
      output: new Ear(context, () => this.#call.remoteStream),
      borrowed,
    };
  }

  #silence(): void {
    this.#ears?.input.close();
    this.#ears?.output.close();
    this.#ears?.borrowed.giveBack();
    this.#ears = undefined;
  }
}
