/** The browser as the SDK sees it, looked up when it is needed and never when a module is loaded. */
import type { AudioPlatform } from '../audio/shared-audio-context.js';
import type { Random, Timers } from '../core/clock.js';
import { OffhookError } from '../core/errors.js';
import type { SocketLike } from '../link/socket.js';
import type { WakeupSources } from '../link/wakeups.js';

/** Makers of what is otherwise the browser's, for thin clients and tests. @public */
export interface BrowserParts {
  readonly getUserMedia?: (constraints: MediaStreamConstraints) => Promise<MediaStream>;
  readonly enumerateDevices?: () => Promise<MediaDeviceInfo[]>;
  readonly RTCPeerConnection?: new (configuration?: RTCConfiguration) => RTCPeerConnection;
  readonly MediaStream?: new (tracks: MediaStreamTrack[]) => MediaStream;
}

/** Messages between the tabs of one user. */
export interface TabChannel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** What a tab stores during a page reload. */
export interface SessionStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Everything that the SDK takes from its surroundings. */
export interface Platform extends AudioPlatform {
  readonly random: Random;
  /** Milliseconds since 1970, for the expiry of tokens. */
  wallTime(): number;
  /** The page's own address, if there is a page. */
  readonly address: string | undefined;
  /** The SDK's name and version, for the server's log. */
  readonly sdk: string;
  openSocket(url: string, subprotocol: string): SocketLike;
  makePeer(configuration: RTCConfiguration): RTCPeerConnection;
  /** What outlives the page but not its tab; nothing where that is forbidden. */
  readonly sessionStore: SessionStore | undefined;
  /** Opens a channel between the tabs of one user; nothing where there is none. */
  openTabChannel(name: string): TabChannel | undefined;
  /** Whether the page is seen. */
  visible(): boolean;
  readonly sources: WakeupSources;
}

/** The SDK's version; the build puts it in. */
declare const OFFHOOK_VERSION: string | undefined;

/** This SDK's version. @public */
export const version: string = typeof OFFHOOK_VERSION === 'string' ? OFFHOOK_VERSION : '0.0.0';

/** The longest wait that browsers keep to; longer ones would come at once. */
const LONGEST_MS = 2 ** 31 - 1;

const timers: Timers = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(ms, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

/** An unpredictable number, for call ids and waits. */
function random(): number {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return number / 2 ** 32;
}

function mediaDevices(): MediaDevices {
  const devices = globalThis.navigator?.mediaDevices;
  if (devices) return devices;
  throw new OffhookError(
    globalThis.isSecureContext === false ? 'insecure-origin' : 'not-supported',
  );
}

function makePeer(configuration: RTCConfiguration): RTCPeerConnection {
  if (typeof RTCPeerConnection === 'undefined') throw new OffhookError('not-supported');
  return new RTCPeerConnection(configuration);
}

/** What a content policy, a sandbox or an old browser may refuse: then there is none. */
function attempt<Value>(make: () => Value): Value | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function watchDevices(changed: () => void): () => void {
  const devices = globalThis.navigator?.mediaDevices;
  devices?.addEventListener?.('devicechange', changed);
  return () => devices?.removeEventListener?.('devicechange', changed);
}

type WithConnection = { readonly connection?: NonNullable<WakeupSources['connection']> };

/** What surrounds us now, with other makers where the page has some. */
export function browser(parts: BrowserParts = {}): Platform {
  const page = typeof window === 'undefined' ? undefined : window;
  const connection = (globalThis.navigator as WithConnection | undefined)?.connection;
  const { getUserMedia, enumerateDevices, RTCPeerConnection: Peer, MediaStream: Stream } = parts;
  return {
    timers,
    random,
    wallTime: () => Date.now(),
    address: page?.location.href,
    sdk: `offhook-js/${version}`,
    openSocket: (url, subprotocol) => new WebSocket(url, subprotocol) as SocketLike,
    makePeer: Peer ? (configuration) => new Peer(configuration) : makePeer,
    openMicrophone: async (constraints) =>
      getUserMedia ? getUserMedia(constraints) : mediaDevices().getUserMedia(constraints),
    enumerateDevices: async () =>
      enumerateDevices ? enumerateDevices() : mediaDevices().enumerateDevices(),
    watchDevices,
    makeStream: (tracks) => (Stream ? new Stream(tracks) : new MediaStream(tracks)),
    makeAudio: () => new Audio(),
    makeContext: (options) => attempt(() => new AudioContext(options)),
    soundAddress: (bytes) => URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' })),
    sessionStore: attempt(() => page?.sessionStorage),
    openTabChannel: (name) => attempt(() => new BroadcastChannel(name) as TabChannel),
    visible: () => page?.document.visibilityState === 'visible',
    page,
    sources: { page, document: page?.document, connection },
  };
}
