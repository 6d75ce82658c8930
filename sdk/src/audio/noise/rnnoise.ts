/**
 * RNNoise in an audio worklet. What the worklet runs, and the network with its weights, lie in `noise/` beside
 * the SDK; they are fetched when noise reduction is turned on.
 */
import type { Processor } from '../source.js';
import { type Command, NODE, type Report } from './frames.js';

/** RNNoise knows 48 kHz only; the browser resamples what is different. */
const RATE_HZ = 48_000;
/** Whatever takes longer than this to begin would keep a call silent. */
const TIMEOUT_MS = 4_000;

/** Makes a context; nothing where there is no Web Audio, or not with these options. */
export type MakeContext = (options: AudioContextOptions) => AudioContext | undefined;

/** Where the files are. @param address - Set by the page, instead of beside the SDK. */
function folder(address: string | undefined): URL {
  if (address === undefined) return new URL('../noise/', import.meta.url);
  return new URL(address.endsWith('/') ? address : `${address}/`, document.baseURI);
}

/** Fetches what is needed and gives the processor that takes noise out of a stream. */
export async function loadNoise(
  address: string | undefined,
  makeContext: MakeContext,
): Promise<Processor> {
  const base = folder(address);
  const reply = await fetch(new URL('rnnoise.wasm', base));
  if (!reply.ok) throw new Error(`${reply.url} answers ${reply.status}`);
  const wasm = await reply.arrayBuffer();
  // Finds out now whether the page's content policy allows it, rather than in the first call.
  await WebAssembly.compile(wasm);
  const made = new Map<MediaStream, () => void>();
  return {
    async create(stream) {
      const context = makeContext({ sampleRate: RATE_HZ, latencyHint: 'interactive' });
      if (!context) throw new Error('there is no Web Audio at 48 kHz');
      try {
        const { out, end } = await within(build(context, stream, base, wasm));
        made.set(out, end);
        return out;
      } catch (fault) {
        void context.close();
        throw fault;
      }
    },
    async destroy(out) {
      made.get(out)?.();
      made.delete(out);
    },
  };
}

async function build(
  context: AudioContext,
  stream: MediaStream,
  base: URL,
  wasm: ArrayBuffer,
): Promise<{ out: MediaStream; end: () => void }> {
  await context.audioWorklet.addModule(new URL('worklet.js', base));
  await context.resume();
  // Firefox throws here if the microphone has another rate.
  const source = context.createMediaStreamSource(stream);
  const node = new AudioWorkletNode(context, NODE, {
    channelCount: 1,
    channelCountMode: 'explicit',
    outputChannelCount: [1],
    processorOptions: { wasm },
  });
  const out = context.createMediaStreamDestination();
  source.connect(node).connect(out);
  await ready(node);
  // A telephone call or a sleeping tab may stop it.
  context.onstatechange = () => {
    if (context.state !== 'closed') void context.resume().catch(() => undefined);
  };
  const end = (): void => {
    context.onstatechange = null;
    node.port.postMessage('end' satisfies Command);
    source.disconnect();
    void context.close();
  };
  return { out: out.stream, end };
}

function ready({ port }: AudioWorkletNode): Promise<void> {
  return new Promise((done, failed) => {
    port.onmessage = ({ data: report }: MessageEvent<Report>) => {
      if ('ready' in report) done();
      else failed(new Error(report.fault));
    };
  });
}

/** A browser that requires a gesture first neither starts nor fails. */
function within<Result>(work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, failed) => {
    timer = setTimeout(
      () => failed(new Error('the browser does not let it begin before a gesture')),
      TIMEOUT_MS,
    );
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
