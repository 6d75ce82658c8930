/** The life of one call as the vendor tells it, over a call of ours that may not be there yet. */
import type { Call } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import { type Ending, OffhookError } from '../../core/errors.js';
import type { TalkDesk } from './desk.js';
import { InvalidArgumentError, InvalidStateError } from './errors/classes.js';
import { postFeedback } from './feedback.js';
import { Listening } from './listening.js';
import { type CallMessage, Messages } from './messages.js';
import { customParameters, dialled, parametersOf } from './params.js';
import { callSid, temporarySid } from './sids.js';
import { callTerms, type TalkWish } from './terms.js';
import { CallDirection, CallState, type FeedbackIssue, type FeedbackScore } from './words.js';

/** One call. */
export class Talk {
  direction: CallDirection;
  readonly customParameters: Map<string, string>;
  readonly outboundConnectionId: string = temporarySid();
  readonly listening: Listening;
  readonly messages: Messages;
  parameters: Record<string, string> = {};
  status: CallState = CallState.Pending;
  muted = false;
  /** Our own call, once it has begun. */
  native: Call | undefined;
  /** Called when it has. */
  begun: (call: Call) => void = () => undefined;
  readonly #desk: TalkDesk;
  readonly #abort: AbortController = new AbortController();
  #rang = false;
  #opened = false;
  #refused = false;
  readonly #away = { signalling: false, media: false };

  /** @param came - The call, if it is an incoming one. */
  constructor(
    desk: TalkDesk,
    params: Readonly<Record<string, unknown>>,
    came?: { call: Call; client: Client },
  ) {
    this.#desk = desk;
    this.direction = came ? CallDirection.Incoming : CallDirection.Outgoing;
    this.customParameters = customParameters(params);
    this.messages = new Messages(desk);
    this.listening = new Listening(desk, () => this.muted);
    if (!came) return;
    const { call, client } = came;
    const account = client.identity?.account ?? '';
    const { id, from, to, parameters } = call;
    this.parameters = parametersOf({ id, from, to, account, parameters });
    this.#follow(call);
  }

  /** Whether the caller's number is verified; null when nobody says. */
  get callerInfo(): { isVerified: boolean } | null {
    const status = this.parameters['StirStatus'];
    return status ? { isVerified: status === 'TN-Validation-Passed-A' } : null;
  }

