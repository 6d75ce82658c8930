/** The sound devices there are, which of them are used, and what happens when one is unplugged. */
import { Emitter, type Listener } from '../core/emitter.js';
import { OffhookError } from '../core/errors.js';
import { type Microphone, microphoneError } from './microphone.js';
import { type OutputChoice, type OutputRole, type Outputs, playOnce } from './outputs.js';
import type { AudioPlatform, Meter, SharedAudioContext } from './shared-audio-context.js';
import type { SoundBoard } from './sound-player.js';
import type { Processor } from './source.js';

export type { OutputChoice };

/** What has changed among the devices. @public */
export interface DeviceChange {
  readonly added: readonly MediaDeviceInfo[];
  readonly removed: readonly MediaDeviceInfo[];
  /** The chosen microphone has just gone; the default takes its place until it is back. */
  readonly lostInput: boolean;
  /** A chosen output has just gone; the default takes its place until it is back. */
  readonly lostOutput: boolean;
}

/** The events of {@link Devices}. @public */
export interface DeviceEvents {
  /** A device was plugged in or unplugged. */
  change: DeviceChange;
  /** Something that is done to the microphone's sound has failed, or a device did not come back; calls go on. */
  error: OffhookError;
  /**
   * How loud the microphone is, 0 to 1, ten times a second while there is a listener. It is opened for that when
   * there is no call; the end of the last call closes it in any case, until the next.
   */
  level: number;
}

/** The audio of one page, as its parts share it. */
export interface PageAudio {
  readonly sound: SharedAudioContext;
  readonly microphone: Microphone;
  readonly outputs: Outputs;
  readonly sounds: SoundBoard;
  /** Processes the microphone's audio, or the remote audio, with this from now on. */
  process(processor: Processor | undefined, direction: 'local' | 'remote'): Promise<void>;
}

const EVERY_MS = 100;

/**
 * Measures ten times a second. When it begins, it opens the microphone if it is not open; the end of the last call
 * closes it in any case, and the next call is measured again.
 */
class LevelMeter {
  readonly #audio: PageAudio;
  readonly #wanted: () => boolean;
  readonly #emit: (level: number) => void;
  #running = false;
  #closed = false;

  /** @param emit - Takes a level from 0 to 1. */
  constructor(audio: PageAudio, wanted: () => boolean, emit: (level: number) => void) {
    this.#audio = audio;
    this.#wanted = wanted;
    this.#emit = emit;
  }

