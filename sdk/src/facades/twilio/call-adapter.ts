/** One call in the vendor's states and events, over a call of ours that may not exist yet. */
import type { Call } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import { type Ending, OffhookError } from '../../core/errors.js';
import { type CallContext, type CallOverrides, callOptions } from './adapter-types.js';
import { AudioEvents } from './audio-events.js';
import { CallDirection, CallState, FeedbackIssue, FeedbackScore } from './constants.js';
import { InvalidArgumentError, InvalidStateError } from './errors/classes.js';
import { type CallMessage, Messages } from './messages.js';
import { callSid, customParameters, dialTarget, parametersOf, temporarySid } from './params.js';

/** One call. */
export class CallAdapter {
  direction: CallDirection;
  readonly customParameters: Map<string, string>;
  readonly outboundConnectionId: string = temporarySid();
  readonly audio: AudioEvents;
  readonly messages: Messages;
  parameters: Record<string, string> = {};
  status: CallState = CallState.Pending;
  muted = false;
  /** Our own call, once it has begun. */
  native: Call | undefined;
  /** Called when it has. */
  started: (call: Call) => void = () => undefined;
  readonly #context: CallContext;
  readonly #abort: AbortController = new AbortController();
  #ringing = false;
  #opened = false;
  #errorReported = false;
  readonly #interrupted = { signalling: false, media: false };

  /** @param incoming - The call, if it is an incoming one. */
  constructor(
    context: CallContext,
    params: Readonly<Record<string, unknown>>,
    incoming?: { call: Call; client: Client },
  ) {
    this.#context = context;
    this.direction = incoming ? CallDirection.Incoming : CallDirection.Outgoing;
    this.customParameters = customParameters(params);
    this.messages = new Messages(context);
    this.audio = new AudioEvents(context, () => this.muted);
    if (!incoming) return;
    const { call, client } = incoming;
    const account = client.identity?.account ?? '';
    const { id, from, to, parameters } = call;
    this.parameters = parametersOf({ id, from, to, account, parameters });
    this.#follow(call);
  }

  /** Whether the caller's number is verified; null when that is unknown. */
  get callerInfo(): { isVerified: boolean } | null {
    const status = this.parameters['StirStatus'];
    return status ? { isVerified: status === 'TN-Validation-Passed-A' } : null;
  }

