/** A call's samples and warnings as the vendor's pages get them. Loaded with the first call. */
import { Monitor, type Warning } from '../../quality/monitor.js';
import { roughMos } from '../../quality/mos.js';
import {
  above,
  always,
  below,
  often,
  onAverage,
  type Rule,
  type RuleTable,
  unchanging,
} from '../../quality/rules.js';
import type { QualitySample } from '../../quality/sample.js';
import type { CallContext } from './adapter-types.js';

/** Loudness is given on the scale of 16-bit samples. */
export const LOUDEST = 32_767;
/** R of a call without any impairment, in the vendor's formula. */
const BEST = 94.768;

/** Totals since the call began. @public */
export interface RTCSampleTotals {
  bytesReceived: number;
  bytesSent: number;
  packetsLost: number;
  /** Per cent. */
  packetsLostFraction: number;
  packetsReceived: number;
  packetsSent: number;
}

/** One second of a call. @public */
export interface RTCSample {
  // biome-ignore lint/suspicious/noExplicitAny: the vendor lets pages index a sample as they like.
  [key: string]: any;
  /** 0 to 32767. */
  audioInputLevel: number;
  /** 0 to 32767. */
  audioOutputLevel: number;
  bytesReceived: number;
  bytesSent: number;
  /** Such as `opus` or `PCMU`. */
  codecName: string;
  /** Milliseconds. */
  jitter: number;
  /** 1 to 4.5; null while it is not known. */
  mos: number | null;
  packetsLost: number;
  /** Per cent. */
  packetsLostFraction: number;
  packetsReceived: number;
  packetsSent: number;
  /** Milliseconds. */
  rtt: number;
  /** Milliseconds since 1970. */
  timestamp: number;
  totals: RTCSampleTotals;
}

/** Per cent of packets that did not come in this second. */
export function lostPercent({ interval }: QualitySample): number {
  return percent(interval.packetsLost, interval.packetsLost + interval.packetsReceived);
}

/** The vendor's own opinion score; null until round trips are known. */
export function vendorMos(sample: QualitySample): number | null {
  const { rttMs, jitterMs } = sample;
  if (rttMs === undefined || jitterMs === undefined) return null;
  return roughMos(BEST, { rttMs, jitterMs, loss: lostPercent(sample) / 100 });
}

/** A codec without its rate, spelled as browsers do. */
export function codecName(codec: string | undefined): string {
  const name = codec?.split('/')[0] ?? '';
  return name === 'opus' ? name : name.toUpperCase();
}

/** A sample as the vendor's pages get it. */
export function rtcSample(sample: QualitySample): RTCSample {
  const { interval, bytesReceived, bytesSent, packetsLost, packetsReceived, packetsSent } = sample;
  return {
    audioInputLevel: Math.round((sample.inputLevel ?? 0) * LOUDEST),
    audioOutputLevel: Math.round((sample.outputLevel ?? 0) * LOUDEST),
    ...interval,
    codecName: codecName(sample.codec),
    jitter: sample.jitterMs ?? 0,
    mos: vendorMos(sample),
    packetsLostFraction: lostPercent(sample),
    rtt: sample.rttMs ?? 0,
    timestamp: sample.timestamp,
    totals: {
      bytesReceived,
      bytesSent,
      packetsLost,
      packetsLostFraction: percent(packetsLost, packetsLost + packetsReceived),
      packetsReceived,
      packetsSent,
    },
  };
}

function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : (100 * Math.max(0, part)) / whole;
}

/** What was crossed. @public */
export interface ThresholdWarningData {
  name: string;
  value: number;
}

/** Why there is a warning. @public */
export interface RTCWarning {
  /** The field of a sample that it is about. */
  name?: string;
  samples?: RTCSample[];
  threshold?: ThresholdWarningData;
  value?: number;
  values?: number[];
}

const STILL = 'constant-audio-input-level';
const RTT_MS = 400;
const JITTER_MS = 30;
const LOST = 1;
const LOST_ON_AVERAGE = 3;
const MOS = 3;
const BYTES = 1;
/** A hundredth of the loudest. */
const STILL_LEVEL = LOUDEST / 100;

const mosOf = (sample: QualitySample): number | undefined => vendorMos(sample) ?? undefined;
const levelOf = ({ inputLevel }: QualitySample): number | undefined =>
  inputLevel === undefined ? undefined : inputLevel * LOUDEST;

/** A rule, with the field of a sample that it is about and the vendor's name for its threshold. */
interface VendorRule extends Rule {
  readonly field: string;
  readonly kind: string;
}

const row = (rule: Rule, field: string, kind = 'max'): VendorRule => ({ ...rule, field, kind });

/** The vendor's warnings. */
export function vendorRules(): RuleTable<VendorRule> {
  const sent: Rule['value'] = ({ interval }) => interval.bytesSent;
  const received: Rule['value'] = ({ interval }) => interval.bytesReceived;
  return [
    row(
      often('high-rtt', ({ rttMs }) => rttMs, above(RTT_MS)),
      'rtt',
    ),
    row(
      often('high-jitter', ({ jitterMs }) => jitterMs, above(JITTER_MS)),
      'jitter',
    ),
    row(often('high-packet-loss', lostPercent, above(LOST)), 'packetsLostFraction'),
    row(
      onAverage('high-packets-lost-fraction', lostPercent, LOST_ON_AVERAGE, 7, LOST),
      'packetsLostFraction',
      'maxAverage',
    ),
    row(often('low-mos', mosOf, below(MOS)), 'mos', 'min'),
    row(always('low-bytes-sent', sent, below(BYTES), 3, 2), 'bytesSent', 'min'),
    row(always('low-bytes-received', received, below(BYTES), 3, 2), 'bytesReceived', 'min'),
    row(unchanging(STILL, levelOf, STILL_LEVEL), 'audioInputLevel', 'minStandardDeviation'),
  ];
}

/** What goes along with a warning. */
export function rtcWarning(warning: Warning, { field, kind }: VendorRule): RTCWarning {
  const { samples, threshold, value, values } = warning;
  const converted: RTCWarning = {
    name: field,
    samples: samples.map(rtcSample),
    threshold: { name: kind, value: threshold },
    values: [...values],
  };
  return value === undefined ? converted : { ...converted, value };
}

/** Nothing is judged in the first seconds of a call. */
const CALM_MS = 5_000;

/** Emits the samples and warnings of one call. */
export class Measures {
  readonly #call: CallContext;
  readonly #warnings: boolean;
  readonly #muted: () => boolean;
  readonly #monitor: Monitor<VendorRule> = new Monitor(vendorRules(), { startMs: CALM_MS });

  constructor(call: CallContext, warnings: boolean, muted: () => boolean) {
    this.#call = call;
    this.#warnings = warnings;
    this.#muted = muted;
  }

  /** Takes a second's sample. @returns The codec in use. */
  take(sample: QualitySample): string {
    this.#call.emit('sample', rtcSample(sample));
    if (this.#warnings) this.#judge(sample);
    return codecName(sample.codec);
  }

  #judge(sample: QualitySample): void {
    for (const [warning, rule] of this.#monitor.evaluate(sample)) {
      // A muted microphone has a constant level, as it should.
      if (warning.name === STILL && this.#muted()) continue;
      if (warning.raised) this.#call.emit('warning', warning.name, rtcWarning(warning, rule));
      else this.#call.emit('warning-cleared', warning.name, null);
    }
  }
}
