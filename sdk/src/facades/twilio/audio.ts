/** `AudioHelper`: which devices are used, what the microphone is like, which sounds are made. */
import type { Share } from '../../audio/microphone.js';
import type { AudioKit } from '../../client/audio-kit.js';
import { EventEmitter } from '../../core/event-emitter.js';
import { DeviceLists } from './device-lists.js';
import { InvalidArgumentError, InvalidStateError } from './errors/classes.js';
import { OutputDeviceCollection } from './outputs.js';
import { type AudioProcessor, Processing } from './processing.js';
import type { Toggle, Toggles } from './toggles.js';

/** What it needs of its device. */
export interface AudioWorld {
  readonly kit: AudioKit;
  readonly toggles: Toggles;
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
  /** Where the far end is heard. */
  readonly speakerDevices: OutputDeviceCollection;
  /** Where the ringing is heard. */
  readonly ringtoneDevices: OutputDeviceCollection;
  readonly #world: AudioWorld;
  readonly #lists: DeviceLists;
  readonly #processing: Processing = new Processing();
  #input: MediaDeviceInfo | null = null;
  #share: Share | undefined;
  #stream: MediaStream | null = null;
  #constraints: MediaTrackConstraints | null = null;
  #stopLevel: (() => void) | undefined;
  readonly #stopWatching: () => void;

  /** @internal */
  constructor(world: AudioWorld) {
    super();
    this.#world = world;
    const { devices } = world.kit;
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

  /** What the local processor makes of the microphone. */
  get localProcessedStream(): MediaStream | null {
    return this.#processing.stream(false);
  }

  /** What the remote processor makes of the far end. */
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
    const { devices, microphone } = this.#world.kit;
    await devices.useInput(deviceId);
    this.#hold(device, await microphone.share());
  }

  /** Leaves the microphone to the system. @throws InvalidStateError in a call. */
  async unsetInputDevice(): Promise<void> {
    if (!this.#input) return;
    if (this.#world.busy()) {
      throw new InvalidStateError('Cannot unset input device while a call is in progress.');
    }
    this.#hold(null, undefined);
    await this.#world.kit.devices.useInput(undefined);
  }

  /** Says what the microphone should be like, from now on. */
  async setAudioConstraints(audioConstraints: MediaTrackConstraints): Promise<void> {
    this.#constraints = { ...audioConstraints };
    await this.#world.kit.microphone.use(this.#constraints);
  }

  /** Leaves that to us again. */
  async unsetAudioConstraints(): Promise<void> {
    this.#constraints = null;
    await this.#world.kit.microphone.use({});
  }

  /** Sends sound through a processor. @throws InvalidArgumentError, NotSupportedError */
  async addProcessor(processor: AudioProcessor, isRemote = false): Promise<void> {
    const wrapped = this.#processing.add(processor, isRemote);
    await this.#world.kit.devices.process(wrapped, isRemote ? 'remote' : 'local');
  }

  /** Sends sound through it no longer. @throws InvalidArgumentError */
  async removeProcessor(processor: AudioProcessor, isRemote = false): Promise<void> {
    this.#processing.remove(processor, isRemote);
    await this.#world.kit.devices.process(undefined, isRemote ? 'remote' : 'local');
  }

  /** Whether the ringing is heard; with a value, from now on. */
  incoming(doEnable?: boolean): boolean {
    return this.#toggle('incoming', doEnable);
  }

  /** Whether the tone of an answered call is heard; with a value, from now on. */
  outgoing(doEnable?: boolean): boolean {
    return this.#toggle('outgoing', doEnable);
  }

  /** Whether the end of a call is heard; with a value, from now on. */
  disconnect(doEnable?: boolean): boolean {
    return this.#toggle('disconnect', doEnable);
  }

  /** Lets everything go. @internal */
  close(): void {
    this.#stopWatching();
    this.#stopLevel?.();
    this.#hold(null, undefined);
    this.removeAllListeners();
    this.#world.kit.close();
  }

  /** The microphone is measured for as long as somebody listens. */
  protected override listened(event: string | symbol): void {
    if (event !== 'inputVolume') return;
    const heard = this.listenerCount(event) > 0;
    if (heard) {
      this.#stopLevel ??= this.#world.kit.devices.on('level', (level) => {
        this.emit('inputVolume', level);
      });
      return;
    }
    this.#stopLevel?.();
    this.#stopLevel = undefined;
  }

  #collection(what: 'speaker' | 'ringer'): OutputDeviceCollection {
    const output = this.#world.kit.devices[what];
    return new OutputDeviceCollection({
      available: this.#lists.outputs,
      supported: () => this.isOutputSelectionSupported,
      look: () => this.#lists.update(),
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

  #toggle(name: Toggle, on: boolean | undefined): boolean {
    return this.#world.toggles.switch(name, on);
  }

  async #changed(removed: readonly MediaDeviceInfo[]): Promise<void> {
    const inUse = [this.#input, ...this.speakerDevices.get(), ...this.ringtoneDevices.get()];
    await this.#lists.update();
    const lost = removed.filter((gone) => inUse.some((one) => one?.deviceId === gone.deviceId));
    this.emit('deviceChange', lost);
  }
}
