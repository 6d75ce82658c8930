/** `Twilio.Device` of the first generation: a class, and the one device of the page. */

import type { DeviceAudio } from '../audio.js';
import type * as words from '../constants.js';
import type { ClientOptions } from '../options.js';
import { ClientDevice, Singleton, type SoundSwitches } from './client-device.js';
import type { ClientError, Connection } from './connection.js';

/**
 * A device of the first generation. Its statics are those of the one device of the page.
 *
 * @public
 */
export class Device extends ClientDevice {
  declare static readonly setup: ClientDevice['setup'];
  declare static readonly connect: ClientDevice['connect'];
  declare static readonly activeConnection: ClientDevice['activeConnection'];
  declare static readonly disconnectAll: ClientDevice['disconnectAll'];
  declare static readonly registerPresence: ClientDevice['registerPresence'];
  declare static readonly unregisterPresence: ClientDevice['unregisterPresence'];
  declare static readonly updateToken: ClientDevice['updateToken'];
  declare static readonly status: ClientDevice['status'];
  declare static readonly region: ClientDevice['region'];
  declare static readonly cancel: ClientDevice['cancel'];
  declare static readonly disconnect: ClientDevice['disconnect'];
  declare static readonly error: ClientDevice['error'];
  declare static readonly incoming: ClientDevice['incoming'];
  declare static readonly offline: ClientDevice['offline'];
  declare static readonly ready: ClientDevice['ready'];
  declare static readonly on: ClientDevice['on'];
  declare static readonly once: ClientDevice['once'];
  declare static readonly off: ClientDevice['off'];
  declare static readonly addListener: ClientDevice['addListener'];
  declare static readonly removeListener: ClientDevice['removeListener'];
  declare static readonly removeAllListeners: ClientDevice['removeAllListeners'];
  declare static readonly prependListener: ClientDevice['prependListener'];
  declare static readonly prependOnceListener: ClientDevice['prependOnceListener'];
  declare static readonly emit: ClientDevice['emit'];
  declare static readonly listeners: ClientDevice['listeners'];
  declare static readonly rawListeners: ClientDevice['rawListeners'];
  declare static readonly listenerCount: ClientDevice['listenerCount'];
  declare static readonly eventNames: ClientDevice['eventNames'];

  /** The hidden device. It may be set to null, which lets it go. */
  declare static instance: ClientDevice | null;
  /** Ends the hidden device; the next is a new one. */
  declare static readonly destroy: () => void;
  declare static readonly audio: DeviceAudio | null;
  declare static readonly connections: Connection[];
  declare static readonly isInitialized: boolean;
  declare static readonly sounds: SoundSwitches;
  declare static readonly token: string | null;

  static {
    const {
      length,
      name,
      prototype,
      toString: own,
      ...lent
    } = Object.getOwnPropertyDescriptors(Singleton);
    Object.defineProperties(Device, lent);
  }
}

/** Types that pages name through the class. @public */
export declare namespace Device {
  export type EventName = words.ClientEvent;
  export type Status = words.ClientStatus;
  export type SoundName = words.SoundName;
  export type ToggleableSound = 'incoming' | 'outgoing' | 'disconnect';
  export type Error = ClientError;
  export type Options = ClientOptions;
}
