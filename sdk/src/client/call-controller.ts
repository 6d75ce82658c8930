/** One call: its state, the server's frames, the page's actions, and what watches it while it is up. */
import { after, type CallEvent, type CallState } from '../core/call-state.js';
import { type Ending, ending, OffhookError } from '../core/errors.js';
import type { CallFrame, PageFrame, RunningCall, StatsFrame, StringMap } from '../core/frames.js';
import { type Lazy, lazy } from '../core/lazy.js';
import type { PacketStats } from '../quality/diagnosis.js';
import { IncomingOffer } from '../rtc/negotiation.js';
import { CallAudio, loadQuality } from './call-audio.js';
import type { CallQuality } from './call-quality.js';
import type { ClientContext } from './client-context.js';
import type { AudioState, CallEvents } from './events.js';
import type { CallMediaOptions } from './options.js';

const loadDetector: Lazy<typeof import('../audio/muted-speech-detector.js')> = /* @__PURE__ */ lazy(
  () => import('../audio/muted-speech-detector.js'),
);

/** Where a call comes from and where it goes. */
export interface CallInfo {
  /** Its name on the link. */
  readonly name: string;
  readonly direction: 'outgoing' | 'incoming';
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly callerName: string;
  readonly parameters: StringMap;
  readonly headers: StringMap;
  /** The server's offer, if it is the one that calls. */
  readonly offer: string;
  /** Only tests the network: it plays no sound and is not listed. */
  readonly quiet?: boolean;
  /** What the page before this one had of it. */
  readonly running?: RunningCall;
}

/** What a call reports to its registry. */
export interface CallHooks {
  /** The call's state has changed; at its end that comes after everything else. */
  changed(call: CallController): void;
  /** The page is about to accept this call: what becomes of the others. */
  accepting(call: CallController, others: 'hold' | 'hangup'): void;
  /** A key was pressed here. */
  keyPressed(digit: string): void;
}

/** Emits an event of the call. */
export type Emit = <Name extends keyof CallEvents>(event: Name, payload: CallEvents[Name]) => void;

/** One call from its beginning to its end. */
export class CallController {
  readonly info: CallInfo;
  readonly audio: CallAudio;
  readonly offer: IncomingOffer;
  readonly context: ClientContext;
  readonly hooks: CallHooks;
  /** Set by the public call, which is the emitter. */
  emit: Emit = () => undefined;
  hasListeners: (event: keyof CallEvents) => boolean = () => false;
  id: string;
  muted = false;
  held = false;
  heldByPeer = false;
  early = false;
  answeredAt: number | undefined;
  endedAt: number | undefined;
  ending: Ending | undefined;
  #state: CallState;
  /** The number of the invitation, once it is sent. */
  #invited: number | undefined;
  #accepted = false;
  #attached = false;
  #monitored = false;
  #quality: CallQuality | undefined;
  #detector: { start(): void } | undefined;

  constructor(
    info: CallInfo,
    context: ClientContext,
    hooks: CallHooks,
    setup: CallMediaOptions = {},
  ) {
    this.info = info;
    this.context = context;
    this.hooks = hooks;
    this.id = info.id;
    this.offer = new IncomingOffer(info.offer);
    this.#state = info.direction === 'outgoing' ? 'dialing' : 'incoming';
    this.audio = new CallAudio(info.name, context, setup, {
      pathChanged: (state) => this.#audioChanged(state),
      givenUp: () => this.#hangUp('media-failed', 'server'),
      failed: (error) => this.emit('error', error),
    });
  }

  get state(): CallState {
    return this.#state;
  }

  get now(): number {
    return this.context.platform.timers.now();
  }

  /** Sends a frame; gives its number, or nothing when it cannot be sent. */
  send(frame: PageFrame): number | undefined {
    return this.context.connection.send(frame);
  }

  /** Opens the microphone and asks the server for the call. */
  async invite(): Promise<void> {
    const sdp = await this.audio.offer();
    const { name: call, to, parameters, headers, quiet } = this.info;
    const purpose = quiet ? ({ purpose: 'preflight' } as const) : {};
    const invite = { type: 'invite', call, to, sdp, parameters, headers, ...purpose } as const;
    this.#invited = this.send(invite);
  }

