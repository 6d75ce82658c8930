/** What can be heard and measured of one call: its audio element, volumes, samples and warnings. */
import type { Call } from '../../client/call.js';
import { Monitor } from '../../quality/monitor.js';
import type { QualitySample } from '../../quality/sample.js';
import type { TalkDesk } from './desk.js';
import { codecName, rtcSample } from './samples.js';
import { rtcWarning, vendorRules } from './warnings.js';

/** Twenty times a second. */
const VOLUME_MS = 50;
/** Nothing is judged in the first seconds of a call. */
const CALM_MS = 5_000;
const LOST = 'ice-connectivity-lost';
const STILL = 'constant-audio-input-level';

/** Listens to one call on behalf of the page. */
export class Listening {
  readonly #desk: TalkDesk;
  readonly #muted: () => boolean;
  readonly #monitor: Monitor = new Monitor(vendorRules(), { startMs: CALM_MS });
  /** The codec of the last sample. */
  codec = '';
  #played = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #stop: (() => void) | undefined;

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
  begin(call: Call, warnings: boolean): void {
    this.#stop = call.on('sample', (sample) => {
      this.codec = codecName(sample.codec);
      this.#desk.tell('sample', rtcSample(sample));
      if (warnings) this.#judge(sample);
    });
  }

  /** The path is gone, or back. */
  interrupted(gone: boolean): void {
    if (gone) this.#desk.tell('warning', LOST);
    else this.#desk.tell('warning-cleared', LOST);
  }

  /** The call is over. */
  end(): void {
    clearInterval(this.#timer);
    this.#stop?.();
  }

  #judge(sample: QualitySample): void {
    for (const warning of this.#monitor.take(sample)) {
      // A microphone that is shut says nothing, as it should.
      if (warning.name === STILL && this.#muted()) continue;
      if (warning.raised) this.#desk.tell('warning', warning.name, rtcWarning(warning));
      else this.#desk.tell('warning-cleared', warning.name, null);
    }
  }
}
