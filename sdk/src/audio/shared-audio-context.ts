/** Web Audio, made when it is first needed, resumed at a gesture, and closed when it is not needed any more. */
import type { Timers } from '../core/clock.js';
import type { OpenMicrophone } from './source.js';
import { atNextGesture } from './speaker.js';

/** What audio takes from a page; the client's platform has more. */
export interface AudioPlatform {
  readonly timers: Timers;
  /** Emits gestures; nothing where there is no page. */
  readonly page: EventTarget | undefined;
  readonly openMicrophone: OpenMicrophone;
  enumerateDevices(): Promise<MediaDeviceInfo[]>;
  /** Calls `changed` when devices come and go, until the returned function is called. */
  watchDevices(changed: () => void): () => void;
  makeStream(tracks: MediaStreamTrack[]): MediaStream;
  makeAudio(): HTMLAudioElement;
  /** Nothing where there is no Web Audio, or not with these options. */
  makeContext(options?: AudioContextOptions): AudioContext | undefined;
  /** An address at which the page finds these bytes of a sound. */
  soundAddress(bytes: Uint8Array<ArrayBuffer>): string;
}

/** The use of a context. */
export interface AudioContextLease {
  readonly context: AudioContext;
  /** Is not needed any more; what was made with it must be disconnected. */
  release(): void;
}

/** Measures one stream. */
export interface Meter {
  /** From 0 to 1: the root mean square of the last 20 ms or so, on a curve that suits a bar. */
  level(): number;
  /** The root mean square itself, 0 to 1. */
  rms(): number;
  /** The loudest part of the spectrum in dBFS, -100 to 0: what some older products show. */
  peak(): number;
  close(): void;
}

/** -60 dBFS is the bottom of a bar, -6 dBFS its top. */
const BOTTOM_DB = -60;
const TOP_DB = -6;

/** Where on a bar from 0 to 1 a root mean square stands. */
export function barLevel(rms: number): number {
  if (rms <= 0) return 0;
  const decibels = 20 * Math.log10(rms);
  return Math.min(1, Math.max(0, (decibels - BOTTOM_DB) / (TOP_DB - BOTTOM_DB)));
}

/** The one audio context of a page. It exists while it is used: a context costs time even in silence. */
export class SharedAudioContext {
  readonly platform: AudioPlatform;
  readonly #users: Set<object> = new Set();
  #context: AudioContext | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(platform: AudioPlatform) {
    this.platform = platform;
  }

  /** The context, running or about to; nothing where there is no Web Audio. */
  acquire(): AudioContextLease | undefined {
    const context = this.#resume();
    if (!context) return undefined;
    const user = {};
    this.#users.add(user);
    return {
      context,
      release: () => {
        if (this.#users.delete(user) && this.#users.size === 0) this.close();
      },
    };
  }

  /** Measures a stream; nothing where there is no Web Audio. */
  meter(stream: MediaStream): Meter | undefined {
    const lease = this.acquire();
    if (!lease) return undefined;
    if (stream.getAudioTracks().length === 0) {
      // The stream of a held call has no track, and browsers refuse to measure such a stream.
      lease.release();
      return undefined;
    }
    const { context, release } = lease;
    const source = context.createMediaStreamSource(stream);
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const bins = new Float32Array(analyser.frequencyBinCount);
    const rms = (): number => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      return Math.sqrt(power);
    };
    return {
      rms,
      level: () => barLevel(rms()),
      peak: () => {
        analyser.getFloatFrequencyData(bins);
        return Math.min(0, Math.max(-100, ...bins));
      },
      close: () => {
        source.disconnect();
        release();
      },
    };
  }

  /** Closes the context; the next use creates another. */
  close(): void {
    this.#users.clear();
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    const context = this.#context;
    this.#context = undefined;
    if (context && context.state !== 'closed') void context.close().catch(() => undefined);
  }

  /** The context, asked to run; a browser that refuses is asked again at the next gesture. */
  #resume(): AudioContext | undefined {
    this.#context ??= this.platform.makeContext();
    const context = this.#context;
    if (context?.state === 'suspended') {
      void context.resume().catch(() => undefined);
      this.#stopWaiting?.();
      this.#stopWaiting = atNextGesture(this.platform.page, () => {
        void context.resume().catch(() => undefined);
      });
    }
    return context;
  }
}
