/** `PreflightTest` of the first generation: the same test, with the errors of that generation. */
import { TwilioError } from '../errors/classes.js';
import { PreflightTest as SecondTest } from '../preflight.js';
import type { ClientError } from './connection.js';

/** Numbers that the generations do not have in common. */
const CODES: Readonly<Record<number, number>> = {
  53000: 31901,
  53405: 31003,
  31401: 31208,
  31402: 31201,
  20151: 31201,
  20101: 31204,
  20104: 31205,
};

/** Sentences that pages compare. */
const MESSAGES: Readonly<Record<number, string>> = {
  31008: 'Call cancelled',
  31901: 'WebSocket - Connection Timeout',
};

/** An error of the second generation as one of the first. */
export function firstGenerationError(error: unknown): unknown {
  if (!(error instanceof TwilioError)) return error;
  const code = CODES[error.code] ?? error.code;
  // In the first generation a message has no name and no number before it.
  const message = MESSAGES[code] ?? error.message.replace(/^\w+ \(\d+\): /, '');
  const converted: ClientError = { code, message, twilioError: error };
  return converted;
}

/** A test call to the application that the token names. @public */
export class PreflightTest extends SecondTest {
  constructor(token: string, options: PreflightTest.Options = {}) {
    const { debug, ...rest } = options;
    super(token, { ...rest, ...(debug && { logLevel: 'debug' }) }, firstGenerationError);
  }
}

/** Types that pages name through the class. @public */
export declare namespace PreflightTest {
  export type CallQuality = SecondTest.CallQuality;
  export type Events = SecondTest.Events;
  export type Report = SecondTest.Report;
  export type RTCIceCandidateStats = SecondTest.RTCIceCandidateStats;
  export type RTCIceCandidateStatsReport = SecondTest.RTCIceCandidateStatsReport;
  export type RTCSelectedIceCandidatePairStats = SecondTest.RTCSelectedIceCandidatePairStats;
  export type RTCStats = SecondTest.RTCStats;
  export type Stats = SecondTest.Stats;
  export type Status = SecondTest.Status;
  export type Warning = SecondTest.Warning;
  /** What a test is to be like. */
  export interface Options extends SecondTest.Options {
    /** Writes every line to the console. */
    debug?: boolean;
  }
}
