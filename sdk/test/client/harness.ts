/** A page without a browser: virtual time, and fake sockets, peer connections and devices. */
import type { Platform, SessionStore, TabChannel } from '../../src/client/platform.js';
import type { SocketLike } from '../../src/link/socket.js';

type Frame = Record<string, unknown>;

/** Virtual time. */
export class Time {
  now = 0;
  #timers: { at: number; run: () => void }[] = [];

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets time pass, and everything that was waiting for it happen. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await settle();
      const [next] = this.#timers.toSorted((a, b) => a.at - b.at);
      if (!next || next.at > until) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = until;
    await settle();
  }

  get waiting(): number {
    return this.#timers.length;
  }
}

/** Lets all promises that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}

/** A microphone track that can be muted, cloned and unplugged. */
export class FakeTrack {
  enabled = true;
  stopped = false;
  onended: (() => void) | null = null;
  readonly clones: FakeTrack[] = [];

  clone(): FakeTrack {
    const copy = new FakeTrack();
    this.clones.push(copy);
    return copy;
  }

  stop(): void {
    this.stopped = true;
  }
}

/** The signalling of a peer connection, without media. */
export class FakePeer {
  connectionState = 'new';
  signalingState = 'stable';
  iceConnectionState = 'connected';
  iceGatheringState = 'complete';
  /** Of any event that is listened to. */
  listener: (() => void) | undefined;
  onconnectionstatechange: (() => void) | null = null;
  ontrack: ((event: unknown) => void) | null = null;
  localDescription: { sdp: string } | null = null;
  readonly done: string[] = [];
  readonly configuration: RTCConfiguration;
  keys = '';
  /** What it sends: a track, or the word for what will come. */
  sends: unknown;
  refusesAnswers = false;
  #transceiver: { direction: string; sender: object } | undefined;
  #count = 0;

  constructor(configuration: RTCConfiguration) {
    this.configuration = configuration;
  }

  #make(direction: string): { direction: string; sender: object } {
    this.#transceiver ??= {
      direction,
      sender: {
        replaceTrack: async (track: unknown) => {
          this.sends = track;
          this.done.push(track ? 'track' : 'no track');
        },
        dtmf: { canInsertDTMF: true, insertDTMF: (digits: string) => (this.keys += digits) },
      },
    };
    return this.#transceiver;
  }

  addTransceiver(kind: unknown, { direction }: { direction: string }): unknown {
    this.sends = kind;
    return this.#make(direction);
  }

  getTransceivers(): unknown[] {
    return this.#transceiver ? [this.#transceiver] : [];
  }

  addEventListener(_event: string, listener: () => void): void {
    this.listener = listener;
  }

  removeEventListener(): void {
    this.listener = undefined;
  }

  restartIce(): void {
    this.done.push('restart');
  }

  async setLocalDescription(description?: { type: string }): Promise<void> {
    if (description?.type === 'rollback') {
      this.signalingState = 'stable';
      this.done.push('rollback');
      return;
    }
    const answering = this.signalingState === 'have-remote-offer';
    this.signalingState = answering ? 'stable' : 'have-local-offer';
    this.#count += 1;
    const kind = answering ? 'answer' : 'offer';
    this.localDescription = { sdp: `${kind} ${this.#count} ${this.#transceiver?.direction}` };
  }

  async setRemoteDescription({ type, sdp }: { type: string; sdp: string }): Promise<void> {
    if (type === 'answer' && this.refusesAnswers) throw new Error('unusable');
    this.signalingState = type === 'offer' ? 'have-remote-offer' : 'stable';
    if (type === 'offer') this.#make('recvonly');
    this.done.push(`${type} ${sdp}`);
  }

  async getStats(): Promise<Map<string, unknown>> {
    return new Map([
      ['i', { type: 'inbound-rtp', kind: 'audio', packetsReceived: 50, packetsLost: 0, jitter: 0 }],
    ]);
  }

  setState(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  close(): void {
    this.connectionState = 'closed';
    this.done.push('closed');
  }
}

/** A socket whose other end is the test. */
export class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: Frame[] = [];
  closedWith: number | undefined;
  seq = 0;
  received = 0;

  send(text: string): void {
    const frame = JSON.parse(text) as Frame;
    if (typeof frame.seq === 'number') this.received = frame.seq;
    if (frame.type !== 'ping') this.sent.push(frame);
    else
      void Promise.resolve().then(() => this.deliverRaw({ type: 'pong', received: this.received }));
  }

  close(code: number): void {
    this.closedWith = code;
  }

  /** A frame of the server that is not numbered. */
  deliverRaw(frame: Frame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** A numbered frame of the server. */
  deliver(frame: Frame): void {
    this.seq += 1;
    this.deliverRaw({ ...frame, seq: this.seq });
  }

  welcome(change: Frame = {}): void {
    this.onopen?.();
    this.deliverRaw({
      type: 'welcome',
      link: 'L',
      key: 'K',
      party: { name: 'alice', account: 'A', outgoing: true, incoming: true, expires_at: null },
      heartbeat_s: 15,
      resume_s: 60,
      ice_servers: [],
      resumed: false,
      received: 0,
      ...change,
    });
  }

  /** The newest frame of that type. */
  last(type: string): Frame {
    const found = this.sent.findLast((frame) => frame.type === type);
    if (!found) throw new Error(`no ${type} among ${this.sent.map((frame) => frame.type)}`);
    return found;
  }

  types(): unknown[] {
    return this.sent.map((frame) => frame.type);
  }
}

