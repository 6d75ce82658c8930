/** `Twilio.Connection` of the first generation. */

import { EventEmitter } from '../../../core/event-emitter.js';
import { settable } from '../../../core/settable.js';
import { type CallParts, deskOf } from '../call.js';
import type { TwilioError } from '../errors/classes.js';
import type { RTCSample } from '../samples.js';
import { Talk } from '../talk.js';
import * as words from '../words.js';

// biome-ignore lint/suspicious/noExplicitAny: pages give functions of whatever kind.
type AnyFunction = (...values: any[]) => unknown;

/** An error as pages of the first generation get it. @public */
export interface ClientError {
  /** 31000 and up. */
  code: number;
  message: string;
  /** The connection that it is about. */
  connection?: Connection;
  /** What the server said. */
  info?: { code?: number; message?: string };
  /** The same as a class. */
  twilioError?: TwilioError;
}

/** What was found by looking into a call; changing it is at your own risk. @public */
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
export class Connection extends EventEmitter {
  /** What a call is. */
  static readonly State: typeof words.CallState = words.CallState;
  /** What may have been wrong with a call. */
  static readonly FeedbackIssue: typeof words.FeedbackIssue = words.FeedbackIssue;
  /** How good a call was. */
  static readonly FeedbackScore: typeof words.FeedbackScore = words.FeedbackScore;
  /** Who began a call. */
  static readonly CallDirection: typeof words.CallDirection = words.CallDirection;
  /** Codecs of a call. */
  static readonly Codec: typeof words.Codec = words.Codec;
  /** Why no candidates were gathered. */
  static readonly IceGatheringFailureReason: typeof words.IceGatheringFailureReason =
    words.IceGatheringFailureReason;
  /** What became of the sound. */
  static readonly MediaFailure: typeof words.MediaFailure = words.MediaFailure;
  readonly #talk: Talk;
  readonly #message: Record<string, string>;

  /** @internal */
  constructor(parts: CallParts) {
    super();
    this.#message = parts.came ? {} : (parts.params as Record<string, string>);
    this.#talk = new Talk(deskOf(parts, this), parts.params, parts.came);
    settable(this, EventEmitter.prototype);
  }

  /** Which class it is. */
  static override toString(): string {
    return '[Twilio.Connection class]';
  }

  /** The life behind a connection. @internal */
  static lifeOf(connection: Connection): Talk {
    return connection.#talk;
  }

  /** What the server says of the call. */
  get parameters(): Record<string, string> {
    return this.#talk.parameters;
  }

  /** What the application sent along, or was sent. */
  get customParameters(): Map<string, string> {
    return this.#talk.customParameters;
  }

  /** Whether the caller's number is verified; null when nobody says. */
  get callerInfo(): Connection.CallerInfo | null {
    return this.#talk.callerInfo;
  }

  /** What the page gave `connect()`; nothing for an incoming connection. */
  get message(): Record<string, string> {
    return this.#message;
  }

  /** Who began it. */
  get direction(): Connection.CallDirection {
    return this.#talk.direction;
  }

  /** The codec of the last sample. */
  get codec(): string {
    return this.#talk.listening.codec;
  }

  /** The id of an outgoing call before the server has given it one. */
  get outboundConnectionId(): string | undefined {
    return this.#talk.outboundConnectionId;
  }

  /** The streams and the browser's connection, for diagnosis. */
  get mediaStream(): MediaStreamOfConnection {
    const native = this.#talk.native;
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
    void this.#talk.accept({ audio: audioConstraints as MediaTrackConstraints, rtcConfiguration });
  }

  /** Declines a pending call; with a function, listens. */
  reject(listener?: () => unknown): void {
    if (!this.#listens('reject', listener)) this.#talk.reject();
  }

  /** Lets a pending call ring elsewhere; with a function, listens to `cancel`. */
  ignore(listener?: () => unknown): void {
    if (!this.#listens('cancel', listener)) this.#talk.ignore();
  }

  /** As `ignore`. */
  cancel(listener?: () => unknown): void {
    this.ignore(listener);
  }

  /** Ends the call; with a function, listens. */
  disconnect(listener?: (connection: this) => unknown): void {
    if (!this.#listens('disconnect', listener)) this.#talk.disconnect();
  }

  /** Shuts the microphone for this call, or opens it; with a function, listens. */
  mute(shouldMute: boolean | ((isMuted: boolean, connection: this) => unknown) = true): void {
    if (!this.#listens('mute', shouldMute)) this.#talk.mute(Boolean(shouldMute));
  }

  /** Opens the microphone. */
  unmute(): void {
    this.mute(false);
  }

  /** Whether the microphone is shut for this call. */
  isMuted(): boolean {
    return this.#talk.muted;
  }

  /** Listens to `volume`. */
  volume(listener: (inputVolume: number, outputVolume: number) => unknown): void {
    this.#listens('volume', listener);
  }

  /** Listens to `error`. */
  error(listener: (error: Connection.Error) => unknown): void {
    this.#listens('error', listener);
  }

  /** Presses keys: 0-9, `*`, `#`; `w` waits half a second. @throws InvalidArgumentError for others. */
  sendDigits(digits: string): void {
    this.#talk.sendDigits(digits);
  }

  /** Says how good the call was; also after its end. @throws InvalidArgumentError */
  postFeedback(score?: Connection.FeedbackScore, issue?: Connection.FeedbackIssue): Promise<void> {
    return this.#talk.postFeedback(score, issue);
  }

  /** What is sent. */
  getLocalStream(): MediaStream | undefined {
    return this.#talk.native?.localStream;
  }

  /** What is heard. */
  getRemoteStream(): MediaStream | undefined {
    return this.#talk.native?.remoteStream;
  }

  /** What the call is. */
  status(): Connection.State {
    return this.#talk.status;
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
  export type State = words.CallState;
  export type FeedbackIssue = words.FeedbackIssue;
  export type FeedbackScore = words.FeedbackScore;
  export type CallDirection = words.CallDirection;
  export type Codec = words.Codec;
  export type IceGatheringFailureReason = words.IceGatheringFailureReason;
  export type MediaFailure = words.MediaFailure;
  /** An error of a connection: it names the connection and what the server said. */
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
