/** Everything that needs Web Audio: tones played to the person, and how loud a stream is. */

import { atNextGesture } from './speaker.js';
import { synthesize, type ToneName, tone } from './tones.js';

/** What Web Audio needs of a page. */
export interface SoundWorld {
  /** Makes the page's audio context; nothing where there is no Web Audio. */
  makeContext(): AudioContext | undefined;
  /** Where gestures come from. */
  readonly page: EventTarget | undefined;
}

/** Says how loud a stream is. */
export interface Meter {
  /** From 0 to 1: the root mean square of the last 20 ms or so, on a curve that suits a bar. */
  level(): number;
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

/** The one audio context of a client, made when it is first needed. */
export class Sound {
  readonly #world: SoundWorld;
  #context: AudioContext | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(world: SoundWorld) {
    this.#world = world;
  }

  /** Plays a tone, on and on if it is of that kind. Gives the function that stops it. */
  play(name: ToneName): () => void {
    const wanted = tone(name);
    const context = this.#awake();
    if (!wanted || !context) return () => undefined;
    const samples = synthesize(wanted, context.sampleRate);
    const buffer = context.createBuffer(1, samples.length, context.sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.loop = wanted.repeats;
    source.connect(context.destination);
    source.onended = () => source.disconnect();
    source.start();
    return () => source.stop();
  }

  /** Measures a stream; nothing where there is no Web Audio. */
  meter(stream: MediaStream): Meter | undefined {
    const context = this.#awake();
    if (!context) return undefined;
    const source = context.createMediaStreamSource(stream);
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    return {
      level: () => {
        analyser.getFloatTimeDomainData(samples);
        const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
        return barLevel(Math.sqrt(power));
      },
      close: () => source.disconnect(),
    };
  }

  /** Lets the context go. */
  close(): void {
    this.#stopWaiting?.();
    const context = this.#context;
    this.#context = undefined;
    if (context && context.state !== 'closed') void context.close().catch(() => undefined);
  }

  /** The context, asked to run; a browser that refuses is asked again at the next gesture. */
  #awake(): AudioContext | undefined {
    this.#context ??= this.#world.makeContext();
    const context = this.#context;
    if (context?.state === 'suspended') {
      void context.resume().catch(() => undefined);
      this.#stopWaiting?.();
      this.#stopWaiting = atNextGesture(this.#world.page, () => {
        void context.resume().catch(() => undefined);
      });
    }
    return context;
  }
}
