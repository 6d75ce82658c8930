/** The microphone: opened once however many calls use it, and found again when it is unplugged. */
import type { OffhookError } from '../core/errors.js';
import type { Processor } from './processing.js';
import { OpenShare, type Share } from './share.js';
import { microphoneError, type OpenMicrophone, Source } from './source.js';

export { microphoneError, type OpenMicrophone, type Share };

/** Gets the device's own track, whoever is muted; nothing while it is closed. */
export type Tap = (track: MediaStreamTrack | undefined) => void;

/** The microphone of one page. */
export class Microphone {
  /** Told of what failed without anybody having asked for it; the microphone works without it. */
  onfault: ((fault: OffhookError) => void) | undefined;
  readonly #open: OpenMicrophone;
  #constraints: MediaTrackConstraints;
  #deviceId: string | undefined;
  /** Whether the chosen device is unplugged. */
  #absent = false;
  #processors: readonly Processor[] = [];
  #source: Source | undefined;
  readonly #shares: Set<OpenShare> = new Set();
  readonly #trials: Set<object> = new Set();
  readonly #taps: Set<Tap> = new Set();
  /** Those of single calls, which differ in their wishes only. */
  readonly #kin: Set<Microphone> = new Set();
  #waiting = 0;
  #work: Promise<unknown> = Promise.resolve();

  constructor(open: OpenMicrophone, constraints: MediaTrackConstraints) {
    this.#open = open;
    this.#constraints = constraints;
    this.#adopt(constraints);
  }

  /**
   * The same with other wishes, for one call: it takes the same device, through the same processors, unless
   * its wishes name another. {@link Microphone.forget} it when the call is over.
   */
  like(constraints: MediaTrackConstraints): Microphone {
    const kin = new Microphone(this.#open, constraints);
    kin.#deviceId ??= this.#deviceId;
    kin.#absent = this.#absent && kin.#deviceId === this.#deviceId;
    kin.#processors = this.#processors;
    kin.onfault = (fault) => this.onfault?.(fault);
    this.#kin.add(kin);
    return kin;
  }

  /** That one follows this one no longer. */
  forget(kin: Microphone): void {
    this.#kin.delete(kin);
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
      const share = new OpenShare(track.clone(), (gone) => {
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

  /** The device's own track, whoever is muted; nothing while it is closed. */
  async raw(): Promise<MediaStreamTrack | undefined> {
    await this.#work;
    return this.#source?.raw;
  }

  /** Calls `tap` with the device's own track, now and whenever it is another. Opens nothing. */
  tap(tap: Tap): () => void {
    this.#taps.add(tap);
    if (this.#source) tap(this.#source.raw);
    return () => this.#taps.delete(tap);
  }

  /** Opens another device, or the same with other wishes, for the shares there are and for those to come. */
  use(constraints: MediaTrackConstraints): Promise<void> {
    return this.#change(() => {
      this.#constraints = constraints;
      this.#adopt(constraints);
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
    const followers = [...this.#kin].filter((kin) => kin.#deviceId === before);
    await Promise.all(followers.map((kin) => kin.choose(deviceId)));
  }

  /**
   * Sends what is heard through these from now on.
   *
   * @throws {@link OffhookError} `processing-failed`; nothing has changed then.
   */
  async process(processors: readonly Processor[]): Promise<void> {
    await this.#inTurn(async () => {
      const source = this.#source;
      const letGo = await source?.through(processors);
      this.#processors = processors;
      if (source) this.#hand(source);
      letGo?.();
    });
    await Promise.all([...this.#kin].map((kin) => kin.process(processors)));
  }

  /** The chosen device was unplugged, or is there again. */
  async present(there: boolean): Promise<void> {
    for (const kin of this.#kin) if (kin.#deviceId === this.#deviceId) void kin.present(there);
    this.#absent = !there;
    await this.#inTurn(async () => {
      if (this.#source && this.#source.deviceId !== this.#target) await this.#reopen();
    }).catch((fault) => this.onfault?.(fault));
  }

  /** The system's default is another device now, of that group. */
  async defaultChanged(groupId: string): Promise<void> {
    for (const kin of this.#kin) void kin.defaultChanged(groupId);
    await this.#inTurn(async () => {
      const source = this.#source;
      if (!source || source.deviceId !== undefined) return;
      if (source.raw.getSettings?.().groupId !== groupId) await this.#reopen();
    }).catch((fault) => this.onfault?.(fault));
  }

  get #target(): string | undefined {
    return this.#absent ? undefined : this.#deviceId;
  }

  /** A device that must be this one is a choice like any other: it may go, and come back. */
  #adopt({ deviceId }: MediaTrackConstraints): void {
    const exact = typeof deviceId === 'object' && 'exact' in deviceId ? deviceId.exact : undefined;
    if (typeof exact !== 'string') return;
    const { deviceId: _chosen, ...others } = this.#constraints;
    this.#constraints = others;
    this.#deviceId = exact;
    this.#absent = false;
  }

  async #opened<Result>(take: (source: Source) => Result): Promise<Result> {
    this.#waiting += 1;
    try {
      return await this.#inTurn(async () => take(this.#source ?? (await this.#first())));
    } finally {
      this.#waiting -= 1;
      this.#closeIfUnused();
    }
  }

  /** Opens the device for a call: a chosen one that is not there is no reason to have none. */
  async #first(): Promise<Source> {
    const source = await this.#at(this.#target).catch((fault: OffhookError) => {
      if (fault.code !== 'microphone-missing' || this.#target === undefined) throw fault;
      this.#absent = true;
      return this.#at(undefined);
    });
    await source.through(this.#processors).catch((fault) => this.onfault?.(fault));
    this.#take(source);
    return source;
  }

  #at(deviceId: string | undefined): Promise<Source> {
    return Source.open(this.#open, this.#constraints, deviceId);
  }

  #take(source: Source): void {
    this.#source = source;
    source.raw.onended = () => void this.#inTurn(() => this.#unplugged(source));
    for (const tap of this.#taps) tap(source.raw);
  }

  #hand({ track }: Source): void {
    for (const share of this.#shares) share.replace(track.clone());
  }

  /** The device has gone: go on with whatever the browser now takes for the default. */
  async #unplugged(gone: Source): Promise<void> {
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
    return this.#inTurn(async () => {
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
    await source.through(this.#processors).catch((fault) => this.onfault?.(fault));
    this.#take(source);
    this.#hand(source);
    old?.close();
    this.#closeIfUnused();
  }

  #inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const done = this.#work.then(step);
    this.#work = done.catch(() => undefined);
    return done;
  }

  #closeIfUnused(): void {
    if (this.#shares.size + this.#trials.size + this.#waiting > 0 || !this.#source) return;
    this.#source.close();
    this.#source = undefined;
    for (const tap of this.#taps) tap(undefined);
  }
}