/** An audio element that records whether it would play. */
export class FakeAudio {
  src = '';
  srcObject: unknown = null;
  loop = false;
  volume = 1;
  currentTime = 0;
  paused = true;
  autoplay = false;
  sink = '';
  onerror: (() => void) | null = null;
  refuses: string | undefined;
  /** A sink that cannot be had. */
  badSink: string | undefined;

  setAttribute(): void {}

  removeAttribute(): void {
    this.src = '';
  }

  async play(): Promise<void> {
    if (this.refuses) throw new DOMException('', this.refuses);
    this.paused = false;
  }

  pause(): void {
    this.paused = true;
  }

  async setSinkId(id: string): Promise<void> {
    if (id === this.badSink) throw new DOMException('', 'NotFoundError');
    this.sink = id;
  }
}

/** The channel between the tabs of one user; each {@link FakePage} is one tab. */
export class Party {
  readonly tabs: Set<TabChannel> = new Set();

  join(): TabChannel {
    const { tabs } = this;
    const channel: TabChannel = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of tabs) {
          if (other !== channel) void Promise.resolve().then(() => other.onmessage?.({ data }));
        }
      },
      close: () => void tabs.delete(channel),
    };
    tabs.add(channel);
    return channel;
  }
}

/** What a tab remembers. */
export class FakeMemory implements SessionStore {
  readonly kept: Map<string, string> = new Map();

  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }

  removeItem(key: string): void {
    this.kept.delete(key);
  }
}

/** The surroundings of one client, all of them in the test's hands. */
export class FakePage {
  readonly time = new Time();
  readonly sockets: FakeSocket[] = [];
  readonly peers: FakePeer[] = [];
  readonly tracks: FakeTrack[] = [];
  readonly page = new EventTarget();
  readonly address: string[] = [];
  microphoneFails: Error | undefined;
  peersFail: Error | undefined;
  wall = 1_800_000_000_000;
  readonly audios: FakeAudio[] = [];
  memory: FakeMemory = new FakeMemory();
  party: Party = new Party();
  visible = true;
  devices: MediaDeviceInfo[] = [];
  devicesChanged: (() => void) | undefined;
  readonly constraints: MediaStreamConstraints[] = [];

  /** The sounds that are being played, by what they are. */
  get sounding(): string[] {
    return this.audios.filter((audio) => !audio.paused && audio.src).map((audio) => audio.src);
  }

  readonly platform: Platform = {
    timers: { now: () => this.time.now, after: (ms, run) => this.time.after(ms, run) },
    random: () => 0.5,
    wallTime: () => this.wall + this.time.now,
    address: 'http://localhost:8080/phone',
    sdk: 'offhook-js/test',
    openSocket: (url) => {
      this.address.push(url);
      const socket = new FakeSocket();
      this.sockets.push(socket);
      return socket;
    },
    makePeer: (configuration) => {
      if (this.peersFail) throw this.peersFail;
      const peer = new FakePeer(configuration);
      this.peers.push(peer);
      return peer as unknown as RTCPeerConnection;
    },
    openMicrophone: async (constraints) => {
      this.constraints.push(constraints);
      if (this.microphoneFails) throw this.microphoneFails;
      const track = new FakeTrack();
      this.tracks.push(track);
      return { getAudioTracks: () => [track] } as unknown as MediaStream;
    },
    enumerateDevices: async () => this.devices,
    watchDevices: (changed) => {
      this.devicesChanged = changed;
      return () => {
        this.devicesChanged = undefined;
      };
    },
    makeStream: (tracks) => ({ getAudioTracks: () => tracks }) as unknown as MediaStream,
    makeAudio: () => {
      const audio = new FakeAudio();
      this.audios.push(audio);
      return audio as unknown as HTMLAudioElement;
    },
    makeContext: () => undefined,
    // As long as the sound is: enough to tell one from another.
    soundAddress: (bytes) => `fake:${bytes.length}`,
    sessionStore: {
      getItem: (key) => this.memory.getItem(key),
      setItem: (key, value) => this.memory.setItem(key, value),
      removeItem: (key) => this.memory.removeItem(key),
    },
    openTabChannel: () => this.party.join(),
    visible: () => this.visible,
    page: this.page,
    sources: { page: this.page },
  };

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }

  get peer(): FakePeer {
    const peer = this.peers.at(-1);
    if (!peer) throw new Error('no peer connection was made');
    return peer;
  }
}
