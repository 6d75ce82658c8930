/** A call as a page sees it. */
import type { CallState } from '../core/call-state.js';
import { Emitter, type Listener } from '../core/emitter.js';
import { type Ending, OffhookError } from '../core/errors.js';
import type { PacketStats } from '../quality/diagnosis.js';
import type { QualitySample } from '../quality/sample.js';
import type { CallDeeds } from './call-deeds.js';
import type { CallLife } from './call-life.js';
import type { AudioState, CallEvents, Levels } from './events.js';
import type { AcceptOptions, DigitOptions, Feedback } from './options.js';

const LEVELS_MS = 100;
const DIGITS = /^[0-9*#A-DwW]{1,64}$/;

/**
 * One call. Made by {@link Client.call}, or told by the client's `incoming`.
 *
 * @public
 */
export class Call extends Emitter<CallEvents> {
  readonly #life: CallLife;
  readonly #deeds: CallDeeds;
  #measuring = false;

  /** @internal */
  constructor(life: CallLife, deeds: CallDeeds) {
    super();
    this.#life = life;
    this.#deeds = deeds;
    life.tell = (event, payload) => this.emit(event, payload);
  }

  /** Who began it: this page (`outgoing`) or somebody else (`incoming`). */
  get direction(): 'outgoing' | 'incoming' {
    return this.#life.facts.direction;
  }

  /** Who calls; for an outgoing call, this page's own name. */
  get from(): string {
    return this.#life.facts.from;
  }

  /** Who is called. */
  get to(): string {
    return this.#life.facts.to;
  }

  /** The name to show for the caller; empty when there is none. */
  get callerName(): string {
    return this.#life.facts.callerName;
  }

  /** What the application sent along, or what was sent to it. */
  get parameters(): Readonly<Record<string, string>> {
    return this.#life.facts.parameters;
  }

  /** What the caller sent along. */
  get headers(): Readonly<Record<string, string>> {
    return this.#life.facts.headers;
  }

  /** The id by which records and webhooks know the call; empty until the server has said it. */
  get id(): string {
    return this.#life.id;
  }

  /** What the call is now. */
  get state(): CallState {
    return this.#life.state;
  }

  /** Whether sound flows. */
  get audio(): AudioState {
    return this.#life.audio.state;
  }

  /** Whether the microphone is shut for this call. */
  get muted(): boolean {
    return this.#life.muted;
  }

  /** Whether this end holds the call. */
  get held(): boolean {
    return this.#life.held;
  }

  /** Whether the other end holds the call. */
  get heldByPeer(): boolean {
    return this.#life.heldByPeer;
  }

  /** Whether the other end sent sound before it answered (early media, RFC 3960). */
  get earlyMedia(): boolean {
    return this.#life.early;
  }

  /** Whether it was begun in the page before this one, which was loaded anew. */
  get resumed(): boolean {
    return this.#life.facts.running !== undefined;
  }

  /** What goes out; nothing before the microphone is open. */
  get localStream(): MediaStream | undefined {
    return this.#life.audio.saying.stream;
  }

  /** What comes in; nothing before there is any. */
  get remoteStream(): MediaStream | undefined {
    return this.#life.audio.hearing.stream;
  }

  /** The element that plays what comes in. */
  get element(): HTMLAudioElement {
    return this.#life.audio.hearing.element;
  }

  /** Seconds since it was answered, up to its end; 0 if it never was. */
  get duration(): number {
    const { answered, over, world } = this.#life;
    return answered === undefined ? 0 : ((over ?? world.timers.now()) - answered) / 1000;
  }

  /** How and why it ended, once it has. */
  get ending(): Ending | undefined {
    return this.#life.ending;
  }

  /** The browser's connection, for diagnosis; changing it is at your own risk. */
  get connection(): RTCPeerConnection {
    return this.#life.audio.connection;
  }

  /**
   * Takes an incoming call; other calls of this page are held unless told otherwise. Settles when the microphone is
   * open and the server has been told.
   *
   * @throws {@link OffhookError} `wrong-state`, or what kept the microphone shut; the call then rings on.
   */
  async accept({ others = 'hold', ...wish }: AcceptOptions = {}): Promise<void> {
    this.#life.check('taken', 'accept');
    if (others !== 'leave') this.#deeds.makeRoom(others);
    await this.#life.accept(wish);
  }

  /**
   * Declines an incoming call for all devices of this name.
   *
   * @param cause - What the caller is told.
   */
  reject(cause: 'rejected' | 'busy' = 'rejected'): void {
    this.#life.reject(cause);
  }

  /** Stops the ringing here; other devices of this name ring on, and this one may still accept. */
  ignore(): void {
    this.#life.must('ignored', 'ignore');
    this.#life.world.send({ type: 'ignore', call: this.#life.facts.name });
  }

  /** Ends the call, whatever its state; an incoming one that was not taken is rejected. */
  hangup(): void {
    this.#life.hangup();
  }

  /** Shuts the microphone for this call, or opens it again. */
  mute(on = true): void {
    const life = this.#life;
    if (life.state === 'ended' || on === life.muted) return;
    life.muted = on;
    life.audio.mute(on);
    if (life.state === 'up') life.sayMuted();
    this.emit('muted', on);
    this.#deeds.watchMuted();
  }

  /**
   * Holds the call: nothing is heard in either direction until {@link Call.resume}.
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
   * Presses keys. Settles when the last has sounded.
   *
   * @param digits - 1 to 64 of `0-9 * # A-D`; `w` waits half a second, `W` a second.
   * @param how - As events, which is usual, or as tones within what is said.
   * @throws {@link OffhookError} `bad-argument` or `wrong-state`.
   */
  async sendDigits(
    digits: string,
    { events = true, inBand = false }: DigitOptions = {},
  ): Promise<void> {
    const life = this.#life;
    if (!DIGITS.test(digits)) {
      throw new OffhookError('bad-argument', {
        message: 'digits must be 1 to 64 of 0-9 * # A-D w W.',
      });
    }
    const early = life.early && life.state === 'ringing';
    if (life.state !== 'up' && !early) throw life.wrongState('press keys in');
    if (digits.length === 1) life.world.pressed(digits);
    await life.audio.press(digits, events, inBand);
  }

  /**
   * Connects the other end with somebody else and leaves: by name or number, at once; or with the other end of
   * another call of this page. Settles when the server has done it; this page's calls then end with `transferred`.
   *
   * @throws {@link OffhookError} `wrong-state`, `transfer-failed`, `forbidden`, `no-reply` or `link-ended`; the calls
   * then go on.
   */
  transfer(to: string | Call): Promise<void> {
    const life = this.#life;
    if (life.state !== 'up') return Promise.reject(life.wrongState('transfer'));
    if (typeof to === 'string') return this.#deeds.transfer({ to });
    if (to === this || to.state !== 'up') return Promise.reject(to.#life.wrongState('transfer to'));
    return this.#deeds.transfer({ with: to.#life.facts.name });
  }

  /**
   * Says what somebody thinks of the call, also after its end; the last word counts.
   *
   * @throws {@link OffhookError} `bad-argument`, `not-found`, `no-reply` or `link-ended`.
   */
  feedback(feedback: Feedback): Promise<void> {
    return this.#deeds.feedback(feedback);
  }

  /**
   * What the server has counted of this end and of the other.
   *
   * @throws {@link OffhookError} `wrong-state`, `no-such-call`, `no-reply` or `link-ended`.
   */
  packetStats(): Promise<PacketStats> {
    return this.#deeds.packetStats();
  }

  /**
   * Sends a text to the other end.
   *
   * @param body - At most 16384 letters.
   * @param contentType - At most 128 letters.
   * @returns The message's id.
   * @throws {@link OffhookError} `bad-argument` or `wrong-state`.
   */
  sendMessage(body: string, contentType = 'text/plain'): string {
    const { state, world } = this.#life;
    if (state === 'ended') throw this.#life.wrongState('send a message in');
    if (body.length > 16_384 || contentType.length > 128) {
      throw new OffhookError('bad-argument', {
        message: 'A message has at most 16384 letters, its content type at most 128.',
      });
    }
    const id = world.freshId();
    this.#life.sendMessage(id, contentType, body);
    return id;
  }

  /** How loud the other end is here: 0 is silence, 1 is all. */
  setVolume(volume: number): void {
    this.#life.audio.hearing.setVolume(volume);
  }

  /** Plays this call on another output, where the browser can. */
  setOutput(deviceId: string): Promise<void> {
    return this.#life.audio.hearing.output(deviceId);
  }

  /** How loud both directions are now. */
  levels(): Levels {
    return this.#life.audio.levels();
  }

  /** What the browser has counted up to now. */
  sample(): Promise<QualitySample> {
    return this.#life.audio.sample();
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
    if (event === 'levels') this.#measure();
    if (event === 'speaking-while-muted') this.#deeds.watchMuted();
    return stop;
  }

  async #hold(on: boolean): Promise<void> {
    const life = this.#life;
    if (life.state !== 'up') throw life.wrongState(on ? 'hold' : 'resume');
    if (on === life.held) return;
    life.held = on;
    try {
      await life.audio.hold(on);
      this.emit('held', on);
    } catch (error) {
      // Somebody may have wished the opposite meanwhile: then that wish stands.
      if ((error as OffhookError).code !== 'aborted') life.held = !on;
      throw error;
    }
  }

  /** Measures for as long as somebody listens. */
  #measure(): void {
    if (this.#measuring) return;
    this.#measuring = true;
    const turn = (): void => {
      if (this.state === 'ended' || !this.hasListeners('levels')) {
        this.#measuring = false;
        return;
      }
      this.emit('levels', this.levels());
      this.#life.world.timers.after(LEVELS_MS, turn);
    };
    this.#life.world.timers.after(LEVELS_MS, turn);
  }
}
