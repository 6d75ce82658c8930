/** What can be heard and measured of one call: its audio element, volumes, samples and warnings. */
import type { Call } from '../../client/call.js';
import type { TalkDesk } from './desk.js';
import { loadMeasures } from './pieces.js';

/** Twenty times a second. */
const VOLUME_MS = 50;
const LOST = 'ice-connectivity-lost';

/** Listens to one call on behalf of the page. */
export class Listening {
  readonly #desk: TalkDesk;
  readonly #muted: () => boolean;
  /** The codec of the last sample. */
  codec = '';
  #played = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #stop: (() => void) | undefined;
  #over = false;

  constructor(desk: TalkDesk, muted: () => boolean) {
    this.#desk = desk;
    this.#muted = muted;
  }

  /** Sound comes: the page gets the element that plays it. */
  play(call: Call): void {
    if (this.#played) return;
    this.#played = true;
    this.#desk.tell('audio', call.element);
    this.#timer = setInterval(() => {
      if (!this.#desk.heard('volume')) return;
      const { input, output } = call.levels();
      this.#desk.tell('volume', this.#muted() ? 0 : input, output);
    }, VOLUME_MS);
  }

  /** The call is open. */
  async begin(call: Call, warnings: boolean): Promise<void> {
    const { Measures } = await loadMeasures();
    if (this.#over) return;
    const measures = new Measures({ desk: this.#desk, warnings, muted: this.#muted });
    this.#stop = call.on('sample', (sample) => {
      this.codec = measures.take(sample);
    });
  }

  /** The path is gone, or back. */
  interrupted(gone: boolean): void {
    if (gone) this.#desk.tell('warning', LOST);
    else this.#desk.tell('warning-cleared', LOST);
  }

  /** The call is over. */
  end(): void {
    this.#over = true;
    clearInterval(this.#timer);
    this.#stop?.();
  }
}
