/** The microphone: opened once however many calls use it, and found again when it is unplugged. */
import type { OffhookError } from '../core/errors.js';
import {
  MicrophoneSource,
  microphoneError,
  type OpenMicrophone,
  type Processor,
} from './source.js';

/** One call's share of the microphone. */
export interface Share {
  /** This call's own track: muting it mutes no other call. */
  readonly track: MediaStreamTrack;
  /** Called with the track that takes over when the device, or what is done to its sound, is another. */
  onreplaced: ((track: MediaStreamTrack) => void) | undefined;
  /** The device is gone and no other could be opened. */
  onlost: ((fault: OffhookError) => void) | undefined;
  /** Gives the share back; with the last one the microphone is closed. */
  release(): void;
}

/** A share, and what its microphone does with it. */
export class MicrophoneShare implements Share {
  track: MediaStreamTrack;
  onreplaced: ((track: MediaStreamTrack) => void) | undefined;
  onlost: ((fault: OffhookError) => void) | undefined;
  readonly #released: (share: MicrophoneShare) => void;

  constructor(track: MediaStreamTrack, released: (share: MicrophoneShare) => void) {
    this.track = track;
    this.#released = released;
  }

  /** Another track goes out from now on, muted if the one before was. */
  replace(track: MediaStreamTrack): void {
    track.enabled = this.track.enabled;
    this.track.stop();
    this.track = track;
    this.onreplaced?.(track);
  }

  release(): void {
    this.track.stop();
    this.#released(this);
  }
}

export { microphoneError, type OpenMicrophone };

/** Gets the device's own track, muted or not; nothing while it is closed. */
export type Tap = (track: MediaStreamTrack | undefined) => void;

