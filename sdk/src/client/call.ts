/** A call as a page sees it. */
import type { CallState } from '../core/call-state.js';
import { text } from '../core/checks.js';
import { freshId } from '../core/clock.js';
import { DIGITS } from '../core/digits.js';
import { Emitter, type Listener } from '../core/emitter.js';
import { type Ending, OffhookError } from '../core/errors.js';
import type { PacketStats } from '../quality/diagnosis.js';
import type { QualitySample } from '../quality/sample.js';
import type { CallController } from './call-controller.js';
import type { AudioState, CallEvents, Levels } from './events.js';
import type { AcceptOptions, DigitOptions, Feedback } from './options.js';

const LEVELS_MS = 100;

/**
 * One call. Made by {@link Client.call}, or emitted by the client's `incoming`.
 *
 * @public
 */
export class Call extends Emitter<CallEvents> {
  readonly #controller: CallController;
  #measuring = false;

  /** @internal */
  constructor(controller: CallController) {
    super();
    this.#controller = controller;
    controller.emit = (event, payload) => this.emit(event, payload);
    controller.hasListeners = (event) => this.hasListeners(event);
  }

  /** `outgoing` from this page, or `incoming`. */
  get direction(): 'outgoing' | 'incoming' {
    return this.#controller.info.direction;
  }

  /** Who calls; for an outgoing call, this page's own name. */
  get from(): string {
    return this.#controller.info.from;
  }

  /** Who is called. */
  get to(): string {
    return this.#controller.info.to;
  }

  /** The name to show for the caller; empty when there is none. */
  get callerName(): string {
    return this.#controller.info.callerName;
  }

  /** What the application sent along, or what was sent to it. */
  get parameters(): Readonly<Record<string, string>> {
    return this.#controller.info.parameters;
  }

  /** What the caller sent along. */
  get headers(): Readonly<Record<string, string>> {
    return this.#controller.info.headers;
  }

  /** The id by which records and webhooks know the call; empty until the server has sent it. */
  get id(): string {
    return this.#controller.id;
  }

  /** The call's state. */
  get state(): CallState {
    return this.#controller.state;
  }

  /** Whether audio flows. */
  get audio(): AudioState {
    return this.#controller.audio.state;
  }

  /** Whether the microphone is muted for this call. */
  get muted(): boolean {
    return this.#controller.muted;
  }

  /** Whether this page holds the call. */
  get held(): boolean {
    return this.#controller.held;
  }

  /** Whether the other party holds the call. */
  get heldByPeer(): boolean {
    return this.#controller.heldByPeer;
  }

  /** Whether there was audio before the answer (early media, RFC 3960). */
  get earlyMedia(): boolean {
    return this.#controller.early;
  }

  /** Whether it began before the page was reloaded. */
  get resumed(): boolean {
    return this.#controller.info.running !== undefined;
  }

  /** The local audio; nothing before the microphone is open. */
  get localStream(): MediaStream | undefined {
    return this.#controller.audio.local.stream;
  }

  /** The remote audio; nothing before there is any. */
  get remoteStream(): MediaStream | undefined {
    return this.#controller.audio.remote.stream;
  }

  /** The element that plays the remote audio. */
  get element(): HTMLAudioElement {
    return this.#controller.audio.remote.element;
  }

  /** Seconds since it was answered, up to its end; 0 if it never was. */
  get duration(): number {
    const { answeredAt, endedAt, now } = this.#controller;
    return answeredAt === undefined ? 0 : ((endedAt ?? now) - answeredAt) / 1000;
  }

  /** How and why it ended, once it has. */
  get ending(): Ending | undefined {
    return this.#controller.ending;
  }

  /** The browser's connection, for diagnosis: another one after a restart of the server. Changing it is at your own risk. */
  get connection(): RTCPeerConnection {
    return this.#controller.audio.connection;
  }

  /**
   * Takes an incoming call; other calls of this page are held by default. Settles when the microphone is open
   * and the answer was sent.
   *
   * @throws {@link OffhookError} `wrong-state`, or why the microphone could not be opened; the call then rings on.
   */
  async accept({ others = 'hold', ...setup }: AcceptOptions = {}): Promise<void> {
    this.#controller.assertCan('accepted', 'accept');
    if (others !== 'leave') this.#controller.hooks.accepting(this.#controller, others);
    await this.#controller.accept(setup);
  }

  /**
   * Declines an incoming call for all devices of this name.
   *
   * @param cause - The cause that the caller gets.
   */
  reject(cause: 'rejected' | 'busy' = 'rejected'): void {
    this.#controller.reject(cause);
  }

  /** Stops the ringing here; other devices of this name ring on, and this one may still accept. */
  ignore(): void {
    this.#controller.transition('ignored', 'ignore');
    this.#controller.send({ type: 'ignore', call: this.#controller.info.name });
  }

  /** Ends the call, whatever its state; an incoming one that was not taken is rejected. */
  hangup(): void {
    this.#controller.hangup();
  }

  /** Mutes the microphone for this call, or unmutes it. */
  mute(on = true): void {
    const call = this.#controller;
    if (call.state === 'ended' || on === call.muted) return;
    call.muted = on;
    call.audio.mute(on);
    if (call.state === 'up') call.sendMuted();
    this.emit('muted', on);
    this.#controller.detectMutedSpeech();
  }

  /**
   * Holds the call: no sound flows in either direction until {@link Call.resume}.
   *
   * @throws {@link OffhookError} `wrong-state`, `negotiation-failed`, `no-reply`, or `aborted` when the
   * call ended or was resumed meanwhile.
   */
  hold(): Promise<void> {
    return this.#hold(true);
  }

