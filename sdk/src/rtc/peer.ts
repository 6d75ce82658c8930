/** One audio connection to the server's engine: a peer connection with a single transceiver. */
import type { IceServer } from '../core/frames.js';
import type { PathState } from '../core/recovery.js';

/** What a peer tells. */
export interface PeerNews {
  /** The path's state has changed. */
  path(state: PathState): void;
  /** The far end's audio is there. */
  audio(stream: MediaStream): void;
}

/** What a peer is made with. */
export interface PeerOptions {
  readonly iceServers: readonly IceServer[];
  /** Names of codecs in the order they are wanted, such as `opus`; the others are not offered. */
  readonly codecs: readonly string[];
  /** The connection's maker, `RTCPeerConnection` in a page. */
  make(configuration: RTCConfiguration): RTCPeerConnection;
}

const ALWAYS = 'telephone-event';

/**
 * Keeps the codecs that are wanted, in that order, and the keys of the telephone.
 *
 * @returns Nothing when none of them is there: the browser's own choice is better than no audio.
 */
export function chosenCodecs<Codec extends { readonly mimeType: string }>(
  there: readonly Codec[],
  wanted: readonly string[],
): Codec[] | undefined {
  const named = (name: string): Codec[] =>
    there.filter((codec) => codec.mimeType.toLowerCase() === `audio/${name.toLowerCase()}`);
  const audio = wanted.flatMap(named);
  return audio.length > 0 ? [...audio, ...named(ALWAYS)] : undefined;
}

/**
 * A peer connection whose descriptions go out at once: the engine is ICE-lite and learns our addresses
 * from the checks themselves (RFC 8445 §7.3.1.3), so nothing is gained by waiting for candidates.
 */
export class Peer {
  readonly connection: RTCPeerConnection;
  readonly #news: PeerNews;
  readonly #codecs: readonly string[];
  #transceiver: RTCRtpTransceiver | undefined;
  #track: MediaStreamTrack | null = null;
  #direction: RTCRtpTransceiverDirection = 'sendrecv';
  #closed = false;

  constructor({ iceServers, codecs, make }: PeerOptions, news: PeerNews) {
    this.#news = news;
    this.#codecs = codecs;
    this.connection = make({
      iceServers: iceServers.map(({ urls, ...rest }) => ({ urls: [...urls], ...rest })),
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
    });
    this.connection.onconnectionstatechange = () => news.path(this.connection.connectionState);
    this.connection.ontrack = ({ track, streams }) =>
      news.audio(streams[0] ?? new MediaStream([track]));
  }

  /** The sender of our audio, once there is one. */
  get sender(): RTCRtpSender | undefined {
    return this.#transceiver?.sender;
  }

  /** What we say from now on; `null` is nothing. */
  async say(track: MediaStreamTrack | null): Promise<void> {
    this.#track = track;
    await this.#transceiver?.sender.replaceTrack(track);
  }

  /** Which ways audio may flow, from the next offer or answer on. */
  direct(direction: RTCRtpTransceiverDirection): void {
    this.#direction = direction;
    if (this.#transceiver) this.#transceiver.direction = direction;
  }

  /** Makes an offer and takes it for ours. @param restart - Find a new path. */
  async offer(restart: boolean): Promise<string> {
    if (!this.#transceiver) {
      this.#transceiver = this.connection.addTransceiver(this.#track ?? 'audio', {
        direction: this.#direction,
      });
      this.#prefer(this.#transceiver);
    }
    if (restart) this.connection.restartIce();
    await this.connection.setLocalDescription();
    return this.#description();
  }

  /** Takes the server's offer and makes our answer. */
  async answer(sdp: string): Promise<string> {
    await this.connection.setRemoteDescription({ type: 'offer', sdp });
    if (!this.#transceiver) {
      this.#transceiver = this.connection.getTransceivers()[0];
      if (this.#transceiver) this.#transceiver.direction = this.#direction;
      await this.#transceiver?.sender.replaceTrack(this.#track);
    }
    await this.connection.setLocalDescription();
    return this.#description();
  }

  /** Takes the server's answer to our offer. */
  async accept(sdp: string): Promise<void> {
    await this.connection.setRemoteDescription({ type: 'answer', sdp });
  }

  /** Takes our offer back. */
  async rollBack(): Promise<void> {
    if (this.connection.signalingState !== 'have-local-offer') return;
    await this.connection.setLocalDescription({ type: 'rollback' });
  }

  /** Lets everything go. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.connection.onconnectionstatechange = null;
    this.connection.ontrack = null;
    this.connection.close();
    this.#news.path('closed');
  }

  #description(): string {
    return this.connection.localDescription?.sdp ?? '';
  }

  #prefer(transceiver: RTCRtpTransceiver): void {
    const there = globalThis.RTCRtpReceiver?.getCapabilities?.('audio')?.codecs ?? [];
    const chosen = chosenCodecs(there, this.#codecs);
    if (chosen) transceiver.setCodecPreferences?.(chosen);
  }
}