  /** Begins an outgoing call on a client. Never rejects: failures are emitted as events. */
  async dial(client: Client, overrides: CallOverrides): Promise<void> {
    if (this.status !== CallState.Pending) return;
    this.status = CallState.Connecting;
    this.#context.accepting();
    const { to, parameters } = dialTarget(this.customParameters);
    const { signal } = this.#abort;
    try {
      const native = await client.call(to, {
        parameters,
        signal,
        ...callOptions(overrides, this.#context.defaults()),
      });
      if (signal.aborted) native.hangup();
      else this.#follow(native);
    } catch (error) {
      // The page has just got the call and had no time yet to listen.
      setTimeout(() => this.fail(error as OffhookError));
    }
  }

  /** Takes an incoming call; nothing unless it is pending. */
  async accept(overrides: CallOverrides): Promise<void> {
    const { native } = this;
    if (this.status !== CallState.Pending || !native) return;
    this.status = CallState.Connecting;
    this.#context.accepting();
    try {
      await native.accept({ others: 'leave', ...callOptions(overrides, this.#context.defaults()) });
    } catch (error) {
      this.fail(error as OffhookError);
      if (native.state === 'incoming') native.reject();
    }
  }

  /** Declines a pending call. */
  reject(): void {
    if (this.status !== CallState.Pending) return;
    this.#close();
    if (this.native?.state === 'incoming') this.native.reject();
    this.#emitEnd('reject');
  }

  /** Lets a pending call ring elsewhere. */
  ignore(): void {
    if (this.status !== CallState.Pending) return;
    this.#close();
    if (this.native?.state === 'incoming') this.native.ignore();
    this.#context.changed();
    if (this.#context.dialect.ignoreCancels) this.#context.emit('cancel');
  }

  /** Ends the call; nothing while it rings here, or is over. */
  disconnect(): void {
    const rings = this.status === CallState.Pending && this.direction === CallDirection.Incoming;
    if (rings || this.status === CallState.Closed) return;
    this.#close();
    this.#abort.abort();
    this.native?.hangup();
    this.#emitEnd('disconnect');
  }

  /** Shuts the microphone for this call, or opens it. */
  mute(on: boolean): void {
    if (on === this.muted) return;
    this.muted = on;
    this.native?.mute(on);
    this.#context.emit('mute', on);
  }

  /** Sends digits. @throws InvalidArgumentError */
  sendDigits(digits: string): void {
    if (/[^0-9*#w]/.test(digits)) {
      throw new InvalidArgumentError('Illegal character passed into sendDigits');
    }
    void this.#sendKeys([...digits]);
  }

  /** Sends a message. @throws InvalidArgumentError, InvalidStateError */
  sendMessage(message: CallMessage): string {
    const callId = this.parameters['CallSid'];
    if (!this.native || !callId || this.status === CallState.Closed) {
      throw new InvalidStateError('Could not send CallMessage; Call has no CallSid');
    }
    return this.messages.send(this.native, message);
  }

  /** Rates the call. @throws InvalidArgumentError */
  postFeedback(score?: FeedbackScore | null, issue?: FeedbackIssue | null): Promise<void> {
    return postFeedback(this.native, score, issue);
  }

  /** The signalling is away, or back. */
  interrupted(gone: boolean): void {
    this.#reconnect('signalling', gone);
  }

  /** The call could not be made, or taken. */
  fail(error: OffhookError): void {
    if (this.status === CallState.Closed) return;
    this.#close();
    this.#emitEnd('disconnect');
    this.#context.emit('error', this.#context.dialect.error(error));
  }

  #follow(call: Call): void {
    this.native = call;
    this.started(call);
    if (this.muted) call.mute(true);
    call.on('state', () => this.#update());
    call.on('audio', () => this.#update());
    call.on('message', (message) => this.messages.received(message));
    call.on('message-sent', ({ id }) => this.messages.sent(id));
    call.on('error', (error) => {
      // Browsers that want a gesture first go on by themselves after one.
      if (error.code === 'audio-blocked') return;
      this.#errorReported = error.call !== undefined;
      this.#context.emit('error', this.#context.dialect.error(error));
    });
    call.on('ended', (ending) => this.#ended(ending));
    this.#update();
  }

  /** The state of our call has changed: emits the vendor's events for it. */
  #update(): void {
    const { native, status } = this;
    if (!native || status === CallState.Closed || native.state === 'ended') return;
    if (native.id) this.parameters['CallSid'] ??= callSid(native.id);
    if (native.state === 'ringing') this.#ring(native.earlyMedia);
    if (native.audio !== 'connecting') this.audio.play(native);
    if (native.state !== 'up') return;
    if (!this.#opened) {
      if (native.audio !== 'connected') return;
      this.#open(native);
    }
    this.#reconnect('media', native.audio === 'interrupted');
  }

  #ring(early: boolean): void {
    if (this.#ringing || this.direction === CallDirection.Incoming) return;
    this.#ringing = true;
    if (!this.#context.dialect.ringing) return;
    this.status = CallState.Ringing;
    this.#context.emit('ringing', early);
  }

  #open(native: Call): void {
    // The vendor's server signals ringing before any answer.
    this.#ring(false);
    this.#opened = true;
    this.status = CallState.Open;
    // Where that cannot be loaded the page gets no samples, and the call goes on.
    this.audio.start(native, this.#context.defaults().warnings).catch(() => undefined);
    this.#context.changed();
    this.#context.emit('accept');
  }

  #reconnect(what: 'signalling' | 'media', gone: boolean): void {
    if (!this.#opened || this.status === CallState.Closed || this.#interrupted[what] === gone)
      return;
    this.#interrupted[what] = gone;
    if (what === 'media') this.audio.interrupted(gone);
    const reason = this.#context.dialect.reconnecting(what);
    if (reason === undefined) return;
    const any = this.#interrupted.signalling || this.#interrupted.media;
    this.status = any ? CallState.Reconnecting : CallState.Open;
    if (gone) this.#context.emit('reconnecting', reason);
    else if (!any) this.#context.emit('reconnected');
  }

  #ended(ending: Ending): void {
    const { status } = this;
    if (status === CallState.Closed) return;
    if (status === CallState.Pending) {
      this.#close();
      this.#emitEnd('cancel');
      return;
    }
    const error = this.#context.dialect.ending(ending);
    const ours = ending.cause === 'media-failed';
    // The reason of a refusal was emitted just before.
    const reported = this.#errorReported && !this.#opened && ending.by === 'server';
    if (error && !ours && !reported) this.#context.emit('error', error);
    this.#close();
    this.#emitEnd('disconnect');
    if (error && ours) this.#context.emit('error', error);
  }

  #close(): void {
    this.status = CallState.Closed;
    this.audio.end();
  }

  #emitEnd(event: string): void {
    this.#context.changed();
    this.#context.emit(event);
  }

  /** One digit after the other, so that each sounds here as well. */
  async #sendKeys(keys: readonly string[]): Promise<void> {
    try {
      for (const key of keys) {
        // Failures are emitted after the method has returned.
        await undefined;
        if (!this.native) throw new OffhookError('not-connected');
        await this.native.sendDigits(key);
      }
    } catch (error) {
      if (this.status === CallState.Closed) return;
      this.#context.emit('error', this.#context.dialect.error(error as OffhookError));
    }
  }
}

function must(known: readonly unknown[], value: unknown, what: string): void {
  if (!known.includes(value)) {
    throw new InvalidArgumentError(`Feedback ${what} must be one of: ${known}`);
  }
}

/**
 * Stores a score with the call. Without a score there is nothing to store.
 *
 * @throws InvalidArgumentError at once; what else fails rejects the promise.
 */
export function postFeedback(
  call: Call | undefined,
  score?: FeedbackScore | null,
  issue?: FeedbackIssue | null,
): Promise<void> {
  if (score === undefined || score === null) return Promise.resolve();
  must(Object.values(FeedbackScore), score, 'score');
  const issues = issue === undefined || issue === null ? [] : [issue];
  for (const one of issues) must(Object.values(FeedbackIssue), one, 'issue');
  if (!call) return Promise.reject(new InvalidStateError('The call has never begun.'));
  return call.feedback({ score, issues });
}
