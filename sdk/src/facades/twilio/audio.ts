/** `AudioHelper`: which devices are used, what the microphone is like, which sounds are made. */
import type { Share } from '../../audio/microphone.js';
import type { AudioKit } from '../../client/audio-kit.js';
import { EventEmitter } from '../shared/event-emitter.js';
import { InvalidArgumentError, InvalidStateError, NotSupportedError } from './errors/classes.js';
import { type AudioProcessor, Processing } from './processing.js';
import type { DeviceSounds, ToggleableSound } from './sounds.js';

/** What a collection needs. */
export interface OutputsDeps {
  /** The devices there are, by id. */
  readonly available: ReadonlyMap<string, MediaDeviceInfo>;
  /** Whether this browser can play on a device of choice. */
  supported(): boolean;
  /** Looks which devices there are now: ids come with the permission. */
  refresh(): Promise<void>;
  /** Plays on these from now on. */
  use(ids: readonly string[]): Promise<void>;
  /** Plays a sound on them, once. */
  test(url: string | undefined): Promise<void>;
}

const DEFAULT = 'default';

/** The devices that play the remote audio, or the ringing. @public */
export class OutputDeviceCollection {
  readonly #deps: OutputsDeps;
  #ids: readonly string[] = [DEFAULT];

  /** @internal */
  constructor(deps: OutputsDeps) {
    this.#deps = deps;
  }

