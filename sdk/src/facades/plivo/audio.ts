/** `client.audio`: which devices there are, and which of them are used. */
import type { DeviceChange, OutputChoice } from '../../audio/devices.js';
import type { ClientContext } from './options.js';
import { mediaErrorName, permission } from './permission.js';

/** Inputs. @public */
export interface InputDevices {
  /** Takes this one. False when there is none of that id. */
  set(deviceId: string): boolean;
  /** The one that was set; empty when none was. */
  get(): string;
  /** Takes the system's default. */
  reset(): boolean;
}

/** Outputs of calls, of the ringing tone and of keys. @public */
export interface OutputDevices {
  /** Plays on this one. False when there is none of that id. */
  set(deviceId: string): boolean;
  /** The one that was set; null when none was. */
  get(): string | null;
  /** Plays on the system's default. */
  reset(): boolean;
  /** The element that plays `dtmf` or `ringback`. */
  media(source?: string): HTMLAudioElement | null;
}

/** Outputs of the ringing of incoming calls. @public */
export interface RingToneDevices extends Omit<OutputDevices, 'media'> {
  /** The element that plays it. */
  media(): HTMLAudioElement | null;
}

/** `client.audio`. @public */
export interface AudioDevices {
  /** The devices there are. @param filter - `input` or `output`; all without it. */
  availableDevices(filter?: string | null): Promise<MediaDeviceInfo[]>;
  /**
   * Asks for the microphone, so that devices have names.
   *
   * @param arg - `returnStream` gives the stream; else it is stopped, and `success` is given.
   */
  revealAudioDevices(arg?: string): Promise<string | MediaStream>;
  readonly microphoneDevices: InputDevices;
  readonly speakerDevices: OutputDevices;
  readonly ringtoneDevices: RingToneDevices;
}

/** The system's own choice, which browsers list as a device of its own. */
const DEFAULT = 'default';

/** The audio devices of one client. */
export class Audio implements AudioDevices {
  readonly microphoneDevices: InputDevices;
  readonly speakerDevices: OutputDevices;
  readonly ringtoneDevices: RingToneDevices;
  readonly #context: ClientContext;
  #known: readonly MediaDeviceInfo[] = [];
  #input = '';

  constructor(context: ClientContext) {
    this.#context = context;
    const { devices, sounds } = context.kit;
    this.microphoneDevices = {
      set: (id) => this.#useInput(id),
      get: () => this.#input,
      reset: () => this.#choose(''),
    };
    this.speakerDevices = {
      ...this.#output(devices.speaker),
      media: (source = 'ringback') => sounds.element(source === 'dtmf' ? 'keys' : 'ringing'),
    };
    this.ringtoneDevices = {
      ...this.#output(devices.ringer),
      media: () => sounds.element('incoming'),
    };
    void this.refresh();
  }

  /** The devices there are. */
  readonly availableDevices = async (filter?: string | null): Promise<MediaDeviceInfo[]> => {
    const known = await this.refresh();
    const kind = filter === 'input' || filter === 'output' ? `audio${filter}` : undefined;
    return known.filter((device) => !kind || device.kind === kind);
  };

  /** Asks for the microphone. Rejects with the name of the browser's error. */
  readonly revealAudioDevices = async (arg?: string): Promise<string | MediaStream> => {
    let stream: MediaStream;
    try {
      stream = await this.#context.kit.devices.requestPermission();
    } catch (error) {
      this.#context.emit('onMediaPermission', permission(error));
      return Promise.reject(mediaErrorName(error));
    }
    this.#context.emit('onMediaPermission', permission(undefined));
    await this.refresh();
    if (arg === 'returnStream') return stream;
    for (const track of stream.getTracks()) track.stop();
    return 'success';
  };

  /** Looks which devices there are now. */
  async refresh(): Promise<readonly MediaDeviceInfo[]> {
    const all = await this.#context.kit.devices.list();
    this.#known = all.filter(({ deviceId }) => deviceId !== 'communications');
    return this.#known;
  }

  #useInput(deviceId: string): boolean {
    return this.#isThere('audioinput', deviceId) && this.#choose(deviceId);
  }

  /** Takes another microphone from now on; empty is the system's default. */
  #choose(deviceId: string): true {
    this.#input = deviceId;
    const wanted = deviceId === '' || deviceId === DEFAULT ? undefined : deviceId;
    this.#context.kit.devices.useInput(wanted).catch((error) => {
      this.#context.log.error(`The microphone was not changed: ${error.message}`);
    });
    return true;
  }

  #output(choice: OutputChoice): Omit<RingToneDevices, 'media'> {
    let chosen: string | null = null;
    const use = (deviceId: string | null): boolean => {
      if (deviceId !== null && !this.#isThere('audiooutput', deviceId)) return false;
      chosen = deviceId;
      const wanted = deviceId === null || deviceId === DEFAULT ? [] : [deviceId];
      choice.set(wanted).catch((error) => {
        this.#context.log.error(`The output was not changed: ${error.message}`);
      });
      return true;
    };
    return {
      set: (deviceId) => use(typeof deviceId === 'string' ? deviceId : ''),
      get: () => chosen,
      reset: () => use(null),
    };
  }

  #isThere(kind: MediaDeviceKind, deviceId: unknown): boolean {
    const known = this.#known.some((one) => one.kind === kind && one.deviceId === deviceId);
    const there = deviceId === DEFAULT || (known && deviceId !== '');
    if (!there) this.#context.log.error(`There is no ${kind} ${deviceId}`);
    return there;
  }
}

/** A device was plugged in or unplugged, as `audioDeviceChange` carries it. @public */
export interface AudioDeviceChange {
  readonly change: 'added' | 'removed';
  readonly device: MediaDeviceInfo;
}

/** What is done at a change of the devices. */
export async function devicesChanged(
  { added, removed }: DeviceChange,
  audio: Audio,
  { settings, emit }: ClientContext,
): Promise<void> {
  const useDefault = settings.useDefaultAudioDevice;
  const report = (change: AudioDeviceChange): void => emit('audioDeviceChange', change);
  await audio.refresh();
  for (const device of removed) report({ change: 'removed', device });
  for (const device of added) report({ change: 'added', device });
  for (const { kind, deviceId } of added) {
    const chooser = kind === 'audioinput' ? audio.microphoneDevices : audio.speakerDevices;
    chooser.set(useDefault ? 'default' : deviceId);
  }
  for (const { kind, deviceId } of removed) {
    const chooser = kind === 'audioinput' ? audio.microphoneDevices : audio.speakerDevices;
    if (chooser.get() === deviceId) chooser.reset();
    if (kind === 'audiooutput' && audio.ringtoneDevices.get() === deviceId) {
      audio.ringtoneDevices.reset();
    }
  }
}
