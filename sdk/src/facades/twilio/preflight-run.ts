/** A preflight: a device of its own makes one call, watches it until it ends, and reports. */
import type { Call as NativeCall } from '../../client/call.js';
import { audioContext as shared } from './browser.js';
import { Call } from './call.js';
import { DeviceLife } from './device-life.js';
import { GeneralErrors, NotSupportedError, SignalingErrors } from './errors/classes.js';
import type { Connect } from './line.js';
import type { DeviceOptions } from './options.js';
import {
  type Candidates,
  candidatesOf,
  type PreflightReport,
  type PreflightWarning,
  reportOf,
} from './preflight-report.js';
import { Stopwatch } from './preflight-timing.js';
import type { RTCSample } from './samples.js';
import type { RTCWarning } from './warnings.js';

/** With a tone of ours in place of the microphone, the test takes this long. */
const FAKE_MS = 20_000;
const SIGNALLING_MS = 10_000;
const DESCRIPTION = 'Received an RTCWarning. See .rtcWarning for the RTCWarning';

/** What a preflight is to be like. */
export interface RunOptions extends DeviceOptions {
  audioContext?: AudioContext | undefined;
  fakeMicInput?: boolean;
  rtcConfiguration?: RTCConfiguration;
  iceServers?: RTCIceServer[];
  signalingTimeoutMs?: number;
}

/** How far it is. */
export type RunStatus = 'connecting' | 'connected' | 'completed' | 'failed';

/** One preflight. */
export class PreflightRun {
  readonly startTime: number = Date.now();
  status: RunStatus = 'connecting';
  endTime: number | undefined;
  callSid: string | undefined;
  latestSample: RTCSample | undefined;
  report: PreflightReport | undefined;
  readonly #tell: (event: string, ...values: unknown[]) => void;
  readonly #options: RunOptions;
  readonly #stopwatch: Stopwatch = new Stopwatch();
  readonly #samples: RTCSample[] = [];
  readonly #warnings: PreflightWarning[] = [];
  #device: DeviceLife | undefined;
  #candidates: Candidates = { iceCandidateStats: [] };
  #edge: string | undefined;
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  #stopTone: (() => void) | undefined;

  constructor(
    token: string,
    options: RunOptions,
    tell: (event: string, ...values: unknown[]) => void,
    way?: Connect,
  ) {
    this.#options = options;
    this.#tell = tell;
    // Nobody can listen before the constructor has returned.
    this.#after(0, () => void this.#begin(token, way));
  }

  /** Gives the test up. */
  stop(): void {
    this.#fail(new GeneralErrors.CallCancelledError());
  }

  async #begin(token: string, way: Connect | undefined): Promise<void> {
    const { signalingTimeoutMs = SIGNALLING_MS } = this.#options;
    this.#after(signalingTimeoutMs, () => {
      if (this.status === 'connecting' && !this.#edge) {
        this.#fail(new SignalingErrors.ConnectionError('WebSocket Connection Timeout'));
      }
    });
    try {
      const device = new DeviceLife(token, this.#wish(), () => undefined, way);
      this.#device = device;
      const call = await device.connect({ rtcConfiguration: this.#rtc() });
      this.#edge = device.edge ?? undefined;
      this.#watch(call, device);
    } catch (error) {
      this.#fail(error);
    }
  }

  #wish(): DeviceOptions {
    const { fakeMicInput, audioContext } = this.#options;
    const file = fakeMicInput ? { fileInputStream: this.#tone(audioContext ?? shared()) } : {};
    return { logLevel: 'error', ...this.#options, ...file };
  }

  #rtc(): RTCConfiguration {
    const { rtcConfiguration, iceServers } = this.#options;
    return { ...(iceServers && { iceServers }), ...rtcConfiguration };
  }

  /** A soft tone that comes and goes: a steady one is taken for noise. */
  #tone(context: AudioContext | undefined): MediaStream {
    if (!context) {
      throw new NotSupportedError(
        'Cannot fake input audio stream: AudioContext is not supported by this browser.',
      );
    }
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
    const life = Call.lifeOf(call);
    life.begun = (native) => this.#stopwatch.watch(native.connection);
    if (this.#options.fakeMicInput) {
      this.#after(FAKE_MS, () => device.phone.hangUp());
      device.audio?.outgoing(false);
      device.audio?.disconnect(false);
      call.once('audio', (element: HTMLAudioElement) => {
        element.muted = true;
      });
    }
    call.on('warning', (name: string, rtcWarning?: RTCWarning) => this.#warn(name, rtcWarning));
    call.once('accept', () => {
      this.callSid = call.parameters['CallSid'];
      this.status = 'connected';
      this.#tell('connected');
    });
    call.on('sample', (sample: RTCSample) => void this.#take(sample, life.native));
    call.once('disconnect', () => this.#after(0, () => this.#complete()));
    call.on('error', (error: unknown) => this.#fail(error));
  }

  #warn(name: string, rtcWarning: RTCWarning | undefined): void {
    const warning = { name, description: DESCRIPTION, ...(rtcWarning && { rtcWarning }) };
    this.#warnings.push(warning);
    this.#tell('warning', warning);
  }

  async #take(sample: RTCSample, native: NativeCall | undefined): Promise<void> {
    const first = this.latestSample === undefined;
    this.latestSample = sample;
    this.#samples.push(sample);
    this.#tell('sample', sample);
    if (!first || !native) return;
    const report = await native.connection.getStats().catch(() => undefined);
    if (report) this.#candidates = candidatesOf(report.values());
  }

  #complete(): void {
    if (!this.#end('completed')) return;
    const { edge } = this.#options;
    this.report = reportOf({
      callSid: this.callSid,
      edge: this.#edge,
      selectedEdge: typeof edge === 'string' ? edge : edge?.[0],
      start: this.startTime,
      end: this.endTime ?? this.startTime,
      samples: this.#samples,
      warnings: this.#warnings,
      timing: this.#stopwatch.timing,
      candidates: this.#candidates,
    });
    this.#tell('completed', this.report);
  }

  #fail(error: unknown): void {
    if (this.#end('failed')) this.#tell('failed', error);
  }

  /** Whether this is the end: it ends once only. */
  #end(status: 'completed' | 'failed'): boolean {
    if (this.endTime !== undefined) return false;
    this.endTime = Date.now();
    this.status = status;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#stopTone?.();
    this.#device?.destroy();
    return true;
  }

  #after(ms: number, run: () => void): void {
    this.#timers.push(setTimeout(run, ms));
  }
}
