/** `Twilio.Call` of the second generation. */

import { EventEmitter } from '../../core/event-emitter.js';
import { settable } from '../../core/settable.js';
import type { Spelling, TalkDesk } from './desk.js';
import type { CallMessage } from './messages.js';
import type * as options from './options.js';
import { connectToken } from './params.js';
import type { PhoneDesk } from './phone.js';
import type { RTCSample } from './samples.js';
import { Talk } from './talk.js';
import type { TalkTerms } from './terms.js';
import * as words from './words.js';

/** Events whose values the call itself follows. */
const WITH_SELF: ReadonlySet<string> = /* @__PURE__ */ new Set(['accept', 'disconnect', 'mute']);

/** What a device gives its calls. */
export interface CallParts {
  readonly spelling: Spelling;
  readonly phone: PhoneDesk;
  readonly params: Readonly<Record<string, unknown>>;
  readonly came?: ConstructorParameters<typeof Talk>[2];
  terms(): TalkTerms;
}

/** How a call object of either generation hears of its life. */
export function deskOf(parts: CallParts, shown: EventEmitter): TalkDesk {
  return {
    ...parts.phone,
    spelling: parts.spelling,
    terms: () => parts.terms(),
    heard: (event) => shown.listenerCount(event) > 0,
    tell: (event, ...values) =>
      void shown.emit(event, ...values, ...(WITH_SELF.has(event) ? [shown] : [])),
  };
}

/**
 * One call. Made by `device.connect()`, or told by the device's `incoming`.
 *
 * @public
 */
export class Call extends EventEmitter {
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

  /** @internal */
  constructor(parts: CallParts) {
    super();
    this.#talk = new Talk(deskOf(parts, this), parts.params, parts.came);
    settable(this, EventEmitter.prototype);
  }

  /** Which class it is. */
  static override toString(): string {
    return '[Twilio.Call class]';
  }

  /** The life behind a call. @internal */
  static lifeOf(call: Call): Talk {
    return call.#talk;
  }

  /** What the server says of the call: `CallSid`, `From`, `To` and others. */
  get parameters(): Record<string, string> {
    return this.#talk.parameters;
  }

  /** What the application sent along, or was sent. */
  get customParameters(): Map<string, string> {
    return this.#talk.customParameters;
  }

  /** Whether the caller's number is verified; null when nobody says. */
  get callerInfo(): Call.CallerInfo | null {
    return this.#talk.callerInfo;
  }

  /** Who began it. */
  get direction(): Call.CallDirection {
    return this.#talk.direction;
  }

  /** The codec of the last sample. */
  get codec(): string {
    return this.#talk.listening.codec;
  }

  /** By which another device of the same identity can take this call while it rings. */
  get connectToken(): string | undefined {
    if (this.direction !== words.CallDirection.Incoming) return undefined;
    const customParameters = Object.fromEntries(this.customParameters);
    return connectToken({ customParameters, parameters: this.parameters });
  }

  /** The id of an outgoing call before the server has given it one. */
  get outboundConnectionId(): string | undefined {
    return this.#talk.outboundConnectionId;
  }

  /** Takes a pending call; nothing otherwise. */
  accept(options: Call.AcceptOptions = {}): void {
    const { rtcConfiguration, rtcConstraints } = options;
    void this.#talk.accept({ rtcConfiguration, audio: rtcConstraints?.audio });
  }

  /** Declines a pending call; nothing otherwise. */
  reject(): void {
    this.#talk.reject();
  }

  /** Lets a pending call ring elsewhere; nothing otherwise. */
  ignore(): void {
    this.#talk.ignore();
  }

  /** Ends the call; nothing while it is pending. */
  disconnect(): void {
    this.#talk.disconnect();
  }

  /** Shuts the microphone for this call, or opens it. */
  mute(shouldMute = true): void {
    this.#talk.mute(shouldMute);
  }

  /** Whether the microphone is shut for this call. */
  isMuted(): boolean {
    return this.#talk.muted;
  }

  /** Presses keys: 0-9, `*`, `#`; `w` waits half a second. @throws InvalidArgumentError for others. */
  sendDigits(digits: string): void {
    this.#talk.sendDigits(digits);
  }

  /** Sends a message. @returns Its id. @throws InvalidArgumentError, InvalidStateError */
  sendMessage(message: Call.Message): string {
    return this.#talk.sendMessage(message);
  }

  /** Says how good the call was; also after its end. @throws InvalidArgumentError */
  postFeedback(score?: Call.FeedbackScore, issue?: Call.FeedbackIssue): Promise<void> {
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
  status(): Call.State {
    return this.#talk.status;
  }

  /** Which class it is of. */
  override toString(): string {
    return '[Twilio.Call instance]';
  }
}

/** Types that pages name through the class. @public */
export declare namespace Call {
  export type State = words.CallState;
  export type FeedbackIssue = words.FeedbackIssue;
  export type FeedbackScore = words.FeedbackScore;
  export type CallDirection = words.CallDirection;
  export type Codec = words.Codec;
  export type IceGatheringFailureReason = words.IceGatheringFailureReason;
  export type MediaFailure = words.MediaFailure;
  export type Message = CallMessage;
  export type AcceptOptions = options.AcceptOptions;
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