  /** Takes a held call up again. Fails as {@link Call.hold} does. */
  resume(): Promise<void> {
    return this.#hold(false);
  }

  /**
   * Sends digits. Settles when the last has sounded.
   *
   * @param digits - 1 to 64 of `0-9 * # A-D`; `w` waits half a second, `W` a second.
   * @param how - As events, which is usual, or as in-band tones.
   * @throws {@link OffhookError} `bad-argument` or `wrong-state`.
   */
  async sendDigits(
    digits: string,
    { events = true, inBand = false }: DigitOptions = {},
  ): Promise<void> {
    const call = this.#controller;
    if (!DIGITS.test(digits)) {
      throw new OffhookError('bad-argument', {
        message: 'digits must be 1 to 64 of 0-9 * # A-D w W.',
      });
    }
    const early = call.early && call.state === 'ringing';
    if (call.state !== 'up' && !early) throw call.stateError('press keys in');
    if (digits.length === 1) call.hooks.keyPressed(digits);
    await call.audio.sendDigits(digits, events, inBand);
  }

  /**
   * Transfers the other party and leaves: to a name or number, at once (blind); or to the other party of another
   * call of this page (attended). Settles when the server has done it; this page's calls then end with `transferred`.
   *
   * @throws {@link OffhookError} `wrong-state`, `transfer-failed`, `forbidden`, `no-reply` or `link-ended`; the calls
   * then go on.
   */
  transfer(to: string | Call): Promise<void> {
    const call = this.#controller;
    if (call.state !== 'up') return Promise.reject(call.stateError('transfer'));
    if (typeof to === 'string') return this.#controller.transfer({ to });
    if (to === this || to.state !== 'up')
      return Promise.reject(to.#controller.stateError('transfer to'));
    return this.#controller.transfer({ with: to.#controller.info.name });
  }

  /**
   * Stores a user's feedback on the call, also after its end; the last one counts.
   *
   * @throws {@link OffhookError} `bad-argument`, `not-found`, `no-reply` or `link-ended`.
   */
  feedback(feedback: Feedback): Promise<void> {
    return this.#controller.context.feedback(this.id, feedback);
  }

  /**
   * The packets that the server has counted on this call's leg and on the other party's.
   *
   * @throws {@link OffhookError} `wrong-state`, `no-such-call`, `no-reply` or `link-ended`.
   */
  packetStats(): Promise<PacketStats> {
    return this.#controller.packetStats();
  }

  /**
   * Sends a text to the other party.
   *
   * @param body - At most 16384 letters.
   * @param contentType - At most 128 letters.
   * @returns The message's id.
   * @throws {@link OffhookError} `bad-argument` or `wrong-state`.
   */
  sendMessage(body: string, contentType = 'text/plain'): string {
    const { state, context } = this.#controller;
    if (state === 'ended') throw this.#controller.stateError('send a message in');
    if (!text(16_384)(body) || !text(128)(contentType)) {
      throw new OffhookError('bad-argument', {
        message: 'A message has at most 16384 letters, its content type at most 128.',
      });
    }
    const id = freshId(context.platform.random);
    const { name: call } = this.#controller.info;
    this.#controller.send({ type: 'message', call, id, content_type: contentType, body });
    return id;
  }

  /** Volume of the remote audio: 0 is silence, 1 is full. */
  setVolume(volume: number): void {
    this.#controller.audio.remote.setVolume(volume);
  }

  /** Plays this call on another output, where the browser can. */
  setOutput(deviceId: string): Promise<void> {
    return this.#controller.audio.remote.setOutput(deviceId);
  }

  /** How loud both directions are now. */
  levels(): Levels {
    return this.#controller.audio.levels();
  }

  /** The browser's statistics up to now. */
  sample(): Promise<QualitySample> {
    return this.#controller.audio.sample();
  }

  /** Settles when the call is answered (`true`) or has ended before (`false`). */
  whenAnswered(): Promise<boolean> {
    return new Promise((done) => {
      const look = (): void => {
        if (this.state !== 'up' && this.state !== 'ended') return;
        stop();
        done(this.state === 'up');
      };
      const stop = this.on('state', look);
      look();
    });
  }

  /** Settles when the call has ended. */
  whenEnded(): Promise<Ending> {
    return new Promise((done) => {
      if (this.ending) done(this.ending);
      else this.once('ended', done);
    });
  }

  /** Calls `listener` at each `event` from now on. Gives the function that stops that. */
  override on<Name extends keyof CallEvents>(
    event: Name,
    listener: Listener<CallEvents[Name]>,
  ): () => void {
    const stop = super.on(event, listener);
    if (event === 'levels') this.#measureLevels();
    if (event === 'speaking-while-muted') this.#controller.detectMutedSpeech();
    return stop;
  }

  async #hold(on: boolean): Promise<void> {
    const call = this.#controller;
    if (call.state !== 'up') throw call.stateError(on ? 'hold' : 'resume');
    if (on === call.held) return;
    call.held = on;
    try {
      await call.audio.hold(on);
      this.emit('held', on);
    } catch (error) {
      // The opposite may have been requested meanwhile: then that request stands.
      if ((error as OffhookError).code !== 'aborted') call.held = !on;
      throw error;
    }
  }

  /** Measures while there is a listener. */
  #measureLevels(): void {
    if (this.#measuring) return;
    this.#measuring = true;
    const turn = (): void => {
      if (this.state === 'ended' || !this.hasListeners('levels')) {
        this.#measuring = false;
        return;
      }
      this.emit('levels', this.levels());
      this.#controller.context.platform.timers.after(LEVELS_MS, turn);
    };
    this.#controller.context.platform.timers.after(LEVELS_MS, turn);
  }
}
