/** The sound of one call: its share of the microphone, its path to the server, its place at the speaker. */

import type { Microphone, Share } from '../audio/microphone.js';
import type { Meter, Sound } from '../audio/sound.js';
import { Speaker } from '../audio/speaker.js';
import { OffhookError } from '../core/errors.js';
import type { IceServer, PageFrame, Why } from '../core/frames.js';
import type { Log } from '../core/log.js';
import type { PathState } from '../core/recovery.js';
import { type QualitySample, sample } from '../quality/sample.js';
import { Keys } from '../rtc/keys.js';
import { Negotiation } from '../rtc/negotiation.js';
import { Peer } from '../rtc/peer.js';
import type { AudioState, Levels } from './events.js';
import type { Platform } from './platform.js';

/** What the sound of a call needs. */
export interface CallAudioWorld {
  readonly platform: Platform;
  readonly microphone: Microphone;
  readonly sound: Sound;
  readonly iceServers: readonly IceServer[];
  readonly codecs: readonly string[];
  readonly log: Log;
  /** The call's name on the link. */
  readonly call: string;
  send(frame: PageFrame): void;
  /** The path has changed. */
  path(state: AudioState): void;
  /** There never was a path. */
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
  readonly #speaker: Speaker;
  readonly #keys: Keys;
  readonly #turns: Partial<Record<Why, Turn>> = {};
  #share: Share | undefined;
  #remote: MediaStream | undefined;
  readonly #meters: { input?: Meter | undefined; output?: Meter | undefined } = {};
  #state: AudioState = 'connecting';
  #last: QualitySample | undefined;
  #closed = false;

  constructor(world: CallAudioWorld) {
    this.#world = world;
    const { platform } = world;
    this.#peer = new Peer(
      { iceServers: world.iceServers, codecs: world.codecs, make: (how) => platform.makePeer(how) },
      { path: (state) => this.#path(state), audio: (stream) => this.#hear(stream) },
    );
    this.#negotiation = this.#negotiate();
    this.#speaker = new Speaker(platform.makeAudio(), platform.page, {
      blocked: () => world.failed(new OffhookError('audio-blocked')),
      playing: () => world.log.debug('audio.played'),
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

  /** Opens the microphone and makes the first offer, both at once. */
  async offer(): Promise<string> {
    const [sdp] = await this.#together(this.#peer.offer(false));
    return sdp;
  }

  /** Opens the microphone and answers the server's first offer. */
  async answer(offer: string): Promise<string> {
    const [sdp] = await this.#together(this.#peer.answer(offer));
    this.#negotiation.expectPath();
    return sdp;
  }

  /** The server's answer to the first offer came. */
  accept(sdp: string): void {
    void this.#negotiation
      .inTurn(() => this.#peer.accept(sdp))
      .then(() => this.#negotiation.expectPath())
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
    if (this.#share) this.#share.track.enabled = !on;
  }

  press(digits: string): Promise<void> {
    return this.#keys.press(digits);
  }

  /** The network may be another one. */
  moved(): void {
    this.#negotiation.moved();
  }

  /** 0 is silence, 1 is all. */
  setVolume(volume: number): void {
    this.#speaker.setVolume(volume);
  }

  /** Plays on another output, where the browser can. */
  output(deviceId: string): Promise<void> {
    return this.#speaker.output(deviceId);
  }

  /** How loud both directions are now. */
  levels(): Levels {
    const { sound } = this.#world;
    const track = this.#share?.track;
    this.#meters.input ??= track && sound.meter(new MediaStream([track]));
    this.#meters.output ??= this.#remote && sound.meter(this.#remote);
    return {
      input: this.#meters.input?.level() ?? 0,
      output: this.#meters.output?.level() ?? 0,
    };
  }

  /** What the browser has counted. */
  async sample(): Promise<QualitySample> {
    const report = await this.#peer.connection.getStats();
    this.#last = sample(report.values(), this.#last);
    return this.#last;
  }

  /** Lets the microphone, the path and the speaker go. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#keys.close();
    this.#negotiation.close();
    for (const why of Object.keys(this.#turns)) this.#settle(why as Why, 'ended');
    for (const meter of Object.values(this.#meters)) meter?.close();
    this.#peer.close();
    this.#speaker.close();
    this.#share?.release();
  }

  #negotiate(): Negotiation {
    const { platform, call, send, log } = this.#world;
    return new Negotiation(this.#peer, {
      timers: platform.timers,
      random: platform.random,
      sendOffer: (number, sdp, why) => send({ type: 'offer', call, number, sdp, why }),
      sendAccept: (number, sdp) => send({ type: 'accept', call, number, sdp }),
      sendRefuse: (number, reason) => send({ type: 'refuse', call, number, reason }),
      settled: (why, reason) => this.#settle(why, reason),
      givenUp: () => this.#world.givenUp(),
      stumbled: (step, fault) => log.warn('offer.failed', { step, why: String(fault) }),
    });
  }

  /** Waits for the microphone and a description; when one fails, the other is not left lying about. */
  async #together(description: Promise<string>): Promise<[string]> {
    const [share, sdp] = await Promise.allSettled([this.#world.microphone.share(), description]);
    if (share.status === 'fulfilled') {
      if (this.#closed || sdp.status === 'rejected') share.value.release();
      else await this.#speak(share.value);
    }
    if (share.status === 'rejected') throw share.reason;
    if (this.#closed) throw new OffhookError('aborted');
    if (sdp.status === 'rejected') {
      throw new OffhookError('negotiation-failed', { cause: sdp.reason });
    }
    return [sdp.value];
  }

  async #speak(share: Share): Promise<void> {
    this.#share = share;
    share.onlost = (error) => this.#world.failed(error);
    share.onreplaced = (track) => {
      this.#meters.input?.close();
      this.#meters.input = undefined;
      void this.#peer.say(track);
    };
    await this.#peer.say(share.track);
  }

  #hear(stream: MediaStream): void {
    this.#remote = stream;
    this.#speaker.play(stream);
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
    if (reason === undefined) turn?.resolve();
    else if (reason === 'superseded' || reason === 'ended')
      turn?.reject(new OffhookError('aborted'));
    else turn?.reject(new OffhookError(reason === 'no-reply' ? reason : 'negotiation-failed'));
  }
}