  /** Begins, unless it has. */
  async start(): Promise<void> {
    if (this.#running || this.#closed) return;
    this.#running = true;
    const { microphone, sound } = this.#audio;
    const { platform } = sound;
    let meter: Meter | undefined;
    const stopTap = microphone.tap((track) => {
      meter?.close();
      meter = track && sound.meter(platform.makeStream([track]));
    });
    // Without a microphone there is no level; the next call reports the reason.
    const release = await microphone.tryOut().catch(() => undefined);
    while (this.#wanted() && !this.#closed) {
      if (meter) this.#emit(meter.level());
      await new Promise<void>((done) => void platform.timers.after(EVERY_MS, done));
    }
    stopTap();
    meter?.close();
    release?.();
    this.#running = false;
    if (this.#wanted()) void this.start();
  }

  /** Measures nothing more. */
  close(): void {
    this.#closed = true;
  }
}

/** A headset that is plugged in makes a handful of changes within a moment. */
const SETTLE_MS = 150;
/** What browsers call the devices that stand for others. */
const STANDING_FOR: readonly string[] = ['default', 'communications'];
/** What browsers call the system's default output. */
const DEFAULTS: readonly string[] = ['', 'default'];

/** The sound devices of a client. @public */
export class Devices extends Emitter<DeviceEvents> {
  readonly #audio: PageAudio;
  readonly #meter: LevelMeter;
  readonly #stops: (() => void)[];
  #known: readonly MediaDeviceInfo[] = [];
  #settling: (() => void) | undefined;
  #inputGone = false;
  #closed = false;

  /** Outputs of calls, of the ringing tone and of keys. */
  readonly speaker: OutputChoice;
  /** Outputs of the ringing of incoming calls. */
  readonly ringer: OutputChoice;

  /** @internal */
  constructor(audio: PageAudio) {
    super();
    this.#audio = audio;
    const { microphone } = audio;
    this.speaker = this.#choice('speaker');
    this.ringer = this.#choice('ringer');
    this.#meter = new LevelMeter(
      audio,
      () => this.hasListeners('level'),
      (level) => this.emit('level', level),
    );
    this.#stops = [
      this.#platform.watchDevices(() => this.#changed()),
      // A page that may use the microphone sees more of the devices than one that was not asked yet.
      microphone.tap((track) => track && void this.#relist()),
    ];
    microphone.onfault = (error) => this.emit('error', error);
    void this.#relist();
  }

  /**
   * Whether this browser can play on another output than the system's default. Where it cannot, choosing one
   * fails with `output-refused`, and the system's settings are the place to choose.
   */
  get canChooseOutput(): boolean {
    return typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;
  }

  /** The microphone that is chosen, by its id; nothing is the system's default. */
  get input(): string | undefined {
    return this.#audio.microphone.deviceId;
  }

  /** The devices there are. Browsers give no names before the microphone was allowed: see {@link Devices.requestPermission}. */
  async list(kind?: 'input' | 'output'): Promise<MediaDeviceInfo[]> {
    const devices = await this.#all();
    return kind ? devices.filter((device) => device.kind === `audio${kind}`) : devices;
  }

  /**
   * Asks for the microphone, so that devices have names from now on. The caller stops the stream.
   *
   * @throws {@link OffhookError} when there is none.
   */
  async requestPermission(): Promise<MediaStream> {
    let stream: MediaStream;
    try {
      stream = await this.#platform.openMicrophone({ audio: true, video: false });
    } catch (cause) {
      throw microphoneError(cause);
    }
    await this.#relist();
    return stream;
  }

  /**
   * Takes another microphone, in running calls as well. One that is unplugged is replaced by the default, and
   * used again when it is back.
   *
   * @throws {@link OffhookError} `microphone-missing` and its like; nothing has changed then.
   */
  async useInput(deviceId: string | undefined): Promise<void> {
    if (deviceId !== undefined) {
      const known = await this.list('input');
      // Before the microphone was allowed, browsers list nothing that could be compared.
      if (revealed(known) && !hasId(known, 'audioinput', deviceId)) {
        throw new OffhookError('microphone-missing');
      }
    }
    await this.#audio.microphone.choose(deviceId);
    this.#inputGone = false;
  }

  /**
   * Sends sound through a processor of the page's, or through none.
   *
   * @throws {@link OffhookError} `processing-failed`; nothing has changed then.
   */
  process(
    processor: Processor | undefined,
    direction: 'local' | 'remote' = 'local',
  ): Promise<void> {
    return this.#audio.process(processor, direction);
  }

  /** Calls `listener` at each `event` from now on. Gives the function that stops that. */
  override on<Name extends keyof DeviceEvents>(
    event: Name,
    listener: Listener<DeviceEvents[Name]>,
  ): () => void {
    const stop = super.on(event, listener);
    if (event === 'level') void this.#meter.start();
    return stop;
  }

  /** @internal Listens to nothing more. */
  close(): void {
    this.#closed = true;
    this.#settling?.();
    this.#meter.close();
    for (const stop of this.#stops) stop();
  }

  async #all(): Promise<MediaDeviceInfo[]> {
    const devices = await this.#platform.enumerateDevices().catch(() => []);
    return devices.filter(({ kind }) => kind === 'audioinput' || kind === 'audiooutput');
  }

  get #platform(): AudioPlatform {
    return this.#audio.sound.platform;
  }

