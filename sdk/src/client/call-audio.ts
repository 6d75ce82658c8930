/** The sound of one call: its share of the microphone, its path to the server, its place at the speaker. */
import { OffhookError } from '../core/errors.js';
import type { IceServer, PageFrame, Why } from '../core/frames.js';
import type { Log } from '../core/log.js';
import type { PathState } from '../core/recovery.js';
import type { QualitySample } from '../quality/sample.js';
import { onlyOver } from '../rtc/description.js';
import { Keys } from '../rtc/keys.js';
import { Negotiation } from '../rtc/negotiation.js';
import { Peer } from '../rtc/peer.js';
import type { AudioKit } from './audio-kit.js';
import type { CallMediaOptions } from './call-wish.js';
import type { AudioState, Levels } from './events.js';
import { Hearing } from './hearing.js';
import type { ConnectOptions } from './options.js';
import { loadQuality } from './pieces.js';
import { Saying } from './saying.js';

/** What the sound of a call needs. */
export interface CallAudioWorld {
  readonly kit: AudioKit;
  readonly options: ConnectOptions;
  readonly iceServers: readonly IceServer[];
  /** How long the path may be away, in milliseconds; as the SDK thinks fit when it is not said. */
  readonly recoveryMs: number | undefined;
  readonly codecs: readonly string[];
  readonly log: Log;
  /** The call's name on the link. */
  readonly call: string;
  readonly wish: CallMediaOptions;
  send(frame: PageFrame): void;
  /** The path has changed. */
  path(state: AudioState): void;
  /** There never was a path, or it was away for too long. */
  givenUp(): void;
  /** Something failed, and the call goes on. */
  failed(error: OffhookError): void;
}

interface Turn {
  resolve(): void;
  reject(error: OffhookError): void;
}

/** One call's sound, from the first offer to the end. */
export class CallAudio {
  readonly #world: CallAudioWorld;
  readonly #peer: Peer;
  readonly #negotiation: Negotiation;
  readonly #keys: Keys;
  readonly #turns: Partial<Record<Why, Turn>> = {};
  readonly saying: Saying;
  readonly hearing: Hearing;
  #state: AudioState = 'connecting';
  #last: QualitySample | undefined;
  #closed = false;

