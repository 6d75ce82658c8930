/** The audio of one call: local audio, the path to the server, remote audio. */
import { OffhookError } from '../core/errors.js';
import type { OfferReason } from '../core/frames.js';
import { type Lazy, lazy } from '../core/lazy.js';
import type { PathSign, PathState } from '../core/recovery.js';
import type { QualitySample } from '../quality/sample.js';
import { DtmfSender } from '../rtc/dtmf-sender.js';
import { Negotiation } from '../rtc/negotiation.js';
import { Peer } from '../rtc/peer.js';
import type { ClientContext } from './client-context.js';
import type { AudioState, Levels } from './events.js';
import { LocalAudio } from './local-audio.js';
import type { CallMediaOptions, IceOptions } from './options.js';
import { RemoteAudio } from './remote-audio.js';

const CODECS = ['opus', 'PCMU', 'PCMA'] as const;

/** Samples of a running call and its monitor. */
export const loadQuality: Lazy<typeof import('./call-quality.js')> = /* @__PURE__ */ lazy(
  () => import('./call-quality.js'),
);

/** Events of a call's audio. */
export interface CallAudioEvents {
  pathChanged(state: AudioState): void;
  /** There never was a path, or it was away for too long. */
  givenUp(): void;
  /** Something failed, and the call goes on. */
  failed(error: OffhookError): void;
}

interface Pending {
  resolve(): void;
  reject(error: OffhookError): void;
}

/** One call's sound, from the first offer to the end. */
export class CallAudio {
  readonly #name: string;
  readonly #context: ClientContext;
  readonly #setup: CallMediaOptions;
  readonly #events: CallAudioEvents;
  #peer: Peer;
  #negotiation: Negotiation;
  /** The connection before a restart of the server, until the one after it works. */
  #before: Peer | undefined;
  #ice: IceOptions;
  readonly #dtmf: DtmfSender;
  readonly #pending: Partial<Record<OfferReason, Pending>> = {};
  readonly local: LocalAudio;
  readonly remote: RemoteAudio;
  #state: AudioState = 'connecting';
  #last: QualitySample | undefined;
  #closed = false;