/** The microphone of one page. */
export class Microphone {
  /** Called with failures that no promise reports; the microphone works on. */
  onfault: ((fault: OffhookError) => void) | undefined;
  readonly #open: OpenMicrophone;
  #constraints: MediaTrackConstraints;
  #deviceId: string | undefined;
  /** Whether the chosen device is unplugged. */
  #absent = false;
  #processors: readonly Processor[] = [];
  #source: MicrophoneSource | undefined;
  readonly #shares: Set<MicrophoneShare> = new Set();
  readonly #trials: Set<object> = new Set();
  readonly #taps: Set<Tap> = new Set();
  /** Those of single calls, which differ in their constraints only. */
  readonly #forks: Set<Microphone> = new Set();
  #opening = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(open: OpenMicrophone, constraints: MediaTrackConstraints) {
    this.#open = open;
    this.#constraints = constraints;
    this.#adoptDevice(constraints);
  }

  /**
   * The same with other constraints, for one call: it takes the same device, through the same processors, unless
   * its constraints name another. {@link Microphone.forget} it when the call is over.
   */
  fork(constraints: MediaTrackConstraints): Microphone {
    const fork = new Microphone(this.#open, constraints);
    fork.#deviceId ??= this.#deviceId;
    fork.#absent = this.#absent && fork.#deviceId === this.#deviceId;
    fork.#processors = this.#processors;
    fork.onfault = (fault) => this.onfault?.(fault);
    this.#forks.add(fork);
    return fork;
  }

  /** That one follows this one no longer. */
  forget(fork: Microphone): void {
    this.#forks.delete(fork);
  }

  /** The device that is wanted; nothing is the system's default. */
  get deviceId(): string | undefined {
    return this.#deviceId;
  }

  /**
   * A share of the microphone, which is opened if need be; the browser may ask the person first.
   *
   * @throws {@link OffhookError} `microphone-denied`, `microphone-missing` or `microphone-busy`.
   */
  share(): Promise<Share> {
    return this.#opened(({ track }) => {
      const share = new MicrophoneShare(track.clone(), (gone) => {
        if (this.#shares.delete(gone) && this.#shares.size === 0) this.#trials.clear();
        this.#closeIfUnused();
      });
      this.#shares.add(share);
      return share;
    });
  }

  /**
   * Opens it without a call, for a look at its level. The end of the last call closes it all the same. Gives
   * the function that lets it go.
   *
   * @throws {@link OffhookError} as {@link Microphone.share}.
   */
  tryOut(): Promise<() => void> {
    return this.#opened(() => {
      const trial = {};
      this.#trials.add(trial);
      return () => {
        this.#trials.delete(trial);
        this.#closeIfUnused();
      };
    });
  }

  /** The device's own track, muted or not; nothing while it is closed. */
  async raw(): Promise<MediaStreamTrack | undefined> {
    await this.#queue;
    return this.#source?.raw;
  }

  /** Calls `tap` with the device's own track, now and whenever it is another. Opens nothing. */
  tap(tap: Tap): () => void {
    this.#taps.add(tap);
    if (this.#source) tap(this.#source.raw);
    return () => this.#taps.delete(tap);
  }

  /** Opens another device, or the same with other constraints, for the shares there are and for those to come. */
  use(constraints: MediaTrackConstraints): Promise<void> {
    return this.#change(() => {
      this.#constraints = constraints;
      this.#adoptDevice(constraints);
    });
  }

  /** Takes that device; nothing is the system's default. When it cannot be had, nothing has changed. */
  async choose(deviceId: string | undefined): Promise<void> {
    const before = this.#deviceId;
    if (deviceId === before && !this.#absent) return;
    await this.#change(() => {
      this.#deviceId = deviceId;
      this.#absent = false;
    });
    const followers = [...this.#forks].filter((fork) => fork.#deviceId === before);
    await Promise.all(followers.map((fork) => fork.choose(deviceId)));
  }

  /**
   * Processes the microphone's sound with these from now on.
   *
   * @throws {@link OffhookError} `processing-failed`; nothing has changed then.
   */
  async process(processors: readonly Processor[]): Promise<void> {
    await this.#enqueue(async () => {
      const source = this.#source;
      const letGo = await source?.process(processors);
      this.#processors = processors;
      if (source) this.#replaceTracks(source);
      letGo?.();
    });
    await Promise.all([...this.#forks].map((fork) => fork.process(processors)));
  }

  /** The chosen device was unplugged, or is there again. */
  async setPresent(there: boolean): Promise<void> {
    for (const fork of this.#forks)
      if (fork.#deviceId === this.#deviceId) void fork.setPresent(there);
    this.#absent = !there;
    await this.#enqueue(async () => {
      if (this.#source && this.#source.deviceId !== this.#target) await this.#reopen();
    }).catch((fault) => this.onfault?.(fault));
  }

  /** The system's default is another device now, of that group. */
  async defaultChanged(groupId: string): Promise<void> {
    for (const fork of this.#forks) void fork.defaultChanged(groupId);
    await this.#enqueue(async () => {
      const source = this.#source;
      if (!source || source.deviceId !== undefined) return;
      if (source.raw.getSettings?.().groupId !== groupId) await this.#reopen();
    }).catch((fault) => this.onfault?.(fault));
  }

  get #target(): string | undefined {
    return this.#absent ? undefined : this.#deviceId;
  }

  /** A device that must be this one is a choice like any other: it may go, and come back. */
  #adoptDevice({ deviceId }: MediaTrackConstraints): void {
    const exact = typeof deviceId === 'object' && 'exact' in deviceId ? deviceId.exact : undefined;
    if (typeof exact !== 'string') return;
    const { deviceId: _chosen, ...others } = this.#constraints;
    this.#constraints = others;
    this.#deviceId = exact;
    this.#absent = false;
  }

  async #opened<Result>(take: (source: MicrophoneSource) => Result): Promise<Result> {
    this.#opening += 1;
    try {
      return await this.#enqueue(async () => take(this.#source ?? (await this.#first())));
    } finally {
      this.#opening -= 1;
      this.#closeIfUnused();
    }
  }

  /** Opens the device for a call: a chosen one that is not there is no reason to have none. */
  async #first(): Promise<MicrophoneSource> {
    const source = await this.#at(this.#target).catch((fault: OffhookError) => {
      if (fault.code !== 'microphone-missing' || this.#target === undefined) throw fault;
      this.#absent = true;
      return this.#at(undefined);
    });
    await source.process(this.#processors).catch((fault) => this.onfault?.(fault));
    this.#take(source);
    return source;
  }

  #at(deviceId: string | undefined): Promise<MicrophoneSource> {
    return MicrophoneSource.open(this.#open, this.#constraints, deviceId);
  }

  #take(source: MicrophoneSource): void {
    this.#source = source;
    source.raw.onended = () => void this.#enqueue(() => this.#unplugged(source));
    for (const tap of this.#taps) tap(source.raw);
  }

  #replaceTracks({ track }: MicrophoneSource): void {
    for (const share of this.#shares) share.replace(track.clone());
  }

  /** The device has gone: go on with whatever the browser now takes for the default. */
  async #unplugged(gone: MicrophoneSource): Promise<void> {
    if (this.#source !== gone) return;
    this.#absent = this.#deviceId !== undefined;
    try {
      await this.#reopen();
    } catch (fault) {
      for (const share of [...this.#shares]) share.onlost?.(microphoneError(fault));
    }
  }

  /** Changes what is wanted, for what is open as well; takes it back when that fails. */
  #change(change: () => void): Promise<void> {
    return this.#enqueue(async () => {
      const before = [this.#constraints, this.#deviceId, this.#absent] as const;
      change();
      if (!this.#source) return;
      try {
        await this.#reopen();
      } catch (fault) {
        [this.#constraints, this.#deviceId, this.#absent] = before;
        if (this.#source.raw.readyState === 'ended') await this.#reopen().catch(() => undefined);
        throw fault;
      }
    });
  }

  async #reopen(): Promise<void> {
    const old = this.#source;
    const source = await this.#at(this.#target).catch((fault: OffhookError) => {
      if (fault.code !== 'microphone-busy' || !old) throw fault;
      // There are browsers that open one microphone at a time only.
      old.raw.stop();
      return this.#at(this.#target);
    });
    await source.process(this.#processors).catch((fault) => this.onfault?.(fault));
    this.#take(source);
    this.#replaceTracks(source);
    old?.close();
    this.#closeIfUnused();
  }

  #enqueue<Result>(step: () => Promise<Result>): Promise<Result> {
    const done = this.#queue.then(step);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  #closeIfUnused(): void {
    if (this.#shares.size + this.#trials.size + this.#opening > 0 || !this.#source) return;
    this.#source.close();
    this.#source = undefined;
    for (const tap of this.#taps) tap(undefined);
  }
}