  #choice(role: OutputRole): OutputChoice {
    const { outputs, sounds } = this.#audio;
    return {
      get: () => outputs.get(role),
      set: async (deviceIds) => {
        const wanted = [...new Set([deviceIds].flat())].filter((id) => id !== '');
        await this.#checkOutputs(wanted);
        try {
          await outputs.set(role, wanted);
        } catch (cause) {
          throw new OffhookError('output-refused', { cause });
        }
      },
      test: async (url) => {
        if (url === undefined) return sounds.test(role === 'ringer' ? 'incoming' : 'keys');
        await playOnce(url, outputs.present(role), () => this.#platform.makeAudio());
      },
    };
  }

  async #checkOutputs(wanted: readonly string[]): Promise<void> {
    const others = wanted.filter((id) => !DEFAULTS.includes(id));
    if (others.length === 0) return;
    if (!this.canChooseOutput) throw new OffhookError('output-refused');
    const known = (await this.list('output')).map(({ deviceId }) => deviceId);
    // Before the microphone was allowed, browsers list nothing that could be compared.
    if (!known.some((id) => !DEFAULTS.includes(id))) return;
    if (!others.every((id) => known.includes(id))) throw new OffhookError('output-refused');
  }

  /** Lists the devices without an event: none was plugged in or out, more of them are visible. */
  async #relist(): Promise<void> {
    if (revealed(this.#known)) return;
    this.#known = await this.#all();
  }

  #changed(): void {
    this.#settling?.();
    this.#settling = this.#platform.timers.after(SETTLE_MS, () => void this.#compare());
  }

  async #compare(): Promise<void> {
    const now = await this.#all();
    if (this.#closed) return;
    const before = this.#known;
    this.#known = now;
    if (!revealed(now)) return;
    const missingFrom = (some: readonly MediaDeviceInfo[], others: readonly MediaDeviceInfo[]) =>
      some.filter((one) => isReal(one) && !hasId(others, one.kind, one.deviceId));
    const added = revealed(before) ? missingFrom(now, before) : [];
    const removed = missingFrom(before, now);
    const lostInput = this.#followInput(before, now);
    const outputs = now.filter(({ kind }) => kind === 'audiooutput');
    const lostOutput =
      outputs.length > 0 &&
      this.#audio.outputs.setAvailable(new Set(outputs.map(({ deviceId }) => deviceId)));
    if (added.length + removed.length > 0) {
      this.emit('change', { added, removed, lostInput, lostOutput });
    }
  }

  /** The chosen microphone has gone, or is back, or the default is another one. Returns whether it has just gone. */
  #followInput(before: readonly MediaDeviceInfo[], now: readonly MediaDeviceInfo[]): boolean {
    const { microphone } = this.#audio;
    const { input } = this;
    const was = this.#inputGone;
    this.#inputGone = input !== undefined && !hasId(now, 'audioinput', input);
    if (input !== undefined && (was || this.#inputGone))
      void microphone.setPresent(!this.#inputGone);
    const standing = behind(now);
    if (behind(before) && standing && behind(before) !== standing) {
      void microphone.defaultChanged(standing);
    }
    return this.#inputGone && !was;
  }
}

/** The device behind the default input, where the browser reports it. */
function behind(devices: readonly MediaDeviceInfo[]): string | undefined {
  return devices.find(({ kind, deviceId }) => kind === 'audioinput' && deviceId === 'default')
    ?.groupId;
}

/** Whether the browser gives the devices' ids. */
function revealed(devices: readonly MediaDeviceInfo[]): boolean {
  return devices.some(({ deviceId }) => deviceId !== '');
}

const isReal = ({ deviceId }: MediaDeviceInfo): boolean =>
  deviceId !== '' && !STANDING_FOR.includes(deviceId);

function hasId(devices: readonly MediaDeviceInfo[], kind: string, deviceId: string): boolean {
  return devices.some((device) => device.kind === kind && device.deviceId === deviceId);
}