  /** @param name - The call's name on the link. */
  constructor(
    name: string,
    context: ClientContext,
    setup: CallMediaOptions,
    events: CallAudioEvents,
  ) {
    this.#name = name;
    this.#context = context;
    this.#setup = setup;
    this.#events = events;
    const { audio, connection, options, platform } = context;
    this.#ice = setup.ice ?? options.ice ?? {};
    this.#peer = this.#makePeer();
    this.#negotiation = this.#negotiate(this.#peer);
    const failed = events.failed;
    const sender = { replaceTrack: (track: MediaStreamTrack) => this.#peer.replaceTrack(track) };
    this.local = new LocalAudio(audio, sender, failed);
    if (setup.microphone) this.local.constrain(setup.microphone);
    this.remote = new RemoteAudio(audio, failed, () => context.log.debug('audio.played'));
    this.#dtmf = new DtmfSender(
      platform.timers,
      () => (this.#state === 'connected' ? this.#peer.sender?.dtmf : undefined),
      (digits) => connection.send({ type: 'digits', call: name, digits }),
    );
  }

  get state(): AudioState {
    return this.#state;
  }

  /** The connection itself, for diagnosis. */
  get connection(): RTCPeerConnection {
    return this.#peer.connection;
  }

  /** Applies options that came with accepting the call. */
  configure({ microphone, ice }: CallMediaOptions): void {
    if (microphone) this.local.constrain(microphone);
    if (!ice) return;
    this.#ice = { ...this.#ice, ...ice };
    this.#peer.configure(ice);
  }

  /** Opens the microphone and makes the first offer, both at once. */
  async offer(): Promise<string> {
    const [sdp] = await this.#withMicrophone(this.#peer.offer(false));
    return sdp;
  }

  /** Opens the microphone and answers the server's first offer. */
  async answer(offer: string): Promise<string> {
    const negotiation = this.#negotiation;
    const [sdp] = await this.#withMicrophone(this.#peer.answer(offer));
    negotiation.observe('expected');
    return sdp;
  }

  /**
   * The server was restarted and has nothing of the call's audio: from now on there is a new connection with the
   * same microphone.
   */
  renew(): void {
    const { track } = this.#peer;
    this.#negotiation.close();
    this.#before?.close();
    this.#before = this.#peer;
    this.#peer = this.#makePeer();
    this.#negotiation = this.#negotiate(this.#peer);
    void this.#peer.replaceTrack(track);
    this.#last = undefined;
    this.#interrupt();
  }

  /**
   * Takes up a call of the page before this one, or after {@link CallAudio.renew}; without a microphone it is
   * receive-only.
   */
  async attach(held: boolean, muted: boolean): Promise<void> {
    const negotiation = this.#negotiation;
    if (held) this.#peer.setDirection('inactive');
    try {
      await this.local.open(this.#setup.track);
      this.local.mute(muted);
    } catch (error) {
      this.#events.failed(error as OffhookError);
    }
    if (this.#closed || negotiation !== this.#negotiation) return;
    negotiation.request('attach');
    for (const reason of Object.keys(this.#pending)) negotiation.request(reason as OfferReason);
  }

  /** The server's answer to the first offer came. */
  accept(sdp: string): void {
    const [peer, negotiation] = [this.#peer, this.#negotiation];
    void negotiation
      .enqueue(() => peer.accept(this.#setup.answer?.(sdp) ?? sdp))
      .then(() => negotiation.observe('expected'))
      .catch((cause) => {
        if (this.#closed || peer !== this.#peer) return;
        this.#events.failed(new OffhookError('negotiation-failed', { cause }));
        this.#events.givenUp();
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

  /** Holds or resumes the audio of both directions; settles when the server has answered. */
  hold(on: boolean): Promise<void> {
    const reason = on ? 'hold' : 'resume';
    this.#settle(reason, 'superseded');
    this.#peer.setDirection(on ? 'inactive' : 'sendrecv');
    return new Promise((resolve, reject) => {
      this.#pending[reason] = { resolve, reject };
      this.#negotiation.request(reason);
    });
  }

  /** Sends silence, or the microphone again. */
  mute(on: boolean): void {
    this.local.mute(on);
  }

  /** Sends digits, as events, as in-band tones, or as both at once. */
  async sendDigits(digits: string, events: boolean, inBand: boolean): Promise<void> {
    const ways = [];
    if (events) ways.push(this.#dtmf.send(digits));
    if (inBand) ways.push(this.local.press(digits));
    await Promise.all(ways);
  }

  /** Something was seen of the network or the link. */
  observe(sign: PathSign): void {
    this.#negotiation.observe(sign);
  }

  /** The path is lost although the browser has not noticed. */
  pathLost(): void {
    this.#negotiation.observe('lost');
    this.#interrupt();
  }

  /** A path that was lost works again. */
  pathRestored(): void {
    if (this.#peer.connection.connectionState !== 'connected') return;
    this.#negotiation.observe('restored');
    this.#become('connected');
  }

  /** How loud both directions are now. */
  levels(): Levels {
    return { input: this.local.meter()?.level() ?? 0, output: this.remote.meter()?.level() ?? 0 };
  }

  /** The browser's statistics. */
  async sample(): Promise<QualitySample> {
    const { sample } = await loadQuality();
    const report = await this.#peer.connection.getStats();
    this.#last = sample(report.values(), this.#last, this.#context.platform.wallTime());
    return this.#last;
  }

  /** Lets the microphone, the path and the speaker go. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#dtmf.close();
    this.#negotiation.close();
    for (const reason of Object.keys(this.#pending)) this.#settle(reason as OfferReason, 'ended');
    this.#before?.close();
    this.#peer.close();
    this.remote.close();
    this.local.close();
  }

  #makePeer(): Peer {
    const { connection, options, platform } = this.#context;
    const { servers, policy } = this.#ice;
    const peer: Peer = new Peer(
      {
        iceServers: servers ?? connection.iceServers,
        policy,
        codecs: this.#setup.codecs ?? options.codecs ?? CODECS,
        bitrate: options.maxAverageBitrate,
        highPriority: options.highPriority ?? true,
        make: (how) => platform.makePeer(how),
        makeStream: (tracks) => platform.makeStream(tracks),
      },
      {
        pathChanged: (state) => {
          if (peer === this.#peer) this.#pathChanged(state);
        },
        streamReceived: (stream) => {
          if (peer === this.#peer) void this.remote.setStream(stream);
        },
      },
    );
    return peer;
  }

  #negotiate(peer: Peer): Negotiation {
    const { connection, log, platform } = this.#context;
    const call = this.#name;
    return new Negotiation(peer, platform, connection.recoveryMs, {
      sendOffer: (number, sdp, reason) =>
        connection.send({ type: 'offer', call, number, sdp, reason }),
      sendAccept: (number, sdp) => connection.send({ type: 'accept', call, number, sdp }),
      sendRefuse: (number, reason) => connection.send({ type: 'refuse', call, number, reason }),
      settled: (reason, failure) => this.#settle(reason, failure),
      givenUp: () => this.#events.givenUp(),
      stepFailed: (step, fault) => log.warn('offer.failed', { step, error: String(fault) }),
    });
  }

  /** Waits for the microphone and a description; when one fails, the other is released. */
  async #withMicrophone(description: Promise<string>): Promise<[string]> {
    const opening = this.local.open(this.#setup.track);
    const [opened, sdp] = await Promise.allSettled([opening, description]);
    if (this.#closed || sdp.status === 'rejected') this.local.close();
    if (opened.status === 'rejected') throw opened.reason;
    if (this.#closed) throw new OffhookError('aborted');
    if (sdp.status === 'rejected') {
      throw new OffhookError('negotiation-failed', { cause: sdp.reason });
    }
    return [sdp.value];
  }

  #pathChanged(state: PathState): void {
    this.#negotiation.observe(state);
    if (state === 'connected') {
      this.#before?.close();
      this.#before = undefined;
      this.#become('connected');
    } else if (state !== 'connecting') this.#interrupt();
  }

  #interrupt(): void {
    if (this.#state === 'connected') this.#become('interrupted');
  }

  #become(state: AudioState): void {
    if (state === this.#state || this.#closed) return;
    this.#state = state;
    this.#context.log.info('audio.changed', { state });
    this.#events.pathChanged(state);
  }

  #settle(reason: OfferReason, failure: string | undefined): void {
    const pending = this.#pending[reason];
    delete this.#pending[reason];
    if (reason === 'attach') {
      if (failure === undefined) this.#negotiation.observe('expected');
      else if (failure !== 'ended') this.#events.givenUp();
    }
    if (failure === undefined) pending?.resolve();
    else if (failure === 'superseded' || failure === 'ended')
      pending?.reject(new OffhookError('aborted'));
    else pending?.reject(new OffhookError(failure === 'no-reply' ? failure : 'negotiation-failed'));
  }
}
