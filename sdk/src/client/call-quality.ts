/** Watches how a call fares while it is up: samples, warnings, and why somebody hears nothing. */
import type { FlatSample, PageFrame } from '../core/frames.js';
import {
  type AudioIssue,
  diagnose,
  type Evidence,
  type PacketStats,
} from '../quality/diagnosis.js';
import { Monitor } from '../quality/monitor.js';
import { PathWatch } from '../quality/path-watch.js';
import { NATIVE_RULES } from '../quality/rules.js';
import type { QualitySample } from '../quality/sample.js';
import type { CallLife } from './call-life.js';

export { sample } from '../quality/sample.js';

const EVERY_MS = 1_000;
/** So many samples go to the server at once. */
const BATCH = 10;
/** A direction that was silent for so many seconds is looked into, and again after as many more. */
const SILENT_S = 4;
const AGAIN_S = 10;
/** The engine is asked twice, so far apart that packets would have come meanwhile. */
const COUNT_MS = 1_500;
/** Quieter than this is silence: -66 dB of full scale. */
const QUIET = 0.0005;

/** Asks the server what it has counted. */
export type CountPackets = () => Promise<PacketStats>;

/** One call's quality, from its answer, when this is made, to its end. */
export class CallQuality {
  readonly #life: CallLife;
  readonly #insights: boolean;
  readonly #count: CountPackets;
  readonly #monitor: Monitor = new Monitor(NATIVE_RULES, { startMs: 5_000 });
  readonly #path: PathWatch = new PathWatch();
  readonly #batch: FlatSample[] = [];
  readonly #recent: QualitySample[] = [];
  #unwake: (() => void) | undefined;
  #lookAt = 0;
  #issues: readonly AudioIssue[] = [];
  #looking = false;
  #over = false;

  constructor(life: CallLife, insights: boolean, count: CountPackets) {
    this.#life = life;
    this.#insights = insights;
    this.#count = count;
    this.#sleep();
  }

  /** The call is over: what was not told yet is told. */
  end(): void {
    this.#over = true;
    this.#unwake?.();
    this.#flush();
  }

  #sleep(): void {
    this.#unwake = this.#life.world.timers.after(EVERY_MS, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    const { audio, held } = this.#life;
    // A connection that was just closed has nothing to tell in some browsers.
    const sample = await audio.sample().catch(() => undefined);
    if (this.#over) return;
    if (sample) {
      this.#life.tell('sample', sample);
      if (held || this.#life.heldByPeer) this.#monitor.forget();
      else this.#judge(sample);
      if (this.#insights) this.#note(sample);
      const sign = held ? undefined : this.#path.take(sample);
      if (sign === 'died') this.#life.world.stranded(this.#life);
      else if (sign) audio.revived();
      this.#suspect(sample);
    }
    this.#sleep();
  }

  #judge(sample: QualitySample): void {
    for (const warning of this.#monitor.take(sample)) {
      this.#life.tell('warning', warning);
      if (!this.#insights) continue;
      const { name, raised, value } = warning;
      const frame: PageFrame = { type: 'warning', call: this.#life.facts.name, name, raised };
      this.#life.world.send(value === undefined ? frame : { ...frame, value });
    }
  }

  #note(sample: QualitySample): void {
    this.#batch.push(flat(sample));
    if (this.#batch.length >= BATCH) this.#flush();
  }

  #flush(): void {
    const samples = this.#batch.splice(0);
    if (samples.length === 0 || this.#life.state !== 'up') return;
    this.#life.world.send({ type: 'samples', call: this.#life.facts.name, samples });
  }

  /** Looks into it when a direction was silent for some time, or to see whether it still is. */
  #suspect(sample: QualitySample): void {
    this.#recent.push(sample);
    if (this.#recent.length > SILENT_S) this.#recent.shift();
    if (this.#looking || this.#recent.length < SILENT_S || sample.timestamp < this.#lookAt) return;
    const { muted, held, heldByPeer, audio } = this.#life;
    const still = !this.#heard() || (!muted && !this.#said());
    const wrong = still && !held && !heldByPeer;
    if (!wrong && this.#issues.length === 0) return;
    this.#lookAt = sample.timestamp + 1000 * AGAIN_S;
    if (!wrong && audio.state === 'connected') this.#found([]);
    else void this.#look();
  }

  #heard(): boolean {
    return this.#recent.some(
      ({ interval, levelOut }) => interval.bytesReceived > 0 && loud(levelOut),
    );
  }

  #said(): boolean {
    return this.#recent.some(({ interval, levelIn }) => interval.bytesSent > 0 && loud(levelIn));
  }

  async #look(): Promise<void> {
    this.#looking = true;
    const counted = await this.#counted().catch(() => undefined);
    this.#looking = false;
    if (!this.#over) this.#found(diagnose(this.#evidence(counted)));
  }

  /** What the server counts in a second and a half. */
  async #counted(): Promise<PacketStats> {
    const before = await this.#count();
    await new Promise<void>((done) => void this.#life.world.timers.after(COUNT_MS, done));
    const after = await this.#count();
    const passed = (now: number, then: number | undefined): number =>
      Math.max(0, now - (then ?? 0));
    return {
      local: {
        received: passed(after.local.received, before.local.received),
        sent: passed(after.local.sent, before.local.sent),
      },
      remote: after.remote && {
        received: passed(after.remote.received, before.remote?.received),
        sent: passed(after.remote.sent, before.remote?.sent),
      },
    };
  }

  #evidence(counted: PacketStats | undefined): Evidence {
    const { audio, muted, held, heldByPeer } = this.#life;
    const sum = (pick: (sample: QualitySample) => number): number =>
      this.#recent.reduce((total, sample) => total + pick(sample), 0);
    const most = (pick: (sample: QualitySample) => number | undefined): number | undefined => {
      const levels = this.#recent.map(pick).filter((level) => level !== undefined);
      return levels.length === 0 ? undefined : Math.max(...levels);
    };
    return {
      bytesIn: sum(({ interval }) => interval.bytesReceived),
      bytesOut: sum(({ interval }) => interval.bytesSent),
      levelIn: most(({ levelIn }) => levelIn),
      levelOut: most(({ levelOut }) => levelOut),
      muted,
      held: held || heldByPeer,
      microphoneGone: audio.saying.gone,
      blocked: audio.hearing.blocked,
      connected: audio.state === 'connected',
      counted,
    };
  }

  #found(issues: readonly AudioIssue[]): void {
    const before = this.#issues;
    this.#issues = issues;
    const has = (list: readonly AudioIssue[], one: AudioIssue): boolean =>
      list.some(({ code }) => code === one.code);
    for (const one of before) {
      if (!has(issues, one)) this.#life.tell('audio-issue', { ...one, raised: false });
    }
    for (const one of issues) {
      if (!has(before, one)) this.#life.tell('audio-issue', { ...one, raised: true });
    }
  }
}

/** A browser that does not tell levels is believed to be loud. */
const loud = (level: number | undefined): boolean => level === undefined || level > QUIET;

/** A sample as it travels: flat, and no longer than needed. */
function flat(sample: QualitySample): FlatSample {
  const { interval, ...rest } = sample;
  const entries = Object.entries({ ...rest, sentSince: interval.packetsSent }).map(
    ([name, value]): [string, number | string | null] => [
      name,
      typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : (value ?? null),
    ],
  );
  return Object.fromEntries(entries);
}
