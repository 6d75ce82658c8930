/**
 * RNNoise in an audio worklet. The worklet and the network's weights come from the package
 * `@sapphi-red/web-noise-suppressor` (MIT); the build lays its files beside this one, in `noise/`.
 */
import type { Processor } from '../processing.js';

const NODE = '@sapphi-red/web-noise-suppressor/rnnoise';
/** RNNoise knows 48 kHz only; the browser resamples what is different. */
const RATE_HZ = 48_000;

/** A module with one vector instruction: whoever takes it for valid has SIMD. */
const SIMD = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15,
  253, 98, 11,
];

/** Fetches what is needed and gives the processor that takes noise out of a stream. */
export async function loadNoise(
  place: string | undefined,
  makeContext: (options: AudioContextOptions) => AudioContext | undefined,
): Promise<Processor> {
  const base = new URL(
    place ?? '../noise/',
    place === undefined ? import.meta.url : document.baseURI,
  );
  const wasm = WebAssembly.validate(new Uint8Array(SIMD)) ? 'rnnoise_simd.wasm' : 'rnnoise.wasm';
  const reply = await fetch(new URL(wasm, base));
  if (!reply.ok) throw new Error(`${reply.url} answers ${reply.status}`);
  const wasmBinary = await reply.arrayBuffer();
  const made = new Map<MediaStream, () => void>();
  return {
    async create(stream) {
      const context = makeContext({ sampleRate: RATE_HZ, latencyHint: 'interactive' });
      if (!context) throw new Error('there is no Web Audio');
      try {
        await context.audioWorklet.addModule(new URL('rnnoise.js', base));
        if (context.state === 'suspended') await context.resume();
        const source = context.createMediaStreamSource(stream);
        const options = { processorOptions: { maxChannels: 1, wasmBinary } };
        const node = new AudioWorkletNode(context, NODE, { ...options, channelCount: 1 });
        const out = context.createMediaStreamDestination();
        source.connect(node).connect(out);
        made.set(out.stream, () => {
          node.port.postMessage('destroy');
          source.disconnect();
          void context.close();
        });
        return out.stream;
      } catch (error) {
        void context.close();
        throw error;
      }
    },
    async destroy(stream) {
      made.get(stream)?.();
      made.delete(stream);
    },
  };
}
