/** Our samples in the vendor's shape and scales. */
import { roughMos } from '../../quality/mos.js';
import type { QualitySample } from '../../quality/sample.js';

/** Loudness is told on the scale of 16-bit samples. */
export const LOUDEST = 32_767;
/** R of a call without any impairment, in the vendor's formula. */
const BEST = 94.768;

/** Counted since the call began. @public */
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
    audioInputLevel: Math.round((sample.levelIn ?? 0) * LOUDEST),
    audioOutputLevel: Math.round((sample.levelOut ?? 0) * LOUDEST),
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
