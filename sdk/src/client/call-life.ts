/** What becomes of one call: the server's frames, the person's wishes and the path of the sound, in one place. */
import { after, type CallEvent, type CallState } from '../core/call-state.js';
import type { Timers } from '../core/clock.js';
import { type Ending, ending, OffhookError } from '../core/errors.js';
import type { CallFrame, PageFrame, RunningCall, StringMap } from '../core/frames.js';
import type { Log } from '../core/log.js';
import type { CallAudio, CallAudioWorld } from './call-audio.js';
import type { CallMediaOptions } from './call-wish.js';
import type { AudioState, CallEvents } from './events.js';

/** Where a call comes from and where it goes. */
export interface CallFacts {
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
  /** It only tries the network: it makes no sound and is shown to nobody. */
  readonly quiet?: boolean;
  /** What the page before this one had of it. */
  readonly running?: RunningCall;
}

/** What a call needs of its client. */
export interface CallWorld {
  readonly log: Log;
  readonly timers: Timers;
  freshId(): string;
  makeAudio(
    name: string,
    wish: CallMediaOptions,
    news: Pick<CallAudioWorld, 'path' | 'givenUp' | 'failed'>,
  ): CallAudio;
  /** Gives the frame's number; nothing when it cannot be sent. */
  send(frame: PageFrame): number | undefined;
  /** Sends a frame and waits for its answer. */
  ask<Answer>(frame: PageFrame, answer: string): Promise<Answer>;
  /** The call's path is dead. */
  stranded(life: CallLife): void;
  /** A key was pressed here. */
  pressed(digit: string): void;
  /** The call's state has changed; at its end that comes after everything else. */
  changed(life: CallLife): void;
}

/** Tells an event of the call. */
export type Tell = <Name extends keyof CallEvents>(event: Name, payload: CallEvents[Name]) => void;

/** One call from its beginning to its end. */
export class CallLife {
  readonly facts: CallFacts;
  readonly audio: CallAudio;
  readonly world: CallWorld;
  readonly began: number;
  /** Set by the call that shows this life to the page. */
  tell: Tell = () => undefined;
  id: string;
  muted = false;
  held = false;
  heldByPeer = false;
  early = false;
  answered: number | undefined;
  over: number | undefined;
  ending: Ending | undefined;
  #state: CallState;
  readonly #sending: Map<number, string> = new Map();

  constructor(facts: CallFacts, world: CallWorld, wish: CallMediaOptions = {}) {
    this.facts = facts;
    this.world = world;
    this.id = facts.id;
    this.#state = facts.direction === 'outgoing' ? 'dialing' : 'incoming';
    this.began = world.timers.now();
    this.audio = world.makeAudio(facts.name, wish, {
      path: (state) => this.#path(state),
      givenUp: () => this.#leave('media-failed', 'server'),
      failed: (error) => this.tell('error', error),
    });
  }

  get state(): CallState {
    return this.#state;
  }

  /** Opens the microphone and asks the server for the call. */
  async invite(): Promise<void> {
    const sdp = await this.audio.offer();
    const { name: call, to, parameters, headers, quiet } = this.facts;
    const purpose = quiet ? ({ purpose: 'preflight' } as const) : {};
    this.world.send({ type: 'invite', call, to, sdp, parameters, headers, ...purpose });
  }

  /** Goes on with a call of the page before this one. */
  async resume({
    duration_s: duration,
    muted,
    held,
    held_by_peer: heldByPeer,
  }: RunningCall): Promise<void> {
    this.answered = this.world.timers.now() - 1000 * duration;
    this.muted = muted;
    this.held = held;
    this.heldByPeer = heldByPeer;
    this.#state = 'up';
    await this.audio.attach(held, muted);
  }

