/** Emits the volumes of both directions, sixty times a second. */
import type { AudioContextLease } from '../../audio/shared-audio-context.js';
import type { Call } from '../../client/call.js';
import type { Timers } from '../../core/clock.js';
import type { ClientContext } from './options.js';

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
class StreamAnalyser {
  readonly #stream: () => MediaStream | undefined;
  readonly #context: AudioContext;
  readonly #bins: Uint8Array<ArrayBuffer> = new Uint8Array(WINDOW / 2);
  #track: MediaStreamTrack | undefined;
  #source: MediaStreamAudioSourceNode | undefined;
  #analyser: AnalyserNode | undefined;
  #reads = 0;

  constructor(context: AudioContext, stream: () => MediaStream | undefined) {
    this.#context = context;
    this.#stream = stream;
  }

  level(): number {
    if (this.#reads++ % FOLLOW === 0) this.#follow();
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

interface Analysers {
  readonly input: StreamAnalyser;
  readonly output: StreamAnalyser;
  readonly lease: AudioContextLease;
}

/** The volumes of one call. */
export class Volume {
  readonly #call: Call;
  readonly #context: ClientContext;
  readonly #timers: Timers;
  #cancel: (() => void) | undefined;
  #analysers: Analysers | undefined;
  #due: number;

  constructor(call: Call, context: ClientContext) {
    this.#call = call;
    this.#context = context;
    this.#timers = context.kit.platform.timers;
    this.#due = this.#timers.now();
    this.#schedule();
  }

  /** The call is over. */
  close(): void {
    this.#cancel?.();
    this.#release();
  }

  /** Timers are late by a millisecond or so; what is late is made good by the next. */
  #schedule(): void {
    this.#due = Math.max(this.#due + EVERY_MS, this.#timers.now());
    this.#cancel = this.#timers.after(this.#due - this.#timers.now(), () => {
      this.#measure();
      this.#schedule();
    });
  }

  #measure(): void {
    if (!this.#context.hasListeners('volume')) {
      this.#release();
      return;
    }
    this.#analysers ??= this.#open();
    const stats: AudioStats = {
      inputVolume: this.#analysers?.input.level() ?? 0,
      outputVolume: this.#analysers?.output.level() ?? 0,
    };
    this.#context.emit('volume', stats);
  }

  #open(): Analysers | undefined {
    const lease = this.#context.kit.sound.acquire();
    if (!lease) return undefined;
    const { context } = lease;
    return {
      input: new StreamAnalyser(context, () => this.#call.localStream),
      output: new StreamAnalyser(context, () => this.#call.remoteStream),
      lease,
    };
  }

  #release(): void {
    this.#analysers?.input.close();
    this.#analysers?.output.close();
    this.#analysers?.lease.release();
    this.#analysers = undefined;
  }
}
