/** When to warn: rules as the rows of a table, and the SDK's own table. */
import type { QualitySample } from './sample.js';

/** What a rule makes of the last values. */
export interface Judgement {
  readonly bad: boolean;
  /** Good enough to take a warning back; between the two nothing changes. */
  readonly good: boolean;
}

/** When to warn of what. */
export interface Rule {
  readonly name: string;
  readonly threshold: number;
  /** How many values are looked at. */
  readonly window: number;
  /** The value of a sample; nothing when it has none, and then it does not count. */
  value(sample: QualitySample): number | undefined;
  judge(values: readonly number[]): Judgement;
}

/** A threshold, and on which side of it a value is bad. */
export interface Limit {
  readonly threshold: number;
  crossed(value: number): boolean;
}

/** Values above the threshold are bad. */
export const above = (threshold: number): Limit => ({
  threshold,
  crossed: (value) => value > threshold,
});

/** Values below the threshold are bad. */
export const below = (threshold: number): Limit => ({
  threshold,
  crossed: (value) => value < threshold,
});

/** Bad when `count` of the last `window` values are, good when `least` or fewer are. */
export function often(
  name: string,
  value: Rule['value'],
  { threshold, crossed }: Limit,
  [count, window]: readonly [number, number] = [3, 5],
  least = 0,
): Rule {
  const judge = (values: readonly number[]): Judgement => {
    const found = values.filter(crossed).length;
    return { bad: found >= count, good: values.length >= window && found <= least };
  };
  return { name, threshold, window, value, judge };
}

/** Bad when all of the last `window` values are, good when the last `calm` are not. */
export function always(
  name: string,
  value: Rule['value'],
  { threshold, crossed }: Limit,
  window: number,
  calm: number,
): Rule {
  const judge = (values: readonly number[]): Judgement => ({
    bad: values.length >= window && values.every(crossed),
    good: values.length >= calm && !values.slice(-calm).some(crossed),
  });
  return { name, threshold, window, value, judge };
}

/** Bad when the mean of the last `window` values is beyond `threshold`, good at `calm` or below. */
export function onAverage(
  name: string,
  value: Rule['value'],
  threshold: number,
  window: number,
  calm: number,
): Rule {
  const judge = (values: readonly number[]): Judgement => {
    const average = mean(values);
    const full = values.length >= window;
    return { bad: full && average > threshold, good: full && average <= calm };
  };
  return { name, threshold, window, value, judge };
}

/** Bad when the last `window` values hardly differ: their standard deviation is below `threshold`. */
export function unchanging(
  name: string,
  value: Rule['value'],
  threshold: number,
  window = 10,
): Rule {
  const judge = (values: readonly number[]): Judgement => {
    const still = values.length >= window && deviation(values) < threshold;
    return { bad: still, good: values.length >= window && !still };
  };
  return { name, threshold, window, value, judge };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function deviation(values: readonly number[]): number {
  const average = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - average) ** 2)));
}

/** All rules by which calls are judged; a facade's rows carry what goes along with its warnings. */
export type RuleTable<Row extends Rule = Rule> = readonly Row[];

/** Above these a conversation suffers: by ITU-T G.114, 150 ms one way are good and 400 ms the limit. */
const RTT_MS = 400;
const JITTER_MS = 30;
const LOSS = 0.03;
const MOS = 3;
/** Of full scale: a microphone in a silent room moves more than this, one that is switched off does not. */
const STILL = 0.0005;

/** The native warnings; {@link Warning} documents the thresholds. */
export function nativeRules(): RuleTable {
  return [
    often('high-rtt', ({ rttMs }) => rttMs, above(RTT_MS)),
    often('high-jitter', ({ jitterMs }) => jitterMs, above(JITTER_MS)),
    often('high-inbound-loss', ({ inboundLoss }) => inboundLoss, above(LOSS)),
    often('high-outbound-loss', ({ outboundLoss }) => outboundLoss, above(LOSS)),
    often('low-mos', ({ mos }) => mos, below(MOS)),
    always('no-inbound-bytes', ({ interval }) => interval.bytesReceived, below(1), 3, 2),
    always('no-outbound-bytes', ({ interval }) => interval.bytesSent, below(1), 3, 2),
    unchanging('constant-input-level', ({ inputLevel }) => inputLevel, STILL),
  ];
}