  /** Takes the call; if that fails it rings on. */
  async accept(wish: CallMediaOptions = {}): Promise<void> {
    this.must('taken', 'accept');
    try {
      this.audio.wish(wish);
      const sdp = await this.audio.answer(this.facts.offer);
      this.audio.mute(this.muted);
      this.world.send({ type: 'answer', call: this.facts.name, sdp });
    } catch (error) {
      if (this.#state === 'answering') this.#move('untaken');
      throw error;
    }
  }

  /** Moves, or says that this cannot be done now. */
  must(event: CallEvent, deed: string): void {
    this.check(event, deed);
    this.#move(event);
  }

  /** Says when that cannot be done now. */
  check(event: CallEvent, deed: string): void {
    if (!after(this.#state, event)) throw this.wrongState(deed);
  }

  /** What is thrown at a wish that does not fit the state. */
  wrongState(deed: string): OffhookError {
    const message = `cannot ${deed} a call that is ${this.#state}`;
    return new OffhookError('wrong-state', { message, call: this.facts.name });
  }

  /** Ends the call, whatever its state. */
  hangup(): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'incoming' || this.#state === 'ignored') this.reject('rejected');
    else
      this.#leave(
        this.#state === 'dialing' || this.#state === 'ringing' ? 'cancelled' : 'normal',
        'local',
      );
  }

  /** Declines the call. */
  reject(cause: 'rejected' | 'busy'): void {
    if (this.#state !== 'incoming' && this.#state !== 'ignored') throw this.wrongState('reject');
    this.world.send({ type: 'reject', call: this.facts.name, cause });
    this.finish(ending(cause, 'local'));
  }

  /** A frame of the server about this call. */
  take(frame: CallFrame): void {
    if (this.#state === 'ended') return;
    switch (frame.type) {
      case 'trying':
        this.id = frame.id;
        break;
      case 'ringing':
        this.#answer(frame.sdp);
        this.#move('rang');
        break;
      case 'answered':
        this.#answer(frame.sdp);
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
        this.tell('digit', { digit: frame.digit, seconds: frame.seconds });
        break;
      case 'message':
        this.tell('message', {
          id: frame.id,
          contentType: frame.content_type,
          body: frame.body,
        });
        break;
      case 'notice':
        if (frame.event === 'held' || frame.event === 'resumed') {
          this.heldByPeer = frame.event === 'held';
        } else if (frame.event === 'connected') this.#up();
        this.tell('notice', { event: frame.event, details: frame.details ?? {} });
        break;
    }
  }

  /** It is over; nothing happens to it any more. */
  finish(end: Ending): void {
    if (this.#state === 'ended') return;
    this.over = this.world.timers.now();
    this.ending = end;
    this.audio.close();
    this.world.log.info('call.ended', { call: this.id, cause: end.cause, by: end.by });
    this.#move('ended');
    this.tell('ended', end);
  }

  /** Sends a text. */
  sendMessage(id: string, contentType: string, body: string): void {
    const { name: call } = this.facts;
    const seq = this.world.send({ type: 'message', call, id, content_type: contentType, body });
    if (seq !== undefined) this.#sending.set(seq, id);
  }

  /** The server has every frame up to this number. */
  received(upTo: number): void {
    for (const [seq, id] of this.#sending) {
      if (seq > upTo) continue;
      this.#sending.delete(seq);
      this.tell('message-sent', { id });
    }
  }

  #leave(cause: string, by: Ending['by']): void {
    this.world.send({ type: 'hangup', call: this.facts.name, cause });
    this.finish(ending(cause, by));
  }

  /** The answer to our first offer comes once, with the ringing or with the answer. */
  #answer(sdp: string | undefined): void {
    if (!sdp || this.early || this.#state === 'up' || this.facts.direction === 'incoming') return;
    this.early = true;
    this.audio.accept(sdp);
  }

  #up(): void {
    if (!after(this.#state, 'answered') || this.answered !== undefined) return;
    this.answered = this.world.timers.now();
    this.#move('answered');
    if (this.state === 'up' && this.muted) this.sayMuted();
  }

  /** Tells the server whether the microphone is shut. */
  sayMuted(): void {
    this.world.send({ type: 'mute', call: this.facts.name, muted: this.muted });
  }

  #path(state: AudioState): void {
    if (state === 'connected' && this.#state === 'answering') this.#up();
    this.tell('audio', state);
  }

  #move(event: CallEvent): void {
    const next = after(this.#state, event);
    if (!next || next === this.#state) return;
    this.#state = next;
    if (next !== 'ended') this.world.log.info('call.moved', { call: this.id, state: next });
    this.tell('state', next);
    this.world.changed(this);
  }
}
