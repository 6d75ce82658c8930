/** `PreflightTest`: tests the way to the server, and how a call would be. */
import { EventEmitter } from '../../core/event-emitter.js';
import * as report from './preflight-report.js';
import { PreflightRun, type RunStatus } from './preflight-run.js';
import type { RTCSample } from './samples.js';
import type { Codec } from './words.js';

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
  static readonly CallQuality: typeof report.CallQuality = report.CallQuality;
  /** What a test tells. */
  static readonly Events: typeof Events = Events;
  /** How far a test is. */
  static readonly Status: typeof Status = Status;
  readonly #run: PreflightRun;

  /**
   * @param spell - @internal How an error is told.
   */
  constructor(
    token: string,
    options: PreflightTest.Options,
    spell: (error: unknown) => unknown = (error) => error,
  ) {
    super();
    this.#run = new PreflightRun(token, options, (event, ...values) => {
      this.emit(event, ...(event === 'failed' ? values.map(spell) : values));
    });
  }

  /** The test call's id. */
  get callSid(): string | undefined {
    return this.#run.callSid;
  }

  /** Milliseconds since 1970. */
  get endTime(): number | undefined {
    return this.#run.endTime;
  }

  /** The last second. */
  get latestSample(): RTCSample | undefined {
    return this.#run.latestSample;
  }

  /** What was found out, once the test is completed. */
  get report(): PreflightTest.Report | undefined {
    return this.#run.report;
  }

  /** Milliseconds since 1970. */
  get startTime(): number {
    return this.#run.startTime;
  }

  /** How far the test is. */
  get status(): PreflightTest.Status {
    return this.#run.status;
  }

  /** Gives the test up: it fails with 31008. */
  stop(): void {
    this.#run.stop();
  }
}

/** Types that pages name through the class. @public */
export declare namespace PreflightTest {
  export type CallQuality = report.CallQuality;
  export type Status = RunStatus;
  export type Report = report.PreflightReport;
  export type Warning = report.PreflightWarning;
  export type RTCIceCandidateStatsReport = report.Candidates;
  export type RTCSelectedIceCandidatePairStats = report.SelectedPair;
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
