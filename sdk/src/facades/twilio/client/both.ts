/** `Twilio.Device` of the first generation: a class, and the one device of the page. */
import type { DeviceAudio } from '../audio.js';
import type * as words from '../words.js';
import type { ClientError, Connection } from './connection.js';
import { ClientDevice, type SoundSwitches } from './device.js';
import type { ClientOptions } from './options.js';
import { Singleton } from './singleton.js';

/**
 * A device of the first generation. Its statics are those of the one device of the page.
 *
 * @public
 */
export class Device extends ClientDevice {
  static readonly setup: ClientDevice['setup'] = Singleton.setup;
  static readonly connect: ClientDevice['connect'] = Singleton.connect;
  static readonly activeConnection: ClientDevice['activeConnection'] = Singleton.activeConnection;
  static readonly disconnectAll: ClientDevice['disconnectAll'] = Singleton.disconnectAll;
  static readonly registerPresence: ClientDevice['registerPresence'] = Singleton.registerPresence;
  static readonly unregisterPresence: ClientDevice['unregisterPresence'] =
    Singleton.unregisterPresence;
  static readonly updateToken: ClientDevice['updateToken'] = Singleton.updateToken;
  static readonly status: ClientDevice['status'] = Singleton.status;
  static readonly region: ClientDevice['region'] = Singleton.region;
  static readonly cancel: ClientDevice['cancel'] = Singleton.cancel;
  static readonly disconnect: ClientDevice['disconnect'] = Singleton.disconnect;
  static readonly error: ClientDevice['error'] = Singleton.error;
  static readonly incoming: ClientDevice['incoming'] = Singleton.incoming;
  static readonly offline: ClientDevice['offline'] = Singleton.offline;
  static readonly ready: ClientDevice['ready'] = Singleton.ready;
  static readonly on: ClientDevice['on'] = Singleton.on;
  static readonly once: ClientDevice['once'] = Singleton.once;
  static readonly off: ClientDevice['off'] = Singleton.off;
  static readonly addListener: ClientDevice['addListener'] = Singleton.addListener;
  static readonly removeListener: ClientDevice['removeListener'] = Singleton.removeListener;
  static readonly removeAllListeners: ClientDevice['removeAllListeners'] =
    Singleton.removeAllListeners;
  static readonly prependListener: ClientDevice['prependListener'] = Singleton.prependListener;
  static readonly prependOnceListener: ClientDevice['prependOnceListener'] =
    Singleton.prependOnceListener;
  static readonly emit: ClientDevice['emit'] = Singleton.emit;
  static readonly listeners: ClientDevice['listeners'] = Singleton.listeners;
  static readonly rawListeners: ClientDevice['rawListeners'] = Singleton.rawListeners;
  static readonly listenerCount: ClientDevice['listenerCount'] = Singleton.listenerCount;
  static readonly eventNames: ClientDevice['eventNames'] = Singleton.eventNames;

  /** The hidden device. It may be set to null, which lets it go. */
  static get instance(): ClientDevice | null {
    return Singleton.instance;
  }

  static set instance(value: null) {
    Singleton.instance = value;
  }

  /** Ends the hidden device; the next is a new one. */
  static destroy(): void {
    Singleton.destroy();
  }

  static get audio(): DeviceAudio | null {
    return Singleton.audio;
  }

  static get connections(): Connection[] {
    return Singleton.connections;
  }

  static get isInitialized(): boolean {
    return Singleton.isInitialized;
  }

  static get sounds(): SoundSwitches {
    return Singleton.sounds;
  }

  static get token(): string | null {
    return Singleton.token;
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