  constructor(world: CallAudioWorld) {
    this.#world = world;
    const { kit, options, wish } = world;
    const { platform } = kit;
    const ice = wish.ice ?? options.ice ?? {};
    this.#peer = new Peer(
      {
        iceServers: ice.servers ?? world.iceServers,
        policy: ice.policy,
        codecs: wish.codecs ?? world.codecs,
        bitrate: options.maxAverageBitrate,
        highPriority: options.highPriority ?? true,
        make: (how) => platform.makePeer(how),
        makeStream: (tracks) => platform.makeStream(tracks),
      },
      {
        path: (state) => this.#path(state),
        audio: (stream) => void this.hearing.hear(stream),
      },
    );
    this.#negotiation = this.#negotiate();
    this.saying = new Saying(kit, {
      say: (track) => this.#peer.say(track),
      failed: (error) => world.failed(error),
    });
    if (wish.microphone) this.saying.constrain(wish.microphone);
    this.hearing = new Hearing(kit, {
      failed: (error) => world.failed(error),
      played: () => world.log.debug('audio.played'),
    });
    this.#keys = new Keys({
      timers: platform.timers,
      sender: () => (this.#state === 'connected' ? this.#peer.sender?.dtmf : undefined),
      tell: (digits) => world.send({ type: 'digits', call: world.call, digits }),
    });
  }

  get state(): AudioState {
    return this.#state;
  }

  /** The connection itself, for diagnosis. */
  get connection(): RTCPeerConnection {
    return this.#peer.connection;
  }

  /** Wishes that came with taking the call. */
  wish({ microphone, ice }: CallMediaOptions): void {
    if (microphone) this.saying.constrain(microphone);
    if (ice) this.#peer.configure(ice);
  }

  /** Opens the microphone and makes the first offer, both at once. */
  async offer(): Promise<string> {
    const [sdp] = await this.#together(this.#peer.offer(false));
    return sdp;
  }

  /** Opens the microphone and answers the server's first offer. */
  async answer(offer: string): Promise<string> {
    const [sdp] = await this.#together(this.#peer.answer(offer));
    this.#negotiation.path('expected');
    return sdp;
  }

  /** Takes up a call of the page before this one; without a microphone it is at least heard. */
  async attach(held: boolean, muted: boolean): Promise<void> {
    if (held) this.#peer.direct('inactive');
    try {
      await this.saying.open(this.#world.wish.track);
      this.saying.mute(muted);
    } catch (error) {
      this.#world.failed(error as OffhookError);
    }
    if (this.#closed) return;
    this.#negotiation.path('expected');
    this.#negotiation.want('attach');
  }

  /** The server's answer to the first offer came. */
  accept(sdp: string): void {
    void this.#negotiation
      .inTurn(() => this.#peer.accept(onlyOver(sdp, this.#world.wish.transport)))
      .then(() => this.#negotiation.path('expected'))
      .catch((cause) => {
        if (this.#closed) return;
        this.#world.failed(new OffhookError('negotiation-failed', { cause }));
        this.#world.givenUp();
      });
  }

  /** A frame of the server about offers. */
  offered(number: number, sdp: string): void {
    this.#negotiation.offered(number, sdp);
  }

  accepted(number: number, sdp: string): void {
    this.#negotiation.accepted(number, sdp);
  }

  refused(number: number, reason: string): void {
    this.#negotiation.refused(number, reason);
  }

  /** Stops or takes up the sound of both directions; settles when the server has agreed. */
  hold(on: boolean): Promise<void> {
    const why = on ? 'hold' : 'resume';
    this.#settle(why, 'superseded');
    this.#peer.direct(on ? 'inactive' : 'sendrecv');
    return new Promise((resolve, reject) => {
      this.#turns[why] = { resolve, reject };
      this.#negotiation.want(why);
    });
  }

  /** Nothing that is said goes out. */
  mute(on: boolean): void {
    this.saying.mute(on);
  }

  /** Presses keys, as events, as tones, or as both at once. */
  async press(digits: string, events: boolean, inBand: boolean): Promise<void> {
    const ways = [];
    if (events) ways.push(this.#keys.press(digits));
    if (inBand) ways.push(this.saying.press(digits));
    await Promise.all(ways);
  }

  /** The network may be another one. */
  moved(): void {
    this.#negotiation.path('moved');
  }

  /** The path is dead although the browser has not noticed. */
  died(): void {
    this.#negotiation.path('died');
    if (this.#state === 'connected') this.#become('interrupted');
  }

  /** A path that had died works after all. */
  revived(): void {
    if (this.#peer.connection.connectionState !== 'connected') return;
    this.#negotiation.path('revived');
    this.#become('connected');
  }

  /** How loud both directions are now. */
  levels(): Levels {
    return { input: this.saying.meter()?.level() ?? 0, output: this.hearing.meter()?.level() ?? 0 };
  }

  /** What the browser has counted. */
  async sample(): Promise<QualitySample> {
    const { sample } = await loadQuality();
    const report = await this.#peer.connection.getStats();
    this.#last = sample(report.values(), this.#last, this.#world.kit.platform.wallTime());
    return this.#last;
  }

  /** Lets the microphone, the path and the speaker go. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#keys.close();
    this.#negotiation.close();
    for (const why of Object.keys(this.#turns)) this.#settle(why as Why, 'ended');
    this.#peer.close();
    this.hearing.close();
    this.saying.close();
  }

  #negotiate(): Negotiation {
    const { kit, call, send, log } = this.#world;
    return new Negotiation(this.#peer, {
      timers: kit.platform.timers,
      random: kit.platform.random,
      recoveryMs: this.#world.recoveryMs,
      sendOffer: (number, sdp, why) => send({ type: 'offer', call, number, sdp, reason: why }),
      sendAccept: (number, sdp) => send({ type: 'accept', call, number, sdp }),
      sendRefuse: (number, reason) => send({ type: 'refuse', call, number, reason }),
      settled: (why, reason) => this.#settle(why, reason),
      givenUp: () => this.#world.givenUp(),
      stumbled: (step, fault) => log.warn('offer.failed', { step, why: String(fault) }),
    });
  }

  /** Waits for the microphone and a description; when one fails, the other is not left lying about. */
  async #together(description: Promise<string>): Promise<[string]> {
    const opening = this.saying.open(this.#world.wish.track);
    const [said, sdp] = await Promise.allSettled([opening, description]);
    if (this.#closed || sdp.status === 'rejected') this.saying.close();
    if (said.status === 'rejected') throw said.reason;
    if (this.#closed) throw new OffhookError('aborted');
    if (sdp.status === 'rejected') {
      throw new OffhookError('negotiation-failed', { cause: sdp.reason });
    }
    return [sdp.value];
  }

  #path(state: PathState): void {
    this.#negotiation?.path(state);
    if (state === 'connected') this.#become('connected');
    else if (this.#state === 'connected' && state !== 'connecting') this.#become('interrupted');
  }

  #become(state: AudioState): void {
    if (state === this.#state || this.#closed) return;
    this.#state = state;
    this.#world.log.info('audio.changed', { state });
    this.#world.path(state);
  }

  #settle(why: Why, reason: string | undefined): void {
    const turn = this.#turns[why];
    delete this.#turns[why];
    if (why === 'attach' && reason !== undefined && reason !== 'ended') this.#world.givenUp();
    if (reason === undefined) turn?.resolve();
    else if (reason === 'superseded' || reason === 'ended')
      turn?.reject(new OffhookError('aborted'));
    else turn?.reject(new OffhookError(reason === 'no-reply' ? reason : 'negotiation-failed'));
  }
}
