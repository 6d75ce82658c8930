/** `Twilio.Connection` of the first generation. */

import { BaseCall, type CallParts } from '../base-call.js';
import type { CallAdapter } from '../call-adapter.js';
import type * as constants from '../constants.js';
import type { TwilioError } from '../errors/classes.js';
import type { RTCSample } from '../measures.js';

// biome-ignore lint/suspicious/noExplicitAny: pages give functions of whatever kind.
type AnyFunction = (...values: any[]) => unknown;

/** An error as pages of the first generation get it. @public */
export interface ClientError {
  /** 31000 and up. */
  code: number;
  message: string;
  /** The connection that it is about. */
  connection?: Connection;
  /** The server's error. */
  info?: { code?: number; message?: string };
  /** The same as a class. */
  twilioError?: TwilioError;
}

/** The internals of a call, for diagnosis; changing them is at your own risk. @public */
export interface MediaStreamOfConnection {
  readonly stream: MediaStream | undefined;
  readonly _remoteStream: MediaStream | undefined;
  readonly version: { readonly pc: RTCPeerConnection | undefined };
}

/**
 * One call of the first generation. Functions that are given to its methods listen to the event of that name.
 *
 * @public
 */
export class Connection extends BaseCall {
  readonly #adapter: CallAdapter;
  readonly #message: Record<string, string>;

  /** @internal */
  constructor(parts: CallParts) {
    super(parts);
    this.#adapter = BaseCall.adapterOf(this);
    this.#message = parts.incoming ? {} : (parts.params as Record<string, string>);
  }

  /** Which class it is. */
  static override toString(): string {
    return '[Twilio.Connection class]';
  }

  /** What the page gave `connect()`; nothing for an incoming connection. */
  get message(): Record<string, string> {
    return this.#message;
  }

  /** The streams and the browser's connection, for diagnosis. */
  get mediaStream(): MediaStreamOfConnection {
    const native = this.#adapter.native;
    return {
      stream: native?.localStream,
      _remoteStream: native?.remoteStream,
      version: { pc: native?.connection },
    };
  }

  /** Takes a pending call; with a function, listens. */
  accept(
    audioConstraints?: MediaTrackConstraints | boolean | ((connection: this) => unknown),
    rtcConfiguration?: RTCConfiguration,
  ): void {
    if (this.#listens('accept', audioConstraints)) return;
    void this.#adapter.accept({
      audio: audioConstraints as MediaTrackConstraints,
      rtcConfiguration,
    });
  }

  /** Declines a pending call; with a function, listens. */
  reject(listener?: () => unknown): void {
    if (!this.#listens('reject', listener)) this.#adapter.reject();
  }

  /** Lets a pending call ring on other devices only; with a function, listens to `cancel`. */
  ignore(listener?: () => unknown): void {
    if (!this.#listens('cancel', listener)) this.#adapter.ignore();
  }

  /** As `ignore`. */
  cancel(listener?: () => unknown): void {
    this.ignore(listener);
  }

  /** Ends the call; with a function, listens. */
  disconnect(listener?: (connection: this) => unknown): void {
    if (!this.#listens('disconnect', listener)) this.#adapter.disconnect();
  }

  /** Shuts the microphone for this call, or opens it; with a function, listens. */
  mute(shouldMute: boolean | ((isMuted: boolean, connection: this) => unknown) = true): void {
    if (!this.#listens('mute', shouldMute)) this.#adapter.mute(Boolean(shouldMute));
  }

  /** Opens the microphone. */
  unmute(): void {
    this.mute(false);
  }

  /** Listens to `volume`. */
  volume(listener: (inputVolume: number, outputVolume: number) => unknown): void {
    this.#listens('volume', listener);
  }

  /** Listens to `error`. */
  error(listener: (error: Connection.Error) => unknown): void {
    this.#listens('error', listener);
  }

  /** Which class it is of. */
  override toString(): string {
    return '[Twilio.Connection instance]';
  }

  /** Whether `value` is a function, which then listens. */
  #listens(event: string, value: unknown): boolean {
    if (typeof value !== 'function') return false;
    this.on(event, value as AnyFunction as () => void);
    return true;
  }
}

/** Types that pages name through the class. @public */
export declare namespace Connection {
  export type State = constants.CallState;
  export type FeedbackIssue = constants.FeedbackIssue;
  export type FeedbackScore = constants.FeedbackScore;
  export type CallDirection = constants.CallDirection;
  export type Codec = constants.Codec;
  export type IceGatheringFailureReason = constants.IceGatheringFailureReason;
  export type MediaFailure = constants.MediaFailure;
  /** An error of a connection: it names the connection and the server's error. */
  export interface Error extends ClientError {
    connection: Connection;
    info: { code?: number; message?: string };
  }
  /** A sample with the volumes of its second. */
  export interface CallMetrics extends RTCSample {
    inputVolume: number;
    outputVolume: number;
  }
  /** Who the caller is. */
  export interface CallerInfo {
    isVerified: boolean;
  }
}
