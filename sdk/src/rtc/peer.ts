/** One audio connection to the server's engine: a peer connection with a single transceiver. */
import type { IceServer } from '../core/frames.js';
import { type Lazy, lazy } from '../core/lazy.js';
import type { PathState } from '../core/recovery.js';

/** What limits the bitrate; without it calls have no limit. */
export const loadBitrate: Lazy<typeof import('./bitrate.js')> = /* @__PURE__ */ lazy(
  () => import('./bitrate.js'),
);

/** Events of a peer. */
export interface PeerEvents {
  /** The path's state has changed. */
  pathChanged(state: PathState): void;
  /** The remote audio is there. */
  streamReceived(stream: MediaStream): void;
}

/** What a peer is made with. */
export interface PeerOptions {
  readonly iceServers: readonly (IceServer | RTCIceServer)[];
  readonly policy?: RTCIceTransportPolicy | undefined;
  /** Names of codecs in the order they are wanted, such as `opus`; the others are not offered. */
  readonly codecs: readonly string[];
  /** The most bits a second that Opus may take on average. */
  readonly bitrate?: number | undefined;
  /** Marks packets so that they go first (RFC 8837). */
  readonly highPriority?: boolean;
  /** The connection's maker, `RTCPeerConnection` in a page. */
  make(configuration: RTCConfiguration): RTCPeerConnection;
  makeStream(tracks: MediaStreamTrack[]): MediaStream;
}

function configuration(
  servers: readonly (IceServer | RTCIceServer)[],
  policy: RTCIceTransportPolicy | undefined,
): RTCConfiguration {
  return {
    iceServers: servers.map(({ urls, ...rest }) => ({ urls: [urls].flat(), ...rest })),
    bundlePolicy: 'max-bundle',
    rtcpMuxPolicy: 'require',
    ...(policy && { iceTransportPolicy: policy }),
  };
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
 * A peer connection whose descriptions go out at once: the engine is ICE-lite and learns the page's addresses
 * from the checks themselves (RFC 8445 §7.3.1.3), so nothing is gained by waiting for candidates.
 */
export class Peer {
  readonly connection: RTCPeerConnection;
  readonly #events: PeerEvents;
  readonly #options: PeerOptions;
  #transceiver: RTCRtpTransceiver | undefined;
  #track: MediaStreamTrack | null = null;
  #direction: RTCRtpTransceiverDirection = 'sendrecv';
  #closed = false;

  constructor(options: PeerOptions, events: PeerEvents) {
    this.#events = events;
    this.#options = options;
    this.connection = options.make(configuration(options.iceServers, options.policy));
    this.connection.onconnectionstatechange = () => {
      const { connectionState: state } = this.connection;
      if (state === 'connected') void this.#prioritize();
      events.pathChanged(state);
    };
    this.connection.ontrack = ({ track, streams }) =>
      events.streamReceived(streams[0] ?? options.makeStream([track]));
  }

  /** Sets other ICE servers, from the next description on. */
  configure({
    servers,
    policy,
  }: {
    servers?: readonly RTCIceServer[];
    policy?: RTCIceTransportPolicy;
  }): void {
    const { iceServers, policy: usual } = this.#options;
    this.connection.setConfiguration(configuration(servers ?? iceServers, policy ?? usual));
  }

  /** What is sent. */
  get track(): MediaStreamTrack | null {
    return this.#track;
  }

  /** The sender of our audio, once there is one. */
  get sender(): RTCRtpSender | undefined {
    return this.#transceiver?.sender;
  }

  /** Sends this track from now on; `null` is nothing. */
  async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    this.#track = track;
    await this.#transceiver?.sender.replaceTrack(track);
  }

  /** Which ways audio may flow, from the next offer or answer on. */
  setDirection(direction: RTCRtpTransceiverDirection): void {
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
    await this.#setRemote('offer', sdp);
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
    await this.#setRemote('answer', sdp);
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
    this.#events.pathChanged('closed');
  }

  async #setRemote(type: RTCSdpType, sdp: string): Promise<void> {
    const limited = this.#options.bitrate ? await this.#limited(sdp) : sdp;
    await this.connection.setRemoteDescription({ type, sdp: limited });
  }

  #description(): Promise<string> {
    return this.#limited(this.connection.localDescription?.sdp ?? '');
  }

  /** A call without the limit is better than none. */
  async #limited(sdp: string): Promise<string> {
    const { bitrate } = this.#options;
    const part = bitrate && (await loadBitrate().catch(() => undefined));
    return part ? part.withBitrate(sdp, bitrate) : sdp;
  }

  /** Browsers that cannot do this send as usual. */
  async #prioritize(): Promise<void> {
    const sender = this.#transceiver?.sender;
    const parameters = this.#options.highPriority ? sender?.getParameters?.() : undefined;
    const [encoding] = parameters?.encodings ?? [];
    if (!sender || !parameters || !encoding) return;
    encoding.priority = 'high';
    encoding.networkPriority = 'high';
    await sender.setParameters(parameters).catch(() => undefined);
  }

  #prefer(transceiver: RTCRtpTransceiver): void {
    const there = globalThis.RTCRtpReceiver?.getCapabilities?.('audio')?.codecs ?? [];
    const chosen = chosenCodecs(there, this.#options.codecs);
    if (chosen) transceiver.setCodecPreferences?.(chosen);
  }
}
