/** RNNoise in the audio thread. A script of its own, which only an audio worklet can run. */
import createRnnoise, { type Rnnoise } from '@jitsi/rnnoise-wasm/dist/rnnoise.js';
import { type Command, Frames, NODE, type Report } from './frames.js';

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, made: new (options: Options) => object): void;

interface Options {
  readonly processorOptions: { readonly wasm: ArrayBuffer };
}

/** RNNoise works on 10 ms at 48 kHz, on samples as 16 bits have them. */
const FRAME = 480;
const FULL_SCALE = 32_768;

/** One RNNoise with its memory. */
class Denoiser {
  readonly #rnnoise: Rnnoise;
  readonly #state: number;
  readonly #memory: number;

  constructor(rnnoise: Rnnoise) {
    this.#rnnoise = rnnoise;
    this.#state = rnnoise._rnnoise_create(0);
    this.#memory = rnnoise._malloc(4 * FRAME);
    if (!this.#state || !this.#memory) throw new Error('there is no memory');
  }

  work(frame: Float32Array): void {
    const { HEAPF32: heap } = this.#rnnoise;
    const at = this.#memory / 4;
    for (let index = 0; index < FRAME; index++) heap[at + index] = (frame[index] ?? 0) * FULL_SCALE;
    this.#rnnoise._rnnoise_process_frame(this.#state, this.#memory, this.#memory);
    for (let index = 0; index < FRAME; index++) frame[index] = (heap[at + index] ?? 0) / FULL_SCALE;
  }

  free(): void {
    this.#rnnoise._rnnoise_destroy(this.#state);
    this.#rnnoise._free(this.#memory);
  }
}

/** Passes sound as it is until the network is ready, then without its noise, until it is ended. */
class NoiseProcessor extends AudioWorkletProcessor {
  #denoiser: Denoiser | undefined;
  #frames: Frames | undefined;
  #over = false;

  constructor({ processorOptions: { wasm } }: Options) {
    super();
    this.port.onmessage = ({ data: command }: MessageEvent<Command>) => {
      if (command === 'end') this.#end();
    };
    createRnnoise({ wasmBinary: wasm }).then(
      (rnnoise) => this.#begin(rnnoise),
      (fault: unknown) => this.#post({ fault: String(fault) }),
    );
  }

  /** Called by the browser for every 128 samples; false lets the node go. */
  process([input]: Float32Array[][], [output]: Float32Array[][]): boolean {
    const from = input?.[0];
    const to = output?.[0];
    if (this.#over) return false;
    if (!to) return true;
    if (this.#frames) this.#frames.pass(from ?? new Float32Array(to.length), to);
    else if (from) to.set(from);
    return true;
  }

  #begin(rnnoise: Rnnoise): void {
    if (this.#over) return;
    try {
      const denoiser = new Denoiser(rnnoise);
      this.#denoiser = denoiser;
      this.#frames = new Frames(FRAME, (frame) => denoiser.work(frame));
      this.#post({ ready: true });
    } catch (fault) {
      this.#post({ fault: String(fault) });
    }
  }

  #end(): void {
    this.#over = true;
    this.#frames = undefined;
    this.#denoiser?.free();
    this.#denoiser = undefined;
  }

  #post(report: Report): void {
    this.port.postMessage(report);
  }
}

registerProcessor(NODE, NoiseProcessor);
