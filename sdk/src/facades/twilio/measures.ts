/** A call's samples and warnings as the vendor's pages get them. Loaded with the first call. */
import { Monitor } from '../../quality/monitor.js';
import type { QualitySample } from '../../quality/sample.js';
import type { TalkDesk } from './desk.js';
import { codecName, rtcSample } from './samples.js';
import { rtcWarning, vendorRules } from './warnings.js';

/** Nothing is judged in the first seconds of a call. */
const CALM_MS = 5_000;
const STILL = 'constant-audio-input-level';

/** What measures need of their call. */
export interface MeasuresWorld {
  readonly desk: TalkDesk;
  readonly warnings: boolean;
  muted(): boolean;
}

/** Tells one call's. */
export class Measures {
  readonly #world: MeasuresWorld;
  readonly #monitor: Monitor = new Monitor(vendorRules(), { startMs: CALM_MS });

  constructor(world: MeasuresWorld) {
    this.#world = world;
  }

  /** Takes a second's sample. @returns The codec in use. */
  take(sample: QualitySample): string {
    this.#world.desk.tell('sample', rtcSample(sample));
    if (this.#world.warnings) this.#judge(sample);
    return codecName(sample.codec);
  }

  #judge(sample: QualitySample): void {
    const { desk, muted } = this.#world;
    for (const warning of this.#monitor.take(sample)) {
      // A microphone that is shut says nothing, as it should.
      if (warning.name === STILL && muted()) continue;
      if (warning.raised) desk.tell('warning', warning.name, rtcWarning(warning));
      else desk.tell('warning-cleared', warning.name, null);
    }
  }
}
