/** When the vendor warns, and what its pages are told then. */
import {
  always,
  often,
  onAverage,
  type Rule,
  unchanging,
  type Warning,
} from '../../quality/monitor.js';
import type { QualitySample } from '../../quality/sample.js';
import { LOUDEST, lostPercent, type RTCSample, rtcSample, vendorMos } from './samples.js';

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

const RTT_MS = 400;
const JITTER_MS = 30;
const LOST = 1;
const LOST_ON_AVERAGE = 3;
const MOS = 3;
const BYTES = 1;
/** A hundredth of the loudest. */
const STILL = LOUDEST / 100;

const mosOf = (sample: QualitySample): number | undefined => vendorMos(sample) ?? undefined;
const levelOf = ({ levelIn }: QualitySample): number | undefined =>
  levelIn === undefined ? undefined : levelIn * LOUDEST;

/** The vendor's warnings. */
export function vendorRules(): readonly Rule[] {
  const above = (limit: number) => (value: number) => value > limit;
  const below = (limit: number) => (value: number) => value < limit;
  return [
    often('high-rtt', RTT_MS, ({ rttMs }) => rttMs, above(RTT_MS)),
    often('high-jitter', JITTER_MS, ({ jitterMs }) => jitterMs, above(JITTER_MS)),
    often('high-packet-loss', LOST, lostPercent, above(LOST)),
    onAverage('high-packets-lost-fraction', LOST_ON_AVERAGE, lostPercent, 7, LOST),
    often('low-mos', MOS, mosOf, below(MOS)),
    always('low-bytes-sent', BYTES, ({ interval }) => interval.bytesSent, below(BYTES), 3, 2),
    always(
      'low-bytes-received',
      BYTES,
      ({ interval }) => interval.bytesReceived,
      below(BYTES),
      3,
      2,
    ),
    unchanging('constant-audio-input-level', STILL, levelOf),
  ];
}

/** The field of a sample, and the kind of its threshold. */
const ABOUT: Readonly<Record<string, readonly [string, string]>> = {
  'high-rtt': ['rtt', 'max'],
  'high-jitter': ['jitter', 'max'],
  'high-packet-loss': ['packetsLostFraction', 'max'],
  'high-packets-lost-fraction': ['packetsLostFraction', 'maxAverage'],
  'low-mos': ['mos', 'min'],
  'low-bytes-sent': ['bytesSent', 'min'],
  'low-bytes-received': ['bytesReceived', 'min'],
  'constant-audio-input-level': ['audioInputLevel', 'minStandardDeviation'],
};

/** What goes along with a warning. */
export function rtcWarning({ name, samples, threshold, value, values }: Warning): RTCWarning {
  const [field = name, kind = 'max'] = ABOUT[name] ?? [];
  const told: RTCWarning = {
    name: field,
    samples: samples.map(rtcSample),
    threshold: { name: kind, value: threshold },
    values: [...values],
  };
  return value === undefined ? told : { ...told, value };
}
