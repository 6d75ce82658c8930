/** Browsers of fakeOf, as far as sound goes: elements, tracks, streams, a context, devices. */
import type { AudioPlatform } from '../../src/audio/shared-audio-context.js';
import type { Timers } from '../../src/core/clock.js';
import { Time } from '../client/harness.js';

/** A refusal as browsers word it. */
export function refusal(name: string): Error {
  return Object.assign(new Error(name), { name });
}

/** An audio element that does as it is emitted, and remembers it. */
export class FakeElement {
  autoplay = false;
  volume = 1;
  loop = false;
  currentTime = 9;
  readyState = 4;
  paused = true;
  src = '';
  sinkId = '';
  srcObject: unknown = null;
  onerror: (() => void) | null = null;
  plays = 0;
  /** What the next calls of `play` fail with. */
  readonly refusals: Error[] = [];
  /** Outputs that cannot be had. */
  readonly gone: Set<string> = new Set();

  async play(): Promise<void> {
    const fault = this.refusals.shift();
    if (fault) throw fault;
    this.plays += 1;
    this.paused = false;
  }

  pause(): void {
    this.paused = true;
  }

  setAttribute(): void {}

  removeAttribute(name: string): void {
    if (name === 'src') this.src = '';
  }

  async setSinkId(deviceId: string): Promise<void> {
    if (this.gone.has(deviceId)) throw refusal('NotFoundError');
    this.sinkId = deviceId;
  }
}

/** Makes one that the code takes for the browser's. */
export function makeAudio(): HTMLAudioElement {
  return new FakeElement() as unknown as HTMLAudioElement;
}

/** The element behind the browser's face. */
export function fakeOf(element: HTMLAudioElement): FakeElement {
  return element as unknown as FakeElement;
}

/** A track of a device, with all the copies that were made of it. */
export class FakeMic {
  readonly kind = 'audio';
  enabled = true;
  readyState: 'live' | 'ended' = 'live';
  onended: (() => void) | null = null;
  readonly copies: FakeMic[] = [];
  readonly device: string;

  constructor(device: string) {
    this.device = device;
  }

  clone(): FakeMic {
    const copy = new FakeMic(this.device);
    copy.enabled = this.enabled;
    this.copies.push(copy);
    return copy;
  }

  stop(): void {
    this.readyState = 'ended';
  }

  getSettings(): MediaTrackSettings {
    return { deviceId: this.device, groupId: `group of ${this.device}` };
  }

  /** Whether anything of it still runs. */
  get live(): boolean {
    return this.readyState === 'live' || this.copies.some((copy) => copy.live);
  }
}

/** A stream of such tracks. */
export class FakeStream {
  readonly tracks: readonly FakeMic[];

  constructor(tracks: readonly FakeMic[]) {
    this.tracks = tracks;
  }

  getAudioTracks(): readonly FakeMic[] {
    return this.tracks;
  }

  get live(): boolean {
    return this.tracks.some((track) => track.live);
  }
}

const BLANK = { toJSON: () => ({}) };

/** Microphones and outputs that can be plugged in and out. */
export class FakeDevices {
  /** By id, where the first is what the default stands for. */
  inputs: string[];
  outputs: string[];
  /** Whether the page has been allowed to see more than that there is something. */
  revealed = true;
  /** What the next openings fail with. */
  readonly refusals: Error[] = [];
  readonly opened: { readonly asked: MediaTrackConstraints; readonly track: FakeMic }[] = [];
  readonly watchers: Set<() => void> = new Set();
  /** Whether a second microphone cannot be opened while a first one is. */
  single = false;

  constructor(inputs: string[], outputs: string[]) {
    this.inputs = inputs;
    this.outputs = outputs;
  }

  readonly open = async (constraints: MediaStreamConstraints): Promise<MediaStream> => {
    const asked = constraints.audio === true ? {} : (constraints.audio as MediaTrackConstraints);
    const fault = this.refusals.shift();
    if (fault) throw fault;
    const exact = (asked.deviceId as { exact?: string } | undefined)?.exact;
    if (exact !== undefined && !this.inputs.includes(exact)) throw refusal('OverconstrainedError');
    if (this.inputs.length === 0) throw refusal('NotFoundError');
    if (this.single && this.opened.some(({ track }) => track.readyState === 'live')) {
      throw refusal('NotReadableError');
    }
    const track = new FakeMic(exact ?? this.inputs[0] ?? '');
    this.opened.push({ asked, track });
    this.revealed = true;
    return new FakeStream([track]) as unknown as MediaStream;
  };

  readonly enumerate = async (): Promise<MediaDeviceInfo[]> => {
    const one = (kind: MediaDeviceKind, id: string, of = id): MediaDeviceInfo =>
      this.revealed
        ? { kind, deviceId: id, label: `${of} device`, groupId: `group of ${of}`, ...BLANK }
        : { kind, deviceId: '', label: '', groupId: '', ...BLANK };
    const all = (kind: MediaDeviceKind, ids: readonly string[]): MediaDeviceInfo[] =>
      ids[0] === undefined ? [] : [one(kind, 'default', ids[0]), ...ids.map((id) => one(kind, id))];
    return [...all('audioinput', this.inputs), ...all('audiooutput', this.outputs)];
  };

