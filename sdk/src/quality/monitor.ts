/** Raises a warning when a call is bad for some time, and takes it back when it is good again. */
import type { Rule, RuleTable } from './rules.js';
import type { QualitySample } from './sample.js';

/** A warning about a call, raised or taken back. @public */
export interface Warning {
  /**
   * `high-rtt` (over 400 ms), `high-jitter` (over 30 ms), `high-inbound-loss` and `high-outbound-loss` (over 3 %),
   * `low-mos` (under 3), `no-inbound-bytes` and `no-outbound-bytes` (no byte in 3 s), or `constant-input-level` (a
   * microphone whose level does not change for 10 s).
   */
  readonly name: string;
  /** False when it is taken back. */
  readonly raised: boolean;
  /** What the last sample has, in the unit of the threshold; nothing when it has none. */
  readonly value: number | undefined;
  /** The values that were looked at, oldest first. */
  readonly values: readonly number[];
  /** Beyond this a value is bad. */
  readonly threshold: number;
  /** The samples that were looked at, oldest first. */
  readonly samples: readonly QualitySample[];
}

interface WatchedRule<Row> {
  readonly rule: Row;
  values: number[];
  samples: QualitySample[];
  raisedAt: number | undefined;
}

/** How a monitor takes its time. */
export interface MonitorTiming {
  /** Milliseconds from the first sample until anything is judged. */
  readonly startMs?: number;
  /** Milliseconds that a warning stands at least. */
  readonly standMs?: number;
}

/** Watches one call by some rules. */
export class Monitor<Row extends Rule = Rule> {
  readonly #watched: readonly WatchedRule<Row>[];
  readonly #startMs: number;
  readonly #standMs: number;
  #began: number | undefined;

  constructor(rules: RuleTable<Row>, { startMs = 0, standMs = 5_000 }: MonitorTiming = {}) {
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
    return this.evaluate(sample).map(([warning]) => warning);
  }

  /** As {@link Monitor.take}, each warning with its row of the table. */
  evaluate(sample: QualitySample): readonly (readonly [Warning, Row])[] {
    this.#began ??= sample.timestamp;
    if (sample.timestamp < this.#began + this.#startMs) return [];
    return this.#watched.flatMap((watched) => this.#judge(watched, sample));
  }

  /** Forgets the last values, as when the call was held: what comes now is judged by itself. */
  reset(): void {
    for (const watched of this.#watched) {
      watched.values = [];
      watched.samples = [];
    }
  }

  #judge(watched: WatchedRule<Row>, sample: QualitySample): (readonly [Warning, Row])[] {
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
    const { name, threshold } = rule;
    return [[{ name, raised: !raised, value, values, threshold, samples }, rule]];
  }
}
