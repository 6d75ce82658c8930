/** A preflight: a device of its own makes one call, watches it until it ends, and reports. Loaded when asked for. */
import type { Call as NativeCall } from '../../client/call.js';
import type { Call } from './call.js';
import type { DeviceLife } from './device-life.js';
import type { DeviceOptions } from './options.js';
import {
  type Candidates,
  candidatesOf,
  type PreflightWarning,
  reportOf,
} from './preflight-report.js';
import type { RunOptions, RunState } from './preflight-state.js';
import { Stopwatch } from './preflight-timing.js';
import type { RTCSample } from './samples.js';
import type { Talk } from './talk.js';
import type { RTCWarning } from './warnings.js';

/** With a tone of ours in place of the microphone, the test takes this long. */
const FAKE_MS = 20_000;
const SIGNALLING_MS = 10_000;
const DESCRIPTION = 'Received an RTCWarning. See .rtcWarning for the RTCWarning';

/** What a trial needs; it is a file of its own, and must not bring all of this along a second time. */
export interface TrialWorld {
  readonly state: RunState;
  readonly options: RunOptions;
  device(options: DeviceOptions): DeviceLife;
  lifeOf(call: Call): Talk;
  audioContext(): AudioContext | undefined;
  tell(event: string, ...values: unknown[]): void;
  /** What it fails with. */
  readonly errors: Readonly<Record<'stopped' | 'late' | 'silent', () => Error>>;
}

/** One preflight. */
export class Trial {
  readonly #world: TrialWorld;
  readonly #stopwatch: Stopwatch = new Stopwatch();
  readonly #samples: RTCSample[] = [];
  readonly #warnings: PreflightWarning[] = [];
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  #device: DeviceLife | undefined;
  #candidates: Candidates = { iceCandidateStats: [] };
  #edge: string | undefined;
  #stopTone: (() => void) | undefined;

  constructor(world: TrialWorld) {
    this.#world = world;
  }

  /** Gives the test up. */
  stop(): void {
    this.#fail(this.#world.errors.stopped());
  }

  /** Goes. */
  async begin(): Promise<void> {
    const { signalingTimeoutMs = SIGNALLING_MS } = this.#world.options;
    this.#after(signalingTimeoutMs, () => {
      if (this.#edge === undefined) this.#fail(this.#world.errors.late());
    });
    try {
      const device = this.#world.device(this.#wish());
      this.#device = device;
      const call = await device.connect({ rtcConfiguration: this.#rtc() });
      this.#edge = device.edge ?? '';
      this.#watch(call, device);
    } catch (error) {
      this.#fail(error);
    }
  }

  #wish(): DeviceOptions {
    const { options } = this.#world;
    const file = options.fakeMicInput ? { fileInputStream: this.#tone() } : {};
    return { logLevel: 'error', ...options, ...file };
  }

  #rtc(): RTCConfiguration {
    const { rtcConfiguration, iceServers } = this.#world.options;
    return { ...(iceServers && { iceServers }), ...rtcConfiguration };
  }

  /** A soft tone that comes and goes: a steady one is taken for noise. */
  #tone(): MediaStream {
    const context = this.#world.options.audioContext ?? this.#world.audioContext();
    if (!context) throw this.#world.errors.silent();
    const [source, swell, level] = [
      context.createOscillator(),
      context.createOscillator(),
      context.createGain(),
    ];
    const sink = context.createMediaStreamDestination();
    swell.frequency.value = 2;
    swell.connect(level.gain);
    source.connect(level).connect(sink);
    source.start();
    swell.start();
    void context.resume();
    this.#stopTone = () => {
      source.stop();
      swell.stop();
    };
    return sink.stream;
  }

  #watch(call: Call, device: DeviceLife): void {
    const { state, options } = this.#world;
    const life = this.#world.lifeOf(call);
    life.begun = (native) => this.#stopwatch.watch(native.connection);
    if (options.fakeMicInput) {
      this.#after(FAKE_MS, () => device.phone.hangUp());
      device.audio?.outgoing(false);
      device.audio?.disconnect(false);
      call.once('audio', (element: HTMLAudioElement) => {
        element.muted = true;
      });
    }
    call.on('warning', (name: string, rtcWarning?: RTCWarning) => this.#warn(name, rtcWarning));
    call.once('accept', () => {
      state.callSid = call.parameters['CallSid'];
      state.status = 'connected';
      this.#world.tell('connected');
    });
    call.on('sample', (sample: RTCSample) => void this.#take(sample, life.native));
    call.once('disconnect', () => this.#after(0, () => this.#complete()));
    call.on('error', (error: unknown) => this.#fail(error));
  }

  #warn(name: string, rtcWarning: RTCWarning | undefined): void {
    const warning = { name, description: DESCRIPTION, ...(rtcWarning && { rtcWarning }) };
    this.#warnings.push(warning);
    this.#world.tell('warning', warning);
  }

  async #take(sample: RTCSample, native: NativeCall | undefined): Promise<void> {
    const { state, tell } = this.#world;
    const first = state.latestSample === undefined;
    state.latestSample = sample;
    this.#samples.push(sample);
    tell('sample', sample);
    if (!first || !native) return;
    const report = await native.connection.getStats().catch(() => undefined);
    if (report) this.#candidates = candidatesOf(report.values());
  }

  #complete(): void {
    if (!this.#end('completed')) return;
    const { state, options, tell } = this.#world;
    state.report = reportOf({
      callSid: state.callSid,
      edge: this.#edge,
      selectedEdge: options.edge,
      start: state.startTime,
      end: state.endTime ?? state.startTime,
      samples: this.#samples,
      warnings: this.#warnings,
      timing: this.#stopwatch.timing,
      candidates: this.#candidates,
    });
    tell('completed', state.report);
  }

  #fail(error: unknown): void {
    if (this.#end('failed')) this.#world.tell('failed', error);
  }

  /** Whether this is the end: it ends once only. */
  #end(status: 'completed' | 'failed'): boolean {
    const { state } = this.#world;
    if (state.endTime !== undefined) return false;
    state.endTime = Date.now();
    state.status = status;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#stopTone?.();
    this.#device?.destroy();
    return true;
  }

  #after(ms: number, run: () => void): void {
    this.#timers.push(setTimeout(run, ms));
  }
}
