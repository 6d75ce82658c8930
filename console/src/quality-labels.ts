/** The quality of a call in words. */
import type { QualitySample } from './sdk.js';

/** How good, from 0 (nothing to understand) to 4 (as good as it can be), and the word for it. */
export interface Grade {
  readonly bars: number;
  readonly word: string;
}

/** The least mean opinion score of each grade, as the network check judges as well. */
const GRADES: readonly (readonly [number, number, string])[] = [
  [4.1, 4, 'Excellent'],
  [3.7, 3, 'Good'],
  [3.1, 2, 'Fair'],
  [1, 1, 'Poor'],
];

const WARNINGS: Readonly<Record<string, string>> = {
  'high-rtt':
    'Sound takes long to get there and back, so that you talk at the same time. The network is far or busy.',
  'high-jitter': 'Packets come unevenly: the network is busy, or the Wi-Fi is weak.',
  'high-inbound-loss':
    'Part of what they say is lost on its way to you: the network is busy, or the Wi-Fi is weak.',
  'high-outbound-loss':
    'Part of what you say is lost on its way to them: the network is busy, or the Wi-Fi is weak.',
  'low-mos': 'The call is hard to understand at the moment.',
  'no-inbound-bytes': 'Nothing arrives here at the moment.',
  'no-outbound-bytes': 'Nothing goes out from here at the moment.',
  'constant-input-level': 'The microphone gives no sound. It may be switched off.',
};

/** A warning in words. */
export function warningLabel(name: string): string {
  return WARNINGS[name] ?? `The call is not as good as it could be (${name}).`;
}

/** A mean opinion score as a grade. */
export function gradeOf(mos: number): Grade {
  const found = GRADES.find(([least]) => mos >= least);
  return found ? { bars: found[1], word: found[2] } : { bars: 0, word: 'Bad' };
}

/** A share as per cent. */
export function percent(share: number): string {
  const value = 100 * share;
  return `${value > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} %`;
}

/** Milliseconds. */
export function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${Math.round(ms)} ms`;
}

/** The name of a codec, without its parameters. */
export function codecLabel(codec: string | undefined): string {
  const name = codec?.split('/')[0]?.toUpperCase();
  if (name === 'OPUS') return 'Opus';
  return name === 'PCMU' || name === 'PCMA' ? 'G.711' : (name ?? '–');
}

/** The worse of what is lost in both directions, in this moment. */
export function lossOf({ inboundLoss, outboundLoss }: QualitySample): number {
  return Math.max(inboundLoss, outboundLoss ?? 0);
}
