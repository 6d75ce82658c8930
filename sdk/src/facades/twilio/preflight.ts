/** `PreflightTest`: tests the way to the server, and how a call would be. */

import { type Lazy, lazy } from '../../core/lazy.js';
import { EventEmitter } from '../shared/event-emitter.js';
import { audioContext } from './base-device.js';
import { Call } from './call.js';
import type { Codec } from './constants.js';
import { DeviceController } from './device-controller.js';
import { GeneralErrors, NotSupportedError, SignalingErrors } from './errors/classes.js';
import type { RTCSample } from './measures.js';
import type * as report from './preflight-report.js';
import type { RunState, RunStatus } from './preflight-report.js';
import type { Trial } from './preflight-trial.js';

const loadTrial: Lazy<typeof import('./preflight-trial.js')> = /* @__PURE__ */ lazy(
  () => import('./preflight-trial.js'),
);

const CallQuality = {
  Excellent: 'excellent',
  Great: 'great',
  Good: 'good',
  Fair: 'fair',
  Degraded: 'degraded',
} as const;

const Events = {
  Completed: 'completed',
  Connected: 'connected',
  Failed: 'failed',
  Sample: 'sample',
  Warning: 'warning',
} as const;

const Status = {
  Connecting: 'connecting',
  Connected: 'connected',
  Completed: 'completed',
  Failed: 'failed',
} as const;

/**
 * A test call to the application that the token names. Its report comes when the application ends the call.
 *
 * @public
 */
export class PreflightTest extends EventEmitter {
  /** How good a call would be. */
  static readonly CallQuality: typeof CallQuality = CallQuality;
  /** The events of a test. */
  static readonly Events: typeof Events = Events;
  /** How far a test is. */
  static readonly Status: typeof Status = Status;
  readonly #state: RunState = { startTime: Date.now(), status: Status.Connecting };
  readonly #emit: (event: string, ...values: unknown[]) => void;
  #trial: Trial | undefined;

  /**
   * @param spell - @internal Converts errors before they are emitted.
   */
  constructor(
    token: string,
    options: PreflightTest.Options = {},
    spell: (error: unknown) => unknown = (error) => error,
  ) {
    super();
    this.#emit = (event, ...values) => {
      this.emit(event, ...(event === Events.Failed ? values.map(spell) : values));
    };
    void this.#start(token, options);
  }

  /** The test call's id. */
  get callSid(): string | undefined {
    return this.#state.callSid;
  }

  /** Milliseconds since 1970. */
  get endTime(): number | undefined {
    return this.#state.endTime;
  }

  /** The last second. */
  get latestSample(): RTCSample | undefined {
    return this.#state.latestSample;
  }

  /** What was found out, once the test is completed. */
  get report(): PreflightTest.Report | undefined {
    return this.#state.report;
  }

  /** Milliseconds since 1970. */
  get startTime(): number {
    return this.#state.startTime;
  }

  /** How far the test is. */
  get status(): PreflightTest.Status {
    return this.#state.status;
  }

  /** Gives the test up: it fails with 31008. */
  stop(): void {
    if (this.#trial) this.#trial.stop();
    else this.#fail(new GeneralErrors.CallCancelledError());
  }

  async #start(token: string, options: PreflightTest.Options): Promise<void> {
    const state = this.#state;
    try {
      const { Trial } = await loadTrial();
      if (state.endTime !== undefined) return;
      this.#trial = new Trial({
        state,
        options,
        emit: this.#emit,
        audioContext,
        adapterOf: Call.adapterOf,
        device: (deviceOptions) => new DeviceController(token, deviceOptions, () => undefined),
        errors: {
          stopped: () => new GeneralErrors.CallCancelledError(),
          late: () => new SignalingErrors.ConnectionError('WebSocket Connection Timeout'),
          silent: () => {
            const message = 'Cannot fake input: there is no AudioContext here.';
            return Object.assign(new NotSupportedError(message), { code: 31402 });
          },
        },
      });
      await this.#trial.start();
    } catch (cause) {
      this.#fail(
        new SignalingErrors.ConnectionError('The test could not be loaded.', cause as object),
      );
    }
  }

  /** Before there is a trial. */
  #fail(error: Error): void {
    const state = this.#state;
    if (state.endTime !== undefined) return;
    state.endTime = Date.now();
    state.status = Status.Failed;
    this.#emit(Events.Failed, error);
  }
}

/** Types that pages name through the class. @public */
export declare namespace PreflightTest {
  export type CallQuality = report.CallQuality;
  export type Events = (typeof PreflightTest.Events)[keyof typeof PreflightTest.Events];
  export type Status = RunStatus;
  export type Report = report.PreflightReport;
  export type Warning = report.PreflightWarning;
  export type RTCIceCandidateStats = report.CandidateStats;
  export type RTCIceCandidateStatsReport = report.Candidates;
  export type RTCSelectedIceCandidatePairStats = report.SelectedPair;
  export type RTCStats = report.RTCStats;
  export type Stats = report.Stats;
  /** What a test is to be like. */
  export interface Options {
    /** The address of the offhook server. Ours; the vendor has none. */
    server?: string;
    /** Codecs in the order they are wanted. */
    codecPreferences?: Codec[];
    /** The server's host name. */
    edge?: string;
    /** A tone of ours in place of the microphone, for 20 seconds. */
    fakeMicInput?: boolean;
    /** ICE servers in place of those that the server hands out. */
    iceServers?: RTCIceServer[];
    /** 0 to 5, or its name; `error`. */
    logLevel?: string;
    /** Milliseconds until the server must have answered; 10000. */
    signalingTimeoutMs?: number;
    /** Of the page, for the tone. */
    audioContext?: AudioContext | undefined;
    /** A stream in place of the microphone. */
    fileInputStream?: MediaStream;
    /** ICE servers and policy of the call. */
    rtcConfiguration?: RTCConfiguration;
  }
}
