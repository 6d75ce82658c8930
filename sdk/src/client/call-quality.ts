/** Monitors a call while it is up: samples, warnings, and why a direction is silent. */
import type { CallState } from '../core/call-state.js';
import type { Timers } from '../core/clock.js';
import type { FlatSample, PageFrame } from '../core/frames.js';
import {
  type AudioIssue,
  diagnose,
  type Evidence,
  type PacketStats,
} from '../quality/diagnosis.js';
import { Monitor } from '../quality/monitor.js';
import { PathWatch } from '../quality/path-watch.js';
import { nativeRules } from '../quality/rules.js';
import type { QualitySample } from '../quality/sample.js';
import type { AudioState, CallEvents } from './events.js';

export { sample } from '../quality/sample.js';

const EVERY_MS = 1_000;
/** So many samples go to the server at once. */
const BATCH = 10;
/** A direction that was silent for so many seconds is looked into, and again after as many more. */
const SILENT_S = 4;
const AGAIN_S = 10;
/** The server's counters are read twice, so far apart that packets would have arrived meanwhile. */
const COUNT_MS = 1_500;
/** Quieter than this is silence: -66 dB of full scale. */
const QUIET = 0.0005;

/** What is monitored of a call. */
export interface MonitoredCall {
  readonly info: { readonly name: string };
  readonly state: CallState;
  readonly muted: boolean;
  readonly held: boolean;
  readonly heldByPeer: boolean;
  readonly audio: {
    readonly state: AudioState;
    readonly local: { readonly lost: boolean };
    readonly remote: { readonly blocked: boolean };
    pathRestored(): void;
    sample(): Promise<QualitySample>;
  };
  readonly context: { readonly platform: { readonly timers: Timers } };
  readonly emit: <Name extends keyof CallEvents>(event: Name, payload: CallEvents[Name]) => void;
  packetStats(): Promise<PacketStats>;
  send(frame: PageFrame): number | undefined;
  /** The media path is lost although the browser has not noticed. */
  pathLost(): void;
}

/** One call's quality, from its answer, when this is made, to its end. */
export class CallQuality {
  readonly #call: MonitoredCall;
  readonly #insights: boolean;
  readonly #monitor: Monitor = new Monitor(nativeRules(), { startMs: 5_000 });
  readonly #path: PathWatch = new PathWatch();
  readonly #batch: FlatSample[] = [];
  readonly #recent: QualitySample[] = [];
  #cancel: (() => void) | undefined;
  #investigateAt = 0;
  #issues: readonly AudioIssue[] = [];
  #investigating = false;
  #closed = false;

  constructor(call: MonitoredCall, insights: boolean) {
    this.#call = call;
    this.#insights = insights;
    this.#schedule();
  }

  /** The call is over: samples that were not sent yet are sent. */
  end(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#flush();
  }

  #schedule(): void {
    this.#cancel = this.#call.context.platform.timers.after(EVERY_MS, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const { audio, held } = this.#call;
    // A connection that was just closed gives no statistics in some browsers.
    const sample = await audio.sample().catch(() => undefined);
    if (this.#closed) return;
    if (sample) {
      this.#call.emit('sample', sample);
      if (held || this.#call.heldByPeer) this.#monitor.reset();
      else this.#judge(sample);
      if (this.#insights) this.#record(sample);
      const sign = held ? undefined : this.#path.take(sample);
      if (sign === 'lost') this.#call.pathLost();
      else if (sign) audio.pathRestored();
      this.#checkSilence(sample);
    }
    this.#schedule();
  }

  #judge(sample: QualitySample): void {
    for (const warning of this.#monitor.take(sample)) {
      this.#call.emit('warning', warning);
      if (!this.#insights) continue;
      const { name, raised, value } = warning;
      const frame: PageFrame = { type: 'warning', call: this.#call.info.name, name, raised };
      this.#call.send(value === undefined ? frame : { ...frame, value });
    }
  }

  #record(sample: QualitySample): void {
    this.#batch.push(flat(sample));
    if (this.#batch.length >= BATCH) this.#flush();
  }

  #flush(): void {
    const samples = this.#batch.splice(0);
    if (samples.length === 0 || this.#call.state !== 'up') return;
    this.#call.send({ type: 'samples', call: this.#call.info.name, samples });
  }

  /** Looks into it when a direction was silent for some time, or to see whether it still is. */
  #checkSilence(sample: QualitySample): void {
    this.#recent.push(sample);
    if (this.#recent.length > SILENT_S) this.#recent.shift();
    if (
      this.#investigating ||
      this.#recent.length < SILENT_S ||
      sample.timestamp < this.#investigateAt
    )
      return;
    const { muted, held, heldByPeer, audio } = this.#call;
    const still = !this.#hasIncomingSound() || (!muted && !this.#hasOutgoingSound());
    const wrong = still && !held && !heldByPeer;
    if (!wrong && this.#issues.length === 0) return;
    this.#investigateAt = sample.timestamp + 1000 * AGAIN_S;
    if (!wrong && audio.state === 'connected') this.#report([]);
    else void this.#investigate();
  }

  #hasIncomingSound(): boolean {
    return this.#recent.some(
      ({ interval, outputLevel }) => interval.bytesReceived > 0 && loud(outputLevel),
    );
  }

  #hasOutgoingSound(): boolean {
    return this.#recent.some(
      ({ interval, inputLevel }) => interval.bytesSent > 0 && loud(inputLevel),
    );
  }

  async #investigate(): Promise<void> {
    this.#investigating = true;
    const counted = await this.#countInterval().catch(() => undefined);
    this.#investigating = false;
    if (!this.#closed) this.#report(diagnose(this.#evidence(counted)));
  }

  /** What the server counts in a second and a half. */
  async #countInterval(): Promise<PacketStats> {
    const before = await this.#call.packetStats();
    await new Promise<void>(
      (done) => void this.#call.context.platform.timers.after(COUNT_MS, done),
    );
    const after = await this.#call.packetStats();
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
    const { audio, muted, held, heldByPeer } = this.#call;
    const sum = (pick: (sample: QualitySample) => number): number =>
      this.#recent.reduce((total, sample) => total + pick(sample), 0);
    const most = (pick: (sample: QualitySample) => number | undefined): number | undefined => {
      const levels = this.#recent.map(pick).filter((level) => level !== undefined);
      return levels.length === 0 ? undefined : Math.max(...levels);
    };
    return {
      bytesReceived: sum(({ interval }) => interval.bytesReceived),
      bytesSent: sum(({ interval }) => interval.bytesSent),
      inputLevel: most(({ inputLevel }) => inputLevel),
      outputLevel: most(({ outputLevel }) => outputLevel),
      muted,
      held: held || heldByPeer,
      microphoneGone: audio.local.lost,
      blocked: audio.remote.blocked,
      connected: audio.state === 'connected',
      counted,
    };
  }

  #report(issues: readonly AudioIssue[]): void {
    const before = this.#issues;
    this.#issues = issues;
    const has = (list: readonly AudioIssue[], one: AudioIssue): boolean =>
      list.some(({ code }) => code === one.code);
    for (const one of before) {
      if (!has(issues, one)) this.#call.emit('audio-issue', { ...one, raised: false });
    }
    for (const one of issues) {
      if (!has(before, one)) this.#call.emit('audio-issue', { ...one, raised: true });
    }
  }
}

/** A browser without levels counts as loud. */
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
