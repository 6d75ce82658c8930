/** A preflight: a device of its own makes one call, watches it until it ends, and reports. Loaded when asked for. */
import type { Call as NativeCall } from '../../client/call.js';
import type { Call } from './call.js';
import type { CallAdapter } from './call-adapter.js';
import type { DeviceController } from './device-controller.js';
import type { RTCSample, RTCWarning } from './measures.js';
import type { DeviceOptions } from './options.js';
import {
  type Candidates,
  candidatesOf,
  type NetworkTiming,
  type PreflightWarning,
  type RunOptions,
  type RunState,
  reportOf,
} from './preflight-report.js';

const STARTED: readonly string[] = ['connecting', 'checking'];
const DONE: readonly string[] = ['connected', 'completed', 'stable'];

/** Watches one connection; `timing` is filled as it goes. */
export class ConnectionTimer {
  readonly timing: NetworkTiming = { signaling: { start: Date.now() } };

  /** From now on. */
  watch(connection: RTCPeerConnection): void {
    const steps = [
      ['signalingstatechange', 'signaling', () => connection.signalingState],
      ['iceconnectionstatechange', 'ice', () => connection.iceConnectionState],
      ['connectionstatechange', 'peerConnection', () => connection.connectionState],
    ] as const;
    for (const [event, step, state] of steps) {
      connection.addEventListener(event, () => this.#note(step, state()));
    }
    const [sender] = connection.getSenders();
    const transport = sender?.transport;
    if (!transport) return;
    this.#note('dtls', transport.state);
    transport.addEventListener('statechange', () => this.#note('dtls', transport.state));
  }

  #note(step: keyof NetworkTiming, state: string): void {
    const before = this.timing[step];
    if (STARTED.includes(state) || !before) this.timing[step] = { start: Date.now() };
    const now = this.timing[step];
    if (!now || !DONE.includes(state) || now.end !== undefined) return;
    now.end = Date.now();
    now.duration = now.end - now.start;
  }
}

/** With a tone of ours in place of the microphone, the test takes this long. */
const FAKE_MS = 20_000;
const SIGNALLING_MS = 10_000;
const DESCRIPTION = 'Received an RTCWarning. See .rtcWarning for the RTCWarning';

/** What a trial needs; it is a file of its own, and must not bring all of this along a second time. */
export interface TrialDeps {
  readonly state: RunState;
  readonly options: RunOptions;
  device(options: DeviceOptions): DeviceController;
  adapterOf(call: Call): CallAdapter;
  audioContext(): AudioContext | undefined;
  emit(event: string, ...values: unknown[]): void;
  /** What it fails with. */
  readonly errors: Readonly<Record<'stopped' | 'late' | 'silent', () => Error>>;
}

/** One preflight. */
export class Trial {
  readonly #deps: TrialDeps;
  readonly #stopwatch: ConnectionTimer = new ConnectionTimer();
  readonly #samples: RTCSample[] = [];
  readonly #warnings: PreflightWarning[] = [];
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  #device: DeviceController | undefined;
  #candidates: Candidates = { iceCandidateStats: [] };
  #edge: string | undefined;
  #stopTone: (() => void) | undefined;

  constructor(deps: TrialDeps) {
    this.#deps = deps;
  }

  /** Gives the test up. */
  stop(): void {
    this.#fail(this.#deps.errors.stopped());
  }

  /** Goes. */
  async start(): Promise<void> {
    const { signalingTimeoutMs = SIGNALLING_MS } = this.#deps.options;
    this.#after(signalingTimeoutMs, () => {
      if (this.#edge === undefined) this.#fail(this.#deps.errors.late());
    });
    try {
      const device = this.#deps.device(this.#deviceOptions());
      this.#device = device;
      const call = await device.connect({ rtcConfiguration: this.#rtc() });
      this.#edge = device.edge ?? '';
      this.#watch(call, device);
    } catch (error) {
      this.#fail(error);
    }
  }

  #deviceOptions(): DeviceOptions {
    const { options } = this.#deps;
    const file = options.fakeMicInput ? { fileInputStream: this.#tone() } : {};
    return { logLevel: 'error', ...options, ...file };
  }

  #rtc(): RTCConfiguration {
    const { rtcConfiguration, iceServers } = this.#deps.options;
    return { ...(iceServers && { iceServers }), ...rtcConfiguration };
  }

  /** A soft tone that comes and goes: a steady one is taken for noise. */
  #tone(): MediaStream {
    const context = this.#deps.options.audioContext ?? this.#deps.audioContext();
    if (!context) throw this.#deps.errors.silent();
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

  #watch(call: Call, device: DeviceController): void {
    const { state, options } = this.#deps;
    const adapter = this.#deps.adapterOf(call);
    adapter.started = (native) => this.#stopwatch.watch(native.connection);
    if (options.fakeMicInput) {
      this.#after(FAKE_MS, () => device.core.hangUp());
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
      this.#deps.emit('connected');
    });
    call.on('sample', (sample: RTCSample) => void this.#take(sample, adapter.native));
    call.once('disconnect', () => this.#after(0, () => this.#complete()));
    call.on('error', (error: unknown) => this.#fail(error));
  }

  #warn(name: string, rtcWarning: RTCWarning | undefined): void {
    const warning = { name, description: DESCRIPTION, ...(rtcWarning && { rtcWarning }) };
    this.#warnings.push(warning);
    this.#deps.emit('warning', warning);
  }

  async #take(sample: RTCSample, native: NativeCall | undefined): Promise<void> {
    const { state, emit } = this.#deps;
    const first = state.latestSample === undefined;
    state.latestSample = sample;
    this.#samples.push(sample);
    emit('sample', sample);
    if (!first || !native) return;
    const report = await native.connection.getStats().catch(() => undefined);
    if (report) this.#candidates = candidatesOf(report.values());
  }

  #complete(): void {
    if (!this.#end('completed')) return;
    const { state, options, emit } = this.#deps;
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
    emit('completed', state.report);
  }

  #fail(error: unknown): void {
    if (this.#end('failed')) this.#deps.emit('failed', error);
  }

  /** Whether this is the end: it ends once only. */
  #end(status: 'completed' | 'failed'): boolean {
    const { state } = this.#deps;
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
