/** The browser as the SDK sees it, looked up when it is needed and never when a module is loaded. */
import type { Random, Timers } from '../core/clock.js';
import { OffhookError } from '../core/errors.js';
import type { SocketLike } from '../link/socket.js';
import type { Sources } from '../link/wakeups.js';

/** Everything that the SDK takes from its surroundings. */
export interface Platform {
  readonly timers: Timers;
  readonly random: Random;
  /** Milliseconds since 1970, for the expiry of tokens. */
  wallTime(): number;
  /** The page's own address, if there is a page. */
  readonly address: string | undefined;
  /** What the server's log calls us. */
  readonly sdk: string;
  openSocket(url: string, subprotocol: string): SocketLike;
  makePeer(configuration: RTCConfiguration): RTCPeerConnection;
  openMicrophone(constraints: MediaStreamConstraints): Promise<MediaStream>;
  makeAudio(): HTMLAudioElement;
  makeContext(): AudioContext | undefined;
  /** Where gestures, visibility and network changes are told. */
  readonly page: EventTarget | undefined;
  readonly sources: Sources;
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

/** A number that nobody can foresee: call ids and waits are made of it. */
function random(): number {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return number / 2 ** 32;
}

async function openMicrophone(constraints: MediaStreamConstraints): Promise<MediaStream> {
  const devices = globalThis.navigator?.mediaDevices;
  if (devices) return devices.getUserMedia(constraints);
  throw new OffhookError(
    globalThis.isSecureContext === false ? 'insecure-origin' : 'not-supported',
  );
}

function makePeer(configuration: RTCConfiguration): RTCPeerConnection {
  if (typeof RTCPeerConnection === 'undefined') throw new OffhookError('not-supported');
  return new RTCPeerConnection(configuration);
}

/** Nothing where there is no Web Audio, or no room for another context. */
function makeContext(): AudioContext | undefined {
  try {
    return new AudioContext();
  } catch {
    return undefined;
  }
}

type WithConnection = { readonly connection?: NonNullable<Sources['connection']> };

/** What surrounds us now. */
export function browser(): Platform {
  const page = typeof window === 'undefined' ? undefined : window;
  const connection = (globalThis.navigator as WithConnection | undefined)?.connection;
  return {
    timers,
    random,
    wallTime: () => Date.now(),
    address: page?.location.href,
    sdk: `offhook-js/${version}`,
    openSocket: (url, subprotocol) => new WebSocket(url, subprotocol) as SocketLike,
    makePeer,
    openMicrophone,
    makeAudio: () => new Audio(),
    makeContext,
    page,
    sources: { page, document: page?.document, connection },
  };
}