  readonly watch = (changed: () => void): (() => void) => {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  };

  /** The newest opened track. */
  get newest(): FakeMic {
    const last = this.opened.at(-1);
    if (!last) throw new Error('nothing was opened');
    return last.track;
  }

  /** How many devices are on. */
  get on(): number {
    return this.opened.filter(({ track }) => track.live).length;
  }

  /** Takes a microphone and an output away, as pulling a plug does. */
  unplug(id: string): void {
    this.inputs = this.inputs.filter((other) => other !== id);
    this.outputs = this.outputs.filter((other) => other !== id);
    for (const { track } of this.opened) {
      if (track.device !== id || track.readyState === 'ended') continue;
      track.stop();
      track.onended?.();
    }
    this.changed();
  }

  /** Puts both back. */
  plug(id: string): void {
    this.inputs = [...this.inputs, id];
    this.outputs = [...this.outputs, id];
    this.changed();
  }

  changed(): void {
    for (const watcher of this.watchers) watcher();
  }
}

/** A node that knows what it is connected to. */
export class FakeNode {
  readonly next: Set<unknown> = new Set();
  readonly values: number[] = [];
  readonly frequency: { value: number } = { value: 0 };
  readonly gain: { setValueAtTime(): void; linearRampToValueAtTime(level: number): void };
  readonly stream: FakeStream = new FakeStream([new FakeMic('mix')]);
  fftSize = 2048;
  frequencyBinCount = 1024;
  loop = false;
  buffer: unknown;
  onended: (() => void) | null = null;
  readonly #context: FakeContext;

  constructor(context: FakeContext) {
    this.#context = context;
    this.gain = {
      setValueAtTime: () => undefined,
      linearRampToValueAtTime: (level) => void this.values.push(level),
    };
  }

  connect<Other>(other: Other): Other {
    this.next.add(other);
    return other;
  }

  disconnect(): void {
    this.next.clear();
  }

  start(at = 0): void {
    this.#context.tones.push({ hz: this.frequency.value, at });
  }

  stop(): void {}

  getFloatTimeDomainData(samples: Float32Array): void {
    samples.fill(this.#context.loudness);
  }

  getFloatFrequencyData(bins: Float32Array): void {
    bins.fill(20 * Math.log10(this.#context.loudness));
  }
}

/** A context without a sound. */
export class FakeContext {
  state: 'suspended' | 'running' | 'closed' = 'running';
  currentTime = 0;
  readonly sampleRate = 48_000;
  /** What analysers measure. */
  loudness = 0.5;
  readonly sources: { readonly stream: FakeStream; readonly node: FakeNode }[] = [];
  readonly tones: { readonly hz: number; readonly at: number }[] = [];
  readonly mixes: FakeNode[] = [];

  createMediaStreamSource(stream: FakeStream): FakeNode {
    const node = new FakeNode(this);
    this.sources.push({ stream, node });
    return node;
  }

  createMediaStreamDestination(): FakeNode {
    const node = new FakeNode(this);
    this.mixes.push(node);
    return node;
  }

  createAnalyser(): FakeNode {
    return new FakeNode(this);
  }

  createOscillator(): FakeNode {
    return new FakeNode(this);
  }

  createGain(): FakeNode {
    return new FakeNode(this);
  }

  createBufferSource(): FakeNode {
    return new FakeNode(this);
  }

  createBuffer(): { copyToChannel(): void } {
    return { copyToChannel: () => undefined };
  }

  async resume(): Promise<void> {
    this.state = 'running';
  }

  async close(): Promise<void> {
    this.state = 'closed';
  }
}

/** Time, gestures and contexts for one test: a platform without devices. */
export class FakeAudioPlatform implements AudioPlatform {
  readonly time = new Time();
  readonly page = new EventTarget();
  readonly contexts: FakeContext[] = [];
  readonly timers: Timers = {
    now: () => this.time.now,
    after: (ms, run) => this.time.after(ms, run),
  };

  /** Whether contexts are suspended until the user touches the page. */
  suspended = false;

  readonly makeContext = (): AudioContext => {
    const context = new FakeContext();
    if (this.suspended) {
      context.state = 'suspended';
      context.resume = () => new Promise(() => undefined);
    }
    this.contexts.push(context);
    return context as unknown as AudioContext;
  };

  readonly makeStream = (tracks: MediaStreamTrack[]): MediaStream =>
    new FakeStream(tracks as unknown as FakeMic[]) as unknown as MediaStream;

  readonly makeAudio = makeAudio;

  readonly openMicrophone = async (): Promise<MediaStream> => {
    throw refusal('NotFoundError');
  };

  readonly enumerateDevices = async (): Promise<MediaDeviceInfo[]> => [];

  readonly watchDevices = (): (() => void) => () => undefined;

  readonly soundAddress = (_bytes: Uint8Array<ArrayBuffer>): string => 'own';

  /** Contexts that were not closed. */
  get open(): number {
    return this.contexts.filter(({ state }) => state !== 'closed').length;
  }

  get context(): FakeContext {
    const last = this.contexts.at(-1);
    if (!last) throw new Error('no context was made');
    return last;
  }
}
