/** `Twilio.Call` of the second generation. */

import { BaseCall, type CallParts } from './base-call.js';
import type { CallAdapter } from './call-adapter.js';
import * as constants from './constants.js';
import type { RTCSample } from './measures.js';
import type { CallMessage } from './messages.js';
import type * as options from './options.js';
import { connectToken } from './params.js';

/**
 * One call. Made by `device.connect()`, or emitted by the device's `incoming`.
 *
 * @public
 */
export class Call extends BaseCall {
  readonly #adapter: CallAdapter;

  /** @internal */
  constructor(parts: CallParts) {
    super(parts);
    this.#adapter = BaseCall.adapterOf(this);
  }

  /** Which class it is. */
  static override toString(): string {
    return '[Twilio.Call class]';
  }

  /** By which another device of the same identity can take this call while it rings. */
  get connectToken(): string | undefined {
    if (this.direction !== constants.CallDirection.Incoming) return undefined;
    const customParameters = Object.fromEntries(this.customParameters);
    return connectToken({ customParameters, parameters: this.parameters });
  }

  /** Takes a pending call; nothing otherwise. */
  accept(options: Call.AcceptOptions = {}): void {
    const { rtcConfiguration, rtcConstraints } = options;
    void this.#adapter.accept({ rtcConfiguration, audio: rtcConstraints?.audio });
  }

  /** Declines a pending call; nothing otherwise. */
  reject(): void {
    this.#adapter.reject();
  }

  /** Lets a pending call ring elsewhere; nothing otherwise. */
  ignore(): void {
    this.#adapter.ignore();
  }

  /** Ends the call; nothing while it is pending. */
  disconnect(): void {
    this.#adapter.disconnect();
  }

  /** Shuts the microphone for this call, or opens it. */
  mute(shouldMute = true): void {
    this.#adapter.mute(shouldMute);
  }

  /** Sends a message. @returns Its id. @throws InvalidArgumentError, InvalidStateError */
  sendMessage(message: Call.Message): string {
    return this.#adapter.sendMessage(message);
  }

  /** Which class it is of. */
  override toString(): string {
    return '[Twilio.Call instance]';
  }
}

/** Types that pages name through the class. @public */
export declare namespace Call {
  export type State = constants.CallState;
  export type FeedbackIssue = constants.FeedbackIssue;
  export type FeedbackScore = constants.FeedbackScore;
  export type CallDirection = constants.CallDirection;
  export type Codec = constants.Codec;
  export type IceGatheringFailureReason = constants.IceGatheringFailureReason;
  export type MediaFailure = constants.MediaFailure;
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