  /** The devices in use. */
  get(): Set<MediaDeviceInfo> {
    const { available } = this.#deps;
    return new Set(this.#ids.flatMap((id) => available.get(id) ?? []));
  }

  /**
   * Plays on these devices from now on.
   *
   * @throws NotSupportedError where the browser cannot, InvalidArgumentError for an id that is none.
   */
  async set(deviceIdOrIds: string | string[]): Promise<void> {
    this.#must();
    const ids = [deviceIdOrIds].flat();
    if (this.#missing(ids).length > 0) await this.#deps.refresh();
    const missing = this.#missing(ids);
    if (missing.length > 0) throw new InvalidArgumentError(`Devices not found: ${missing}`);
    await this.#deps.use(ids);
    this.#ids = ids;
  }

  /** Plays on this device no longer. @returns Whether it was in use. */
  delete(device: MediaDeviceInfo): boolean {
    const rest = this.#ids.filter((id) => id !== device.deviceId);
    if (rest.length === this.#ids.length) return false;
    this.#ids = rest.length > 0 ? rest : [DEFAULT];
    void this.#deps.use(this.#ids).catch(() => undefined);
    return true;
  }

  /**
   * Plays a sound on the devices in use.
   *
   * @param soundUrl - In place of a tone of ours.
   * @throws NotSupportedError where the browser cannot.
   */
  async test(soundUrl?: string): Promise<void> {
    this.#must();
    await this.#deps.test(soundUrl);
  }

  #missing(ids: readonly string[]): readonly string[] {
    return ids.filter((id) => !this.#deps.available.has(id) && id !== DEFAULT);
  }

  #must(): void {
    if (this.#deps.supported()) return;
    throw new NotSupportedError('This browser does not support audio output selection');
  }
}

/** Inputs and outputs by id. */
export class DeviceLists {
  readonly inputs: Map<string, MediaDeviceInfo> = new Map();
  readonly outputs: Map<string, MediaDeviceInfo> = new Map();
  readonly #list: () => Promise<MediaDeviceInfo[]>;

  constructor(list: () => Promise<MediaDeviceInfo[]>) {
    this.#list = list;
    void this.update();
  }

  /** Looks at what there is now. */
  async update(): Promise<void> {
    const all = await this.#list().catch(() => []);
    fill(this.inputs, all, 'audioinput');
    fill(this.outputs, all, 'audiooutput');
  }

  /** An input, looked for again if it is not known yet: ids come with the permission. */
  async input(deviceId: string): Promise<MediaDeviceInfo | undefined> {
    if (!this.inputs.has(deviceId)) await this.update();
    return this.inputs.get(deviceId);
  }
}

function fill(
  known: Map<string, MediaDeviceInfo>,
  all: readonly MediaDeviceInfo[],
  kind: MediaDeviceKind,
): void {
  known.clear();
  for (const device of all) {
    // Before the person has let the page use a device, browsers give neither ids nor names.
    if (device.kind === kind && device.deviceId !== '') known.set(device.deviceId, device);
  }
}

/** What it needs of its device. */
export interface AudioDeps {
  readonly kit: AudioKit;
  readonly sounds: DeviceSounds;
  /** Whether there is a call. */
  busy(): boolean;
}

/** The sound of a device. Reached as `device.audio`. @public */
export class DeviceAudio extends EventEmitter {
  /** Inputs by id. */
  readonly availableInputDevices: Map<string, MediaDeviceInfo>;
  /** Outputs by id. */
  readonly availableOutputDevices: Map<string, MediaDeviceInfo>;
  /** Whether outputs can be chosen here. */
  readonly isOutputSelectionSupported: boolean =
    typeof HTMLAudioElement !== 'undefined' && 'setSinkId' in HTMLAudioElement.prototype;
  /** Whether volumes can be measured here. */
  readonly isVolumeSupported: boolean = typeof AudioContext !== 'undefined';
  /** Outputs of the remote audio. */
  readonly speakerDevices: OutputDeviceCollection;
  /** Outputs of the ringing. */
  readonly ringtoneDevices: OutputDeviceCollection;
  readonly #deps: AudioDeps;
  readonly #lists: DeviceLists;
  readonly #processing: Processing = new Processing();
  #input: MediaDeviceInfo | null = null;
  #share: Share | undefined;
  #stream: MediaStream | null = null;
  #constraints: MediaTrackConstraints | null = null;
  #stopLevel: (() => void) | undefined;
  readonly #stopWatching: () => void;

  /** @internal */
  constructor(deps: AudioDeps) {
    super();
    this.#deps = deps;
    const { devices } = deps.kit;
    this.#lists = new DeviceLists(() => devices.list());
    this.#stopWatching = devices.on('change', ({ removed }) => void this.#changed(removed));
    this.availableInputDevices = this.#lists.inputs;
    this.availableOutputDevices = this.#lists.outputs;
    this.speakerDevices = this.#collection('speaker');
    this.ringtoneDevices = this.#collection('ringer');
  }

  /** The chosen microphone; null is the system's. */
  get inputDevice(): MediaDeviceInfo | null {
    return this.#input;
  }

  /** The stream of the chosen microphone, or of the call. */
  get inputStream(): MediaStream | null {
    return this.#stream;
  }

  /** What the microphone should be like; null leaves that to us. */
  get audioConstraints(): MediaTrackConstraints | null {
    return this.#constraints;
  }

  /** The stream of the local processor. */
  get localProcessedStream(): MediaStream | null {
    return this.#processing.stream(false);
  }

  /** The stream of the remote processor. */
  get remoteProcessedStream(): MediaStream | null {
    return this.#processing.stream(true);
  }

  /** As `localProcessedStream`. */
  get processedStream(): MediaStream | null {
    return this.localProcessedStream;
  }

  /** Takes another microphone. @throws InvalidArgumentError for an id that is none. */
  async setInputDevice(deviceId: string): Promise<void> {
    if (typeof deviceId !== 'string') {
      throw new InvalidArgumentError('Must specify the device to set');
    }
    const device = await this.#lists.input(deviceId);
    if (!device) throw new InvalidArgumentError(`Device not found: ${deviceId}`);
    const { devices, microphone } = this.#deps.kit;
    await devices.useInput(deviceId);
    this.#hold(device, await microphone.share());
  }

  /** Leaves the microphone to the system. @throws InvalidStateError in a call. */
  async unsetInputDevice(): Promise<void> {
    if (!this.#input) return;
    if (this.#deps.busy()) {
      throw new InvalidStateError('Cannot unset input device while a call is in progress.');
    }
    this.#hold(null, undefined);
    await this.#deps.kit.devices.useInput(undefined);
  }

  /** Sets the microphone's constraints, from now on. */
  async setAudioConstraints(audioConstraints: MediaTrackConstraints): Promise<void> {
    this.#constraints = { ...audioConstraints };
    await this.#deps.kit.microphone.use(this.#constraints);
  }

  /** Leaves that to us again. */
  async unsetAudioConstraints(): Promise<void> {
    this.#constraints = null;
    await this.#deps.kit.microphone.use({});
  }

  /** Sends sound through a processor. @throws InvalidArgumentError, NotSupportedError */
  async addProcessor(processor: AudioProcessor, isRemote = false): Promise<void> {
    const wrapped = this.#processing.add(processor, isRemote);
    await this.#deps.kit.devices.process(wrapped, isRemote ? 'remote' : 'local');
  }

  /** Sends sound through it no longer. @throws InvalidArgumentError */
  async removeProcessor(processor: AudioProcessor, isRemote = false): Promise<void> {
    this.#processing.remove(processor, isRemote);
    await this.#deps.kit.devices.process(undefined, isRemote ? 'remote' : 'local');
  }

  /** Whether the ringing is played; with a value, from now on. */
  incoming(doEnable?: boolean): boolean {
    return this.#toggle('incoming', doEnable);
  }

  /** Whether the tone of an answered call is played; with a value, from now on. */
  outgoing(doEnable?: boolean): boolean {
    return this.#toggle('outgoing', doEnable);
  }

  /** Whether the tone at the end of a call is played; with a value, from now on. */
  disconnect(doEnable?: boolean): boolean {
    return this.#toggle('disconnect', doEnable);
  }

  /** Lets everything go. @internal */
  close(): void {
    this.#stopWatching();
    this.#stopLevel?.();
    this.#hold(null, undefined);
    this.removeAllListeners();
    this.#deps.kit.close();
  }

  /** The microphone is measured while the page listens to `inputVolume`. */
  protected override listened(event: string | symbol): void {
    if (event !== 'inputVolume') return;
    const wanted = this.listenerCount(event) > 0;
    if (wanted) {
      this.#stopLevel ??= this.#deps.kit.devices.on('level', (level) => {
        this.emit('inputVolume', level);
      });
      return;
    }
    this.#stopLevel?.();
    this.#stopLevel = undefined;
  }

  #collection(what: 'speaker' | 'ringer'): OutputDeviceCollection {
    const output = this.#deps.kit.devices[what];
    return new OutputDeviceCollection({
      available: this.#lists.outputs,
      supported: () => this.isOutputSelectionSupported,
      refresh: () => this.#lists.update(),
      use: (ids) => output.set(ids),
      test: (url) => output.test(url),
    });
  }

  #hold(device: MediaDeviceInfo | null, share: Share | undefined): void {
    this.#share?.release();
    this.#share = share;
    this.#input = device;
    this.#stream = share ? new MediaStream([share.track]) : null;
    if (!share) return;
    share.onreplaced = (track) => {
      this.#stream = new MediaStream([track]);
    };
  }

  #toggle(name: ToggleableSound, on: boolean | undefined): boolean {
    return this.#deps.sounds.switch(name, on);
  }

  async #changed(removed: readonly MediaDeviceInfo[]): Promise<void> {
    const inUse = [this.#input, ...this.speakerDevices.get(), ...this.ringtoneDevices.get()];
    await this.#lists.update();
    const lost = removed.filter((gone) => inUse.some((one) => one?.deviceId === gone.deviceId));
    this.emit('deviceChange', lost);
  }
}
