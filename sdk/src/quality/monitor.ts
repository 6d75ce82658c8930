/** Raises a warning when a call is bad for some time, and takes it back when it is good again. */
import type { QualitySample } from './sample.js';

/** A warning about a call, raised or taken back. @public */
export interface Warning {
  /** Such as `high-rtt`; each has a line in the documentation. */
  readonly name: string;
  /** False when it is taken back. */
  readonly raised: boolean;
  /** What the last sample has, in the unit of the threshold; nothing when it does not tell. */
  readonly value: number | undefined;
  /** The values that were looked at, oldest first. */
  readonly values: readonly number[];
  /** From where on it is bad. */
  readonly threshold: number;
  /** The samples that were looked at, oldest first. */
  readonly samples: readonly QualitySample[];
}

/** What a rule thinks of the last values. */
export interface Opinion {
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
  judge(values: readonly number[]): Opinion;
}

/** Bad when `most[0]` of the last `most[1]` values are, good when `least` or fewer are. */
export function often(
  name: string,
  threshold: number,
  value: Rule['value'],
  bad: (value: number) => boolean,
  [count, window]: readonly [number, number] = [3, 5],
  least = 0,
): Rule {
  const judge = (values: readonly number[]): Opinion => {
    const found = values.filter(bad).length;
    return { bad: found >= count, good: values.length >= window && found <= least };
  };
  return { name, threshold, window, value, judge };
}

/** Bad when all of the last `window` values are, good when the last `calm` are not. */
export function always(
  name: string,
  threshold: number,
  value: Rule['value'],
  bad: (value: number) => boolean,
  window: number,
  calm: number,
): Rule {
  const judge = (values: readonly number[]): Opinion => ({
    bad: values.length >= window && values.every(bad),
    good: values.length >= calm && !values.slice(-calm).some(bad),
  });
  return { name, threshold, window, value, judge };
}

/** Bad when the mean of the last `window` values is beyond `threshold`, good at `calm` or below. */
export function onAverage(
  name: string,
  threshold: number,
  value: Rule['value'],
  window: number,
  calm: number,
): Rule {
  const judge = (values: readonly number[]): Opinion => {
    const average = mean(values);
    const full = values.length >= window;
    return { bad: full && average > threshold, good: full && average <= calm };
  };
  return { name, threshold, window, value, judge };
}

/** Bad when the last `window` values hardly differ: their standard deviation is below `threshold`. */
export function unchanging(
  name: string,
  threshold: number,
  value: Rule['value'],
  window = 10,
): Rule {
  const judge = (values: readonly number[]): Opinion => {
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

interface Watched {
  readonly rule: Rule;
  values: number[];
  samples: QualitySample[];
  raisedAt: number | undefined;
}

/** How a monitor takes its time. */
export interface Patience {
  /** Milliseconds from the first sample until anything is judged. */
  readonly startMs?: number;
  /** Milliseconds that a warning stands at least. */
  readonly standMs?: number;
}

/** Watches one call by some rules. */
export class Monitor {
  readonly #watched: readonly Watched[];
  readonly #startMs: number;
  readonly #standMs: number;
  #began: number | undefined;

  constructor(rules: readonly Rule[], { startMs = 0, standMs = 5_000 }: Patience = {}) {
    this.#watched = rules.map((rule) => ({ rule, values: [], samples: [], raisedAt: undefined }));
    this.#startMs = startMs;
    this.#standMs = standMs;
  }

  /** The names of the warnings that stand. */
  get standing(): readonly string[] {
    return this.#watched.flatMap(({ rule, raisedAt }) =>
      raisedAt === undefined ? [] : [rule.name],
    );
  }

  /** Takes a second's sample. @returns What has changed. */
  take(sample: QualitySample): readonly Warning[] {
    this.#began ??= sample.timestamp;
    if (sample.timestamp < this.#began + this.#startMs) return [];
    return this.#watched.flatMap((watched) => this.#look(watched, sample));
  }

  /** Forgets the last values, as when the call was held: what comes now is judged by itself. */
  forget(): void {
    for (const watched of this.#watched) {
      watched.values = [];
      watched.samples = [];
    }
  }

  #look(watched: Watched, sample: QualitySample): Warning[] {
    const { rule } = watched;
    const value = rule.value(sample);
    if (value === undefined) return [];
    watched.values = [...watched.values, value].slice(-rule.window);
    watched.samples = [...watched.samples, sample].slice(-rule.window);
    const { bad, good } = rule.judge(watched.values);
    const raised = watched.raisedAt !== undefined;
    if (bad && !raised) watched.raisedAt = sample.timestamp;
    else if (good && raised && sample.timestamp >= (watched.raisedAt ?? 0) + this.#standMs) {
      watched.raisedAt = undefined;
    } else return [];
    const { values, samples } = watched;
    return [
      { name: rule.name, raised: !raised, value, values, threshold: rule.threshold, samples },
    ];
  }
}
