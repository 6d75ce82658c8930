/** `AudioHelper`: which devices are used, what the microphone is like, which sounds are made. */
import type { Share } from '../../audio/microphone.js';
import type { OutputChoice } from '../../audio/outputs.js';
import type { AudioKit } from '../../client/audio-kit.js';
import { EventEmitter } from '../shared/event-emitter.js';
import { InvalidArgumentError, InvalidStateError, NotSupportedError } from './errors/classes.js';
import { type AudioProcessor, Processing } from './processing.js';
import type { DeviceSounds, ToggleableSound } from './sounds.js';

/** Whether this browser can play on a device of choice. */
const canChooseOutput = (): boolean =>
  typeof HTMLAudioElement !== 'undefined' && 'setSinkId' in HTMLAudioElement.prototype;

const DEFAULT = 'default';

/** The devices that play the remote audio, or the ringing. @public */
export class OutputDeviceCollection {
  readonly #lists: DeviceLists;
  readonly #output: OutputChoice;
  #ids: readonly string[] = [DEFAULT];

  /** @internal */
  constructor(lists: DeviceLists, output: OutputChoice) {
    this.#lists = lists;
    this.#output = output;
  }

  /** The devices in use. */
  get(): Set<MediaDeviceInfo> {
    return new Set(this.#ids.flatMap((id) => this.#lists.outputs.get(id) ?? []));
  }

  /**
   * Plays on these devices from now on.
   *
   * @throws NotSupportedError where the browser cannot, InvalidArgumentError for an id that is none.
   */
  async set(deviceIdOrIds: string | string[]): Promise<void> {
    this.#must();
    const ids = [deviceIdOrIds].flat();
    if (this.#missing(ids).length > 0) await this.#lists.update();
    const missing = this.#missing(ids);
    if (missing.length > 0) throw new InvalidArgumentError(`Devices not found: ${missing}`);
    await this.#output.set(ids);
    this.#ids = ids;
  }

  /** Plays on this device no longer. @returns Whether it was in use. */
  delete(device: MediaDeviceInfo): boolean {
    const rest = this.#ids.filter((id) => id !== device.deviceId);
    if (rest.length === this.#ids.length) return false;
    this.#ids = rest.length > 0 ? rest : [DEFAULT];
    void this.#output.set(this.#ids).catch(() => undefined);
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
    await this.#output.test(soundUrl);
  }

  #missing(ids: readonly string[]): readonly string[] {
    return ids.filter((id) => !this.#lists.outputs.has(id) && id !== DEFAULT);
  }

  #must(): void {
    if (canChooseOutput()) return;
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

/** The sound of a device. Reached as `device.audio`. @public */
export class DeviceAudio extends EventEmitter {
  /** Inputs by id. */
  readonly availableInputDevices: Map<string, MediaDeviceInfo>;
  /** Outputs by id. */
  readonly availableOutputDevices: Map<string, MediaDeviceInfo>;
  /** Whether outputs can be chosen here. */
  readonly isOutputSelectionSupported: boolean = canChooseOutput();
  /** Whether volumes can be measured here. */
  readonly isVolumeSupported: boolean = typeof AudioContext !== 'undefined';
  /** Outputs of the remote audio. */
  readonly speakerDevices: OutputDeviceCollection;
  /** Outputs of the ringing. */
  readonly ringtoneDevices: OutputDeviceCollection;
  readonly #kit: AudioKit;
  readonly #sounds: DeviceSounds;
  readonly #busy: () => boolean;
  readonly #lists: DeviceLists;
  readonly #processing: Processing = new Processing();
  #input: MediaDeviceInfo | null = null;
  #share: Share | undefined;
  #stream: MediaStream | null = null;
  #constraints: MediaTrackConstraints | null = null;
  #stopLevel: (() => void) | undefined;
  readonly #stopWatching: () => void;

  /** @internal */
  constructor(kit: AudioKit, sounds: DeviceSounds, busy: () => boolean) {
    super();
    this.#kit = kit;
    this.#sounds = sounds;
    this.#busy = busy;
    const { devices } = kit;
    this.#lists = new DeviceLists(() => devices.list());
    this.#stopWatching = devices.on('change', ({ removed }) => void this.#changed(removed));
    this.availableInputDevices = this.#lists.inputs;
    this.availableOutputDevices = this.#lists.outputs;
    this.speakerDevices = new OutputDeviceCollection(this.#lists, devices.speaker);
    this.ringtoneDevices = new OutputDeviceCollection(this.#lists, devices.ringer);
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
    const { devices, microphone } = this.#kit;
    await devices.useInput(deviceId);
    this.#hold(device, await microphone.share());
  }

  /** Leaves the microphone to the system. @throws InvalidStateError in a call. */
  async unsetInputDevice(): Promise<void> {
    if (!this.#input) return;
    if (this.#busy()) {
      throw new InvalidStateError('Cannot unset input device while a call is in progress.');
    }
    this.#hold(null, undefined);
    await this.#kit.devices.useInput(undefined);
  }

  /** Sets the microphone's constraints, from now on. */
  async setAudioConstraints(audioConstraints: MediaTrackConstraints): Promise<void> {
    this.#constraints = { ...audioConstraints };
    await this.#kit.microphone.use(this.#constraints);
  }

  /** Leaves that to us again. */
  async unsetAudioConstraints(): Promise<void> {
    this.#constraints = null;
    await this.#kit.microphone.use({});
  }

  /** Sends sound through a processor. @throws InvalidArgumentError, NotSupportedError */
  async addProcessor(processor: AudioProcessor, isRemote = false): Promise<void> {
    const wrapped = this.#processing.add(processor, isRemote);
    await this.#kit.devices.process(wrapped, isRemote ? 'remote' : 'local');
  }

  /** Sends sound through it no longer. @throws InvalidArgumentError */
  async removeProcessor(processor: AudioProcessor, isRemote = false): Promise<void> {
    this.#processing.remove(processor, isRemote);
    await this.#kit.devices.process(undefined, isRemote ? 'remote' : 'local');
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
    this.#kit.close();
  }

  /** The microphone is measured while the page listens to `inputVolume`. */
  protected override listened(event: string | symbol): void {
    if (event !== 'inputVolume') return;
    const wanted = this.listenerCount(event) > 0;
    if (wanted) {
      this.#stopLevel ??= this.#kit.devices.on('level', (level) => {
        this.emit('inputVolume', level);
      });
      return;
    }
    this.#stopLevel?.();
    this.#stopLevel = undefined;
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
    return this.#sounds.switch(name, on);
  }

  async #changed(removed: readonly MediaDeviceInfo[]): Promise<void> {
    const inUse = [this.#input, ...this.speakerDevices.get(), ...this.ringtoneDevices.get()];
    await this.#lists.update();
    const lost = removed.filter((gone) => inUse.some((one) => one?.deviceId === gone.deviceId));
    this.emit('deviceChange', lost);
  }
}
