/** What a call of either generation has in common. */
import { EventEmitter, settable } from '../shared/event-emitter.js';
import type { CallContext, CallDefaults, Dialect } from './adapter-types.js';
import { CallAdapter } from './call-adapter.js';
import * as constants from './constants.js';
import type { CallHooks } from './device-core.js';

/** Who the caller is. */
interface CallerInfo {
  isVerified: boolean;
}

/** Events whose values the call itself follows. */
const WITH_SELF: ReadonlySet<string> = /* @__PURE__ */ new Set(['accept', 'disconnect', 'mute']);

/** What a device gives its calls. */
export interface CallParts {
  readonly dialect: Dialect;
  readonly hooks: CallHooks;
  readonly params: Readonly<Record<string, unknown>>;
  readonly incoming?: ConstructorParameters<typeof CallAdapter>[2];
  defaults(): CallDefaults;
}

/** Connects a call object of either generation with its adapter. */
function callContext(parts: CallParts, shown: EventEmitter): CallContext {
  return {
    ...parts.hooks,
    dialect: parts.dialect,
    defaults: () => parts.defaults(),
    hasListeners: (event) => shown.listenerCount(event) > 0,
    emit: (event, ...values) =>
      void shown.emit(event, ...values, ...(WITH_SELF.has(event) ? [shown] : [])),
  };
}

/** The values of both, and what is read of them. @public */
export abstract class BaseCall extends EventEmitter {
  /** What a call is. */
  static readonly State: typeof constants.CallState = constants.CallState;
  /** What may have been wrong with a call. */
  static readonly FeedbackIssue: typeof constants.FeedbackIssue = constants.FeedbackIssue;
  /** How good a call was. */
  static readonly FeedbackScore: typeof constants.FeedbackScore = constants.FeedbackScore;
  /** Direction of a call. */
  static readonly CallDirection: typeof constants.CallDirection = constants.CallDirection;
  /** Codecs of a call. */
  static readonly Codec: typeof constants.Codec = constants.Codec;
  /** Why no candidates were gathered. */
  static readonly IceGatheringFailureReason: typeof constants.IceGatheringFailureReason =
    constants.IceGatheringFailureReason;
  /** What became of the sound. */
  static readonly MediaFailure: typeof constants.MediaFailure = constants.MediaFailure;
  readonly #adapter: CallAdapter;

  /** @internal */
  constructor(parts: CallParts) {
    super();
    this.#adapter = new CallAdapter(callContext(parts, this), parts.params, parts.incoming);
    settable(this, EventEmitter.prototype);
  }

  /** The adapter between this call and the SDK's own. @internal */
  static adapterOf(call: BaseCall): CallAdapter {
    return call.#adapter;
  }

  /** What the server sends along with the call: `CallSid`, `From`, `To` and others. */
  get parameters(): Record<string, string> {
    return this.#adapter.parameters;
  }

  /** What the application sent along, or was sent. */
  get customParameters(): Map<string, string> {
    return this.#adapter.customParameters;
  }

  /** The codec of the last sample. */
  get codec(): string {
    return this.#adapter.audio.codec;
  }

  /** The id of an outgoing call before the server has given it one. */
  get outboundConnectionId(): string | undefined {
    return this.#adapter.outboundConnectionId;
  }

  /** Whether the microphone is shut for this call. */
  isMuted(): boolean {
    return this.#adapter.muted;
  }

  /** Sends digits: 0-9, `*`, `#`; `w` waits half a second. @throws InvalidArgumentError for others. */
  sendDigits(digits: string): void {
    this.#adapter.sendDigits(digits);
  }

  /** The local audio. */
  getLocalStream(): MediaStream | undefined {
    return this.#adapter.native?.localStream;
  }

  /** The remote audio. */
  getRemoteStream(): MediaStream | undefined {
    return this.#adapter.native?.remoteStream;
  }

  /** Whether the caller's number is verified; null when that is unknown. */
  get callerInfo(): CallerInfo | null {
    return this.#adapter.callerInfo;
  }

  /** Direction of the call. */
  get direction(): constants.CallDirection {
    return this.#adapter.direction;
  }

  /** What the call is. */
  status(): constants.CallState {
    return this.#adapter.status;
  }

  /** Rates the call; also after its end. @throws InvalidArgumentError */
  postFeedback(score?: constants.FeedbackScore, issue?: constants.FeedbackIssue): Promise<void> {
    return this.#adapter.postFeedback(score, issue);
  }
}