  /** Begins an outgoing call on a client. Never fails: what fails is told as events. */
  async dial(client: Client, wish: TalkWish): Promise<void> {
    if (this.status !== CallState.Pending) return;
    this.status = CallState.Connecting;
    this.#desk.taking();
    const { to, parameters } = dialled(this.customParameters);
    const { signal } = this.#abort;
    try {
      const native = await client.call(to, {
        parameters,
        signal,
        ...callTerms(wish, this.#desk.terms()),
      });
      if (signal.aborted) native.hangup();
      else this.#follow(native);
    } catch (error) {
      // Whoever has just been given the call has had no time yet to listen.
      setTimeout(() => this.fail(error as OffhookError));
    }
  }

  /** Takes an incoming call; nothing unless it is pending. */
  async accept(wish: TalkWish): Promise<void> {
    const { native } = this;
    if (this.status !== CallState.Pending || !native) return;
    this.status = CallState.Connecting;
    this.#desk.taking();
    try {
      await native.accept({ others: 'leave', ...callTerms(wish, this.#desk.terms()) });
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
    this.#tellEnd('reject');
  }

  /** Lets a pending call ring elsewhere. */
  ignore(): void {
    if (this.status !== CallState.Pending) return;
    this.#close();
    if (this.native?.state === 'incoming') this.native.ignore();
    this.#desk.moved();
    if (this.#desk.spelling.ignoreCancels) this.#desk.tell('cancel');
  }

  /** Ends the call; nothing while it rings here, or is over. */
  disconnect(): void {
    const rings = this.status === CallState.Pending && this.direction === CallDirection.Incoming;
    if (rings || this.status === CallState.Closed) return;
    this.#close();
    this.#abort.abort();
    this.native?.hangup();
    this.#tellEnd('disconnect');
  }

  /** Shuts the microphone for this call, or opens it. */
  mute(on: boolean): void {
    if (on === this.muted) return;
    this.muted = on;
    this.native?.mute(on);
    this.#desk.tell('mute', on);
  }

  /** Presses keys. @throws InvalidArgumentError */
  sendDigits(digits: string): void {
    if (/[^0-9*#w]/.test(digits)) {
      throw new InvalidArgumentError('Illegal character passed into sendDigits');
    }
    void this.#press([...digits]);
  }

  /** Sends a message. @throws InvalidArgumentError, InvalidStateError */
  sendMessage(message: CallMessage): string {
    const callId = this.parameters['CallSid'];
    if (!this.native || !callId || this.status === CallState.Closed) {
      throw new InvalidStateError('Could not send CallMessage; Call has no CallSid');
    }
    return this.messages.send(this.native, message);
  }

  /** Says how good the call was. @throws InvalidArgumentError */
  postFeedback(score?: FeedbackScore | null, issue?: FeedbackIssue | null): Promise<void> {
    return postFeedback(this.native, score, issue);
  }

  /** The signalling is away, or back. */
  away(gone: boolean): void {
    this.#reconnect('signalling', gone);
  }

  /** The call could not be made, or taken. */
  fail(error: OffhookError): void {
    if (this.status === CallState.Closed) return;
    this.#close();
    this.#tellEnd('disconnect');
    this.#desk.tell('error', this.#desk.spelling.error(error));
  }

  #follow(call: Call): void {
    this.native = call;
    this.begun(call);
    if (this.muted) call.mute(true);
    call.on('state', () => this.#look());
    call.on('audio', () => this.#look());
    call.on('message', (message) => this.messages.came(message));
    call.on('message-sent', ({ id }) => this.messages.sent(id));
    call.on('error', (error) => {
      // Browsers that want a gesture first go on by themselves after one.
      if (error.code === 'audio-blocked') return;
      this.#refused = error.call !== undefined;
      this.#desk.tell('error', this.#desk.spelling.error(error));
    });
    call.on('ended', (ending) => this.#ended(ending));
    this.#look();
  }

  /** Our call has moved: what is that in the vendor's words? */
  #look(): void {
    const { native, status } = this;
    if (!native || status === CallState.Closed || native.state === 'ended') return;
    if (native.id) this.parameters['CallSid'] ??= callSid(native.id);
    if (native.state === 'ringing') this.#ring(native.earlyMedia);
    if (native.audio !== 'connecting') this.listening.play(native);
    if (native.state !== 'up') return;
    if (!this.#opened) {
      if (native.audio !== 'connected') return;
      this.#open(native);
    }
    this.#reconnect('media', native.audio === 'interrupted');
  }

  #ring(early: boolean): void {
    if (this.#rang || this.direction === CallDirection.Incoming) return;
    this.#rang = true;
    if (!this.#desk.spelling.ringing) return;
    this.status = CallState.Ringing;
    this.#desk.tell('ringing', early);
  }

  #open(native: Call): void {
    // The vendor's server says that it rings before anything is answered.
    this.#ring(false);
    this.#opened = true;
    this.status = CallState.Open;
    // Where that cannot be loaded the page gets no samples, and the call goes on.
    this.listening.begin(native, this.#desk.terms().warnings).catch(() => undefined);
    this.#desk.moved();
    this.#desk.tell('accept');
  }

  #reconnect(what: 'signalling' | 'media', gone: boolean): void {
    if (!this.#opened || this.status === CallState.Closed || this.#away[what] === gone) return;
    this.#away[what] = gone;
    if (what === 'media') this.listening.interrupted(gone);
    const why = this.#desk.spelling.reconnecting(what);
    if (why === undefined) return;
    const any = this.#away.signalling || this.#away.media;
    this.status = any ? CallState.Reconnecting : CallState.Open;
    if (gone) this.#desk.tell('reconnecting', why);
    else if (!any) this.#desk.tell('reconnected');
  }

  #ended(ending: Ending): void {
    const { status } = this;
    if (status === CallState.Closed) return;
    if (status === CallState.Pending) {
      this.#close();
      this.#tellEnd('cancel');
      return;
    }
    const error = this.#desk.spelling.ending(ending);
    const ours = ending.cause === 'media-failed';
    // Why the server has refused a call was told just before.
    const told = this.#refused && !this.#opened && ending.by === 'server';
    if (error && !ours && !told) this.#desk.tell('error', error);
    this.#close();
    this.#tellEnd('disconnect');
    if (error && ours) this.#desk.tell('error', error);
  }

  #close(): void {
    this.status = CallState.Closed;
    this.listening.end();
  }

  #tellEnd(event: string): void {
    this.#desk.moved();
    this.#desk.tell(event);
  }

  /** One key after the other, so that each is heard here as well. */
  async #press(keys: readonly string[]): Promise<void> {
    try {
      for (const key of keys) {
        // What fails is told after the call has returned.
        await undefined;
        if (!this.native) throw new OffhookError('not-connected');
        await this.native.sendDigits(key);
      }
    } catch (error) {
      if (this.status === CallState.Closed) return;
      this.#desk.tell('error', this.#desk.spelling.error(error as OffhookError));
    }
  }
}
