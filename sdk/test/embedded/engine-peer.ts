/** A peer connection whose descriptions and media are those of the host's media engine. */
import { FakeTrack } from '../client/harness.js';
import { media } from './host.js';

interface Sender {
  replaceTrack(track: unknown): Promise<void>;
  readonly dtmf: { readonly canInsertDTMF: boolean; insertDTMF(digits: string): void };
}

interface Transceiver {
  direction: string;
  readonly sender: Sender;
}

type Description = { readonly type: string; readonly sdp: string };

/** The part of RTCPeerConnection (W3C WebRTC) that the SDK uses. */
export class EnginePeer {
  static readonly all: Map<number, EnginePeer> = new Map();
  readonly leg: number = media<number>('open', 0);
  connectionState = 'new';
  signalingState = 'stable';
  onconnectionstatechange: (() => void) | null = null;
  ontrack: ((event: unknown) => void) | null = null;
  localDescription: { readonly sdp: string } | null = null;
  #remoteOffer = '';
  #restart = false;
  #hasTrack = false;
  #transceiver: Transceiver | undefined;

  constructor() {
    EnginePeer.all.set(this.leg, this);
  }

  addTransceiver(_kind: unknown, { direction }: { direction: string }): Transceiver {
    this.#transceiver ??= {
      direction,
      sender: {
        replaceTrack: async () => undefined,
        dtmf: {
          canInsertDTMF: true,
          insertDTMF: (digits) => void media('digits', this.leg, digits),
        },
      },
    };
    return this.#transceiver;
  }

  getTransceivers(): Transceiver[] {
    return this.#transceiver ? [this.#transceiver] : [];
  }

  setConfiguration(): void {}

  restartIce(): void {
    this.#restart = true;
  }

  async setLocalDescription(description?: { type: string }): Promise<void> {
    const direction = this.#transceiver?.direction ?? 'sendrecv';
    if (description?.type === 'rollback') {
      this.signalingState = 'stable';
      media('withdraw', this.leg);
      return;
    }
    const answers = this.signalingState === 'have-remote-offer';
    const sdp = answers
      ? media<string>('answer', this.leg, this.#remoteOffer, direction)
      : media<string>('offer', this.leg, [], direction, this.#restart);
    this.#restart = false;
    this.localDescription = { sdp };
    this.signalingState = answers ? 'stable' : 'have-local-offer';
    this.#begin();
  }

  async setRemoteDescription({ type, sdp }: Description): Promise<void> {
    if (type === 'offer') {
      this.#remoteOffer = sdp;
      this.signalingState = 'have-remote-offer';
      this.addTransceiver('audio', { direction: 'recvonly' });
    } else {
      media('accept', this.leg, sdp);
      this.signalingState = 'stable';
    }
    if (this.#hasTrack) return;
    this.#hasTrack = true;
    this.ontrack?.({ track: new FakeTrack(), streams: [] });
  }

  async getStats(): Promise<Map<string, unknown>> {
    const entries = media<Record<string, unknown>[]>('stats', this.leg);
    return new Map(entries.map((entry) => [String(entry.type), entry]));
  }

  /** The engine reports the state of the path. */
  setState(state: string): void {
    if (this.connectionState === 'closed' || this.connectionState === state) return;
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  close(): void {
    this.connectionState = 'closed';
    this.signalingState = 'closed';
    EnginePeer.all.delete(this.leg);
    media('close', this.leg);
  }

  #begin(): void {
    if (this.connectionState === 'new') this.setState('connecting');
  }
}
