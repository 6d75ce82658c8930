/**
 * The SDK's client as a page runs it, for programs that embed a JavaScript engine: `tests/stories` runs it in virtual
 * time against the real server and the real media engine. Everything below the public API is the SDK's own.
 */
import type { Call } from '../../src/client/call.js';
import { Client } from '../../src/client/client.js';
import type { Platform } from '../../src/client/platform.js';
import { ResumeStore } from '../../src/client/resume-store.js';
import type { SocketLike } from '../../src/link/socket.js';
import type { EventSourceLike } from '../../src/link/wakeups.js';
import { FakeAudio, FakeTrack } from '../client/harness.js';
import { EnginePeer } from './engine-peer.js';
import { emit } from './host.js';

const ADDRESS = 'ws://server.test/link';

/** A socket to the host's server. */
class HostSocket implements SocketLike {
  onopen: SocketLike['onopen'] = null;
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
    hostOpen(id);
  }

  send(text: string): void {
    hostSend(this.#id, text);
  }

  close(code: number): void {
    hostClose(this.#id, code);
  }
}

const timers = new Map<number, () => void>();
const sockets: HostSocket[] = [];
const listeners = new Map<string, Set<() => void>>();
const calls = new Map<string, Call>();
let timersMade = 0;
let callsReceived = 0;

const page: EventSourceLike = {
  addEventListener: (event, listener) => {
    const known = listeners.get(event) ?? new Set();
    listeners.set(event, known.add(listener as () => void));
  },
  removeEventListener: (event, listener) => {
    listeners.get(event)?.delete(listener as () => void);
  },
};

const platform: Platform = {
  timers: {
    now: () => hostNow(),
    after: (ms, run) => {
      timersMade += 1;
      const id = timersMade;
      timers.set(id, run);
      hostTimer(id, ms);
      return () => {
        if (timers.delete(id)) hostCancel(id);
      };
    },
  },
  random: () => hostRandom(),
  wallTime: () => hostWall(),
  address: undefined,
  sdk: 'offhook-js/story',
  openSocket: () => {
    const socket = new HostSocket(sockets.length);
    sockets.push(socket);
    return socket;
  },
  makePeer: () => new EnginePeer() as unknown as RTCPeerConnection,
  openMicrophone: async () => streamOf([new FakeTrack()]),
  enumerateDevices: async () => [],
  watchDevices: () => () => undefined,
  makeStream: (tracks) => streamOf(tracks),
  makeAudio: () => new FakeAudio() as unknown as HTMLAudioElement,
  makeContext: () => undefined,
  soundAddress: () => '',
  sessionStore: undefined,
  openTabChannel: () => undefined,
  visible: () => true,
  page: undefined,
  sources: { page },
};

function streamOf(tracks: readonly unknown[]): MediaStream {
  return { getAudioTracks: () => tracks } as unknown as MediaStream;
}

let client: Client | undefined;

function current(): Client {
  if (!client) throw new Error('the page has not connected yet');
  return client;
}

/** Reports what happens to a call. */
function follow(handle: string, call: Call): void {
  calls.set(handle, call);
  const report = (event: string, more: object = {}) => emit({ event, handle, ...more });
  call.on('state', (state) => report('state', { state, id: call.id }));
  call.on('ended', ({ cause, by }) => report('ended', { cause, by }));
  call.on('error', ({ code, message }) => report('error', { code, message }));
  report('state', { state: call.state, id: call.id });
}

const failed = (handle: string, what: string) => (error: unknown) => {
  const { code } = error as { code?: string };
  emit({ event: 'failed', handle, what, code, error: String(error) });
};

/** What the host calls. */
export const api = {
  pageFire(id: number): void {
    const run = timers.get(id);
    timers.delete(id);
    run?.();
  },
  pageOpened: (id: number): void => sockets[id]?.onopen?.(),
  pageMessage: (id: number, data: string): void => sockets[id]?.onmessage?.({ data }),
  pageClosed: (id: number, code: number): void => sockets[id]?.onclose?.({ code, reason: '' }),
  pagePath: (leg: number, state: string): void => EnginePeer.all.get(leg)?.setState(state),
  pageEvent(event: string): void {
    for (const listener of [...(listeners.get(event) ?? [])]) listener();
  },
  pageConnect(): void {
    const options = { sounds: false, token: 't' };
    const resumeStore = new ResumeStore(undefined, ADDRESS, '', hostWall());
    const auth = { token: 't' };
    client = new Client(options, { address: ADDRESS, auth, platform, resumeStore });
    client.on('incoming', (call) => {
      callsReceived += 1;
      const handle = `incoming-${callsReceived}`;
      emit({ event: 'incoming', handle });
      follow(handle, call);
    });
    client.on('state', (state) => emit({ event: 'connection', state }));
    client.on('error', ({ code, message }) => emit({ event: 'error', code, message }));
  },
  pageRegister(): void {
    current().register().catch(failed('', 'register'));
  },
  pageCall(handle: string, to: string, parameters: string): void {
    current()
      .call(to, { parameters: JSON.parse(parameters) as Record<string, string> })
      .then((call) => follow(handle, call), failed(handle, 'call'));
  },
  /** The media engine's leg of a call; -1 if there is none. */
  pageLeg(handle: string): number {
    const peer = calls.get(handle)?.connection as EnginePeer | undefined;
    return peer?.leg ?? -1;
  },
  pageDo(handle: string, what: string, argument: string): void {
    const call = calls.get(handle);
    if (!call) throw new Error(`there is no call ${handle}`);
    void Promise.resolve()
      .then(() => act(call, what, argument))
      .catch(failed(handle, what));
  },
};

async function act(call: Call, what: string, argument: string): Promise<unknown> {
  if (what === 'accept') return call.accept();
  if (what === 'reject') return call.reject();
  if (what === 'ignore') return call.ignore();
  if (what === 'hangup') return call.hangup();
  if (what === 'hold') return call.hold();
  if (what === 'resume') return call.resume();
  if (what === 'mute') return call.mute(argument === 'true');
  if (what === 'digits') return call.sendDigits(argument);
  if (what === 'message') return call.sendMessage(argument);
  if (what === 'transfer') return call.transfer(calls.get(argument) ?? argument);
  throw new Error(`no call can ${what}`);
}
