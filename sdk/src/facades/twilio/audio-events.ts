/** What can be heard and measured of one call: its audio element, volumes, samples and warnings. */
import type { Call } from '../../client/call.js';
import { type Lazy, lazy } from '../../core/lazy.js';
import type { CallContext } from './adapter-types.js';

/** Samples and warnings. */
const loadMeasures: Lazy<typeof import('./measures.js')> = /* @__PURE__ */ lazy(
  () => import('./measures.js'),
);

/** Twenty times a second. */
const VOLUME_MS = 50;
const LOST = 'ice-connectivity-lost';

/** Listens to one call on behalf of the page. */
export class AudioEvents {
  readonly #context: CallContext;
  readonly #muted: () => boolean;
  /** The codec of the last sample. */
  codec = '';
  #played = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #stop: (() => void) | undefined;
  #ended = false;

  constructor(context: CallContext, muted: () => boolean) {
    this.#context = context;
    this.#muted = muted;
  }

  /** Sound comes: the page gets the element that plays it. */
  play(call: Call): void {
    if (this.#played) return;
    this.#played = true;
    this.#context.emit('audio', call.element);
    this.#timer = setInterval(() => {
      if (!this.#context.hasListeners('volume')) return;
      const { input, output } = call.levels();
      this.#context.emit('volume', this.#muted() ? 0 : input, output);
    }, VOLUME_MS);
  }

  /** The call is open. */
  async start(call: Call, warnings: boolean): Promise<void> {
    const { Measures } = await loadMeasures();
    if (this.#ended) return;
    const measures = new Measures(this.#context, warnings, this.#muted);
    this.#stop = call.on('sample', (sample) => {
      this.codec = measures.take(sample);
    });
  }

  /** The path is gone, or back. */
  interrupted(gone: boolean): void {
    if (gone) this.#context.emit('warning', LOST);
    else this.#context.emit('warning-cleared', LOST);
  }

  /** The call is over. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#timer);
    this.#stop?.();
  }
}