  /** Goes on with a call of the page before this one. */
  async resume({
    duration_s: duration,
    muted,
    held,
    held_by_peer: heldByPeer,
  }: RunningCall): Promise<void> {
    this.answeredAt = this.now - 1000 * duration;
    this.muted = muted;
    this.held = held;
    this.heldByPeer = heldByPeer;
    this.#state = 'up';
    this.#monitor();
    await this.audio.attach(held, muted);
  }

  /**
   * Goes on with a call that a restarted server has, too. Audio that the server had agreed on begins again; an
   * incoming call gets another offer.
   */
  reattach({ id, state, held_by_peer: heldByPeer, duration_s: duration }: RunningCall): void {
    this.id ||= id;
    this.heldByPeer = heldByPeer;
    this.audio.renew();
    if (state === 'incoming') {
      this.offer.expire();
      if (this.#accepted) this.#answer().catch((error: OffhookError) => this.emit('error', error));
      return;
    }
    this.#attached = true;
    if (state === 'ringing') this.#move('rang');
    else if (state !== 'dialing' && this.info.direction === 'outgoing') this.#up(duration);
    void this.audio.attach(this.held, this.muted);
  }

  /** Whether a restarted server that does not have the call gets its invitation, for the first time or again. */
  invites(restated: ReadonlyMap<number, number>): boolean {
    if (this.id) return false;
    if (this.#invited === undefined) return true;
    this.#invited = restated.get(this.#invited);
    return this.#invited !== undefined;
  }

  /** Takes the call; if that fails it rings on. */
  async accept(options: CallMediaOptions = {}): Promise<void> {
    this.transition('accepted', 'accept');
    await this.#answer(options);
  }

  /** Answers the newest offer. */
  async #answer(options: CallMediaOptions = {}): Promise<void> {
    try {
      this.audio.configure(options);
      this.#accepted = false;
      let offer: Promise<string>;
      let sdp: string;
      do {
        offer = this.offer.sdp;
        const offered = await offer;
        if (this.#state === 'ended') throw new OffhookError('aborted');
        sdp = await this.audio.answer(offered);
      } while (offer !== this.offer.sdp);
      this.audio.mute(this.muted);
      this.send({ type: 'answer', call: this.info.name, sdp });
      this.#accepted = true;
    } catch (error) {
      if (this.#state === 'answering') this.#move('accept-failed');
      throw error;
    }
  }

  /** Changes the state. @throws when the event does not fit it. */
  transition(event: CallEvent, action: string): void {
    this.assertCan(event, action);
    this.#move(event);
  }

  /** @throws when the event does not fit the state. */
  assertCan(event: CallEvent, action: string): void {
    if (!after(this.#state, event)) throw this.stateError(action);
  }

  /** The error for an action that does not fit the state. */
  stateError(action: string): OffhookError {
    const message = `cannot ${action} a call that is ${this.#state}`;
    return new OffhookError('wrong-state', { message, call: this.info.name });
  }

  /** Ends the call, whatever its state. */
  hangup(): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'incoming' || this.#state === 'ignored') this.reject('rejected');
    else
      this.#hangUp(
        this.#state === 'dialing' || this.#state === 'ringing' ? 'cancelled' : 'normal',
        'local',
      );
  }

  /** Declines the call. */
  reject(cause: 'rejected' | 'busy'): void {
    if (this.#state !== 'incoming' && this.#state !== 'ignored') throw this.stateError('reject');
    this.send({ type: 'reject', call: this.info.name, cause });
    this.finish(ending(cause, 'local'));
  }

  /** A frame of the server about this call. */
  handle(frame: CallFrame): void {
    if (this.#state === 'ended') return;
    switch (frame.type) {
      case 'trying':
        this.id = frame.id;
        break;
      case 'ringing':
        this.#acceptAnswer(frame.sdp);
        this.#move('rang');
        break;
      case 'answered':
        this.#acceptAnswer(frame.sdp);
        this.#up();
        break;
      case 'ended':
        this.finish(ending(frame.cause, frame.by, frame));
        break;
      case 'offer':
        this.audio.offered(frame.number, frame.sdp);
        break;
      case 'accept':
        this.audio.accepted(frame.number, frame.sdp);
        break;
      case 'refuse':
        this.audio.refused(frame.number, frame.reason);
        break;
      case 'digit':
        this.emit('digit', { digit: frame.digit, seconds: frame.seconds });
        break;
      case 'message':
        this.emit('message', {
          id: frame.id,
          contentType: frame.content_type,
          body: frame.body,
        });
        break;
      case 'notice':
        if (frame.event === 'held' || frame.event === 'resumed') {
          this.heldByPeer = frame.event === 'held';
        } else if (frame.event === 'connected') this.#up();
        this.emit('notice', { event: frame.event, details: frame.details ?? {} });
        break;
    }
  }

  /** It is over; nothing happens to it any more. */
  finish(end: Ending): void {
    if (this.#state === 'ended') return;
    this.endedAt = this.now;
    this.ending = end;
    this.audio.close();
    this.offer.replace('');
    this.context.log.info('call.ended', { call: this.id, cause: end.cause, by: end.by });
    this.#move('ended');
    this.emit('ended', end);
  }

  /** Transfers the other party. */
  transfer(target: { readonly to: string } | { readonly with: string }): Promise<void> {
    const frame = { type: 'transfer', call: this.info.name, ...target } as const;
    return this.context.connection.request(frame, 'done');
  }

  /** The packets that the server has counted. */
  async packetStats(): Promise<PacketStats> {
    if (this.#state === 'ended') throw this.stateError('count packets of');
    const frame = { type: 'get-stats', call: this.info.name } as const;
    const { local, remote } = await this.context.connection.request<StatsFrame>(frame, 'stats');
    return { local, remote: remote ?? undefined };
  }

  /** The media path is lost although the browser has not noticed; the socket may be dead as well. */
  pathLost(): void {
    this.context.log.warn('path.lost', { call: this.id });
    this.context.connection.probe();
    this.audio.pathLost();
  }

  /** The call was muted, or the page has begun to listen for speech meanwhile. */
  detectMutedSpeech(): void {
    if (this.#detector) this.#detector.start();
    else if (this.#wantsDetector()) {
      void this.#whenLoaded(loadDetector(), ({ MutedSpeechDetector }) => {
        this.#detector ??= new MutedSpeechDetector(
          this.context.audio.sound,
          (tap) => this.audio.local.tap(tap),
          () => this.#wantsDetector(),
          () => this.emit('speaking-while-muted', undefined),
        );
        this.#detector.start();
      });
    }
  }

  #wantsDetector(): boolean {
    return this.muted && this.#state === 'up' && this.hasListeners('speaking-while-muted');
  }

  /** The monitor is loaded with the page's first call; without it the call goes on unmonitored. */
  #monitor(): void {
    if (this.#monitored) return;
    this.#monitored = true;
    void this.#whenLoaded(loadQuality(), ({ CallQuality }) => {
      const insights = (this.context.options.insights ?? true) && !this.info.quiet;
      this.#quality = new CallQuality(this, insights);
    });
  }

  async #whenLoaded<Part>(loading: Promise<Part>, use: (part: Part) => void): Promise<void> {
    try {
      const part = await loading;
      if (this.#state !== 'ended') use(part);
    } catch (fault) {
      this.context.log.warn('module.failed', { error: String(fault) });
    }
  }

  /** Of a call that the server was not asked for it needs no notice. */
  #hangUp(cause: string, by: Ending['by']): void {
    if (this.id || this.#invited) this.send({ type: 'hangup', call: this.info.name, cause });
    this.finish(ending(cause, by));
  }

  /** The answer to our first offer comes once, with the ringing or with the answer. */
  #acceptAnswer(sdp: string | undefined): void {
    if (!sdp || this.early || this.#state === 'up' || this.info.direction === 'incoming') return;
    this.early = true;
    if (!this.#attached) this.audio.accept(sdp);
  }

  #up(seconds = 0): void {
    if (!after(this.#state, 'answered') || this.answeredAt !== undefined) return;
    this.answeredAt = this.now - 1000 * seconds;
    this.#move('answered');
    if (this.state === 'up' && this.muted) this.sendMuted();
  }

  /** Sends the server whether the microphone is muted. */
  sendMuted(): void {
    this.send({ type: 'mute', call: this.info.name, muted: this.muted });
  }

  #audioChanged(state: AudioState): void {
    if (state === 'connected' && this.#state === 'answering') this.#up();
    this.emit('audio', state);
  }

  #move(event: CallEvent): void {
    const next = after(this.#state, event);
    if (!next || next === this.#state) return;
    this.#state = next;
    if (next !== 'ended') this.context.log.info('call.changed', { call: this.id, state: next });
    if (next === 'up') this.#monitor();
    else if (next === 'ended') this.#quality?.end();
    this.emit('state', next);
    this.hooks.changed(this);
  }
}
