/** Tells the page of devices that come and go, and takes the new one if the page wants that. */
import type { DeviceChange } from '../../audio/devices.js';
import type { Audio } from './audio.js';

/** A device was plugged in or unplugged, as `audioDeviceChange` tells it. @public */
export interface AudioDeviceChange {
  readonly change: 'added' | 'removed';
  readonly device: MediaDeviceInfo;
}

/** What following needs. */
export interface ChangesWorld {
  readonly audio: Audio;
  /** Whether the system's choice holds when a device is plugged in. */
  readonly useDefault: boolean;
  tell(change: AudioDeviceChange): void;
}

/** What is done at a change of the devices. */
export async function devicesChanged(
  { added, removed }: DeviceChange,
  { audio, useDefault, tell }: ChangesWorld,
): Promise<void> {
  await audio.look();
  for (const device of removed) tell({ change: 'removed', device });
  for (const device of added) tell({ change: 'added', device });
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
