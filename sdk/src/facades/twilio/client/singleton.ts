/** `Twilio.Device` of the first generation is a class, and by its statics the one device of the page as well. */

import { EventEmitter } from '../../../core/event-emitter.js';
import type { DeviceAudio } from '../audio.js';
import { InvalidArgumentError } from '../errors/classes.js';
import type { Connection } from './connection.js';
import { ClientDevice, type SoundSwitches } from './device.js';

let hidden: ClientDevice | undefined;

/** The hidden device, made when somebody first asks for it. */
function instance(): ClientDevice {
  hidden ??= new ClientDevice();
  return hidden;
}

type Methods = {
  [Name in keyof ClientDevice as ClientDevice[Name] extends (...values: never) => unknown
    ? Name
    : never]: ClientDevice[Name];
};

/** A method of the hidden device as a function. */
function via<Name extends keyof Methods>(name: Name): Methods[Name] {
  const call = (...values: never[]): unknown =>
    (instance()[name] as (...given: never[]) => unknown)(...values);
  return call as unknown as Methods[Name];
}

/**
 * The one device of the page, as statics: every method does what that of an instance does.
 *
 * @public
 */
export class Singleton extends EventEmitter {
  static readonly setup: ClientDevice['setup'] = via('setup');
  static readonly connect: ClientDevice['connect'] = via('connect');
  static readonly activeConnection: ClientDevice['activeConnection'] = via('activeConnection');
  static readonly disconnectAll: ClientDevice['disconnectAll'] = via('disconnectAll');
  static readonly registerPresence: ClientDevice['registerPresence'] = via('registerPresence');
  static readonly unregisterPresence: ClientDevice['unregisterPresence'] =
    via('unregisterPresence');
  static readonly updateToken: ClientDevice['updateToken'] = via('updateToken');
  static readonly status: ClientDevice['status'] = via('status');
  static readonly region: ClientDevice['region'] = via('region');
  static readonly cancel: ClientDevice['cancel'] = via('cancel');
  static readonly disconnect: ClientDevice['disconnect'] = via('disconnect');
  static readonly error: ClientDevice['error'] = via('error');
  static readonly incoming: ClientDevice['incoming'] = via('incoming');
  static readonly offline: ClientDevice['offline'] = via('offline');
  static readonly ready: ClientDevice['ready'] = via('ready');
  static readonly on: ClientDevice['on'] = via('on');
  static readonly once: ClientDevice['once'] = via('once');
  static readonly off: ClientDevice['off'] = via('off');
  static readonly addListener: ClientDevice['addListener'] = via('addListener');
  static readonly removeListener: ClientDevice['removeListener'] = via('removeListener');
  static readonly removeAllListeners: ClientDevice['removeAllListeners'] =
    via('removeAllListeners');
  static readonly prependListener: ClientDevice['prependListener'] = via('prependListener');
  static readonly prependOnceListener: ClientDevice['prependOnceListener'] =
    via('prependOnceListener');
  static readonly emit: ClientDevice['emit'] = via('emit');
  static readonly listeners: ClientDevice['listeners'] = via('listeners');
  static readonly rawListeners: ClientDevice['rawListeners'] = via('rawListeners');
  static readonly listenerCount: ClientDevice['listenerCount'] = via('listenerCount');
  static readonly eventNames: ClientDevice['eventNames'] = via('eventNames');

  /** The hidden device. It may be set to null, which lets it go. */
  static get instance(): ClientDevice | null {
    return instance();
  }

  static set instance(value: null) {
    if (value !== null) throw new InvalidArgumentError('Device.instance may be set to null only');
    hidden = undefined;
  }

  /** Ends the hidden device; the next is a new one. */
  static destroy(): void {
    hidden?.destroy();
    hidden = undefined;
  }

  static get audio(): DeviceAudio | null {
    return instance().audio;
  }

  static get connections(): Connection[] {
    return instance().connections;
  }

  static get isInitialized(): boolean {
    return instance().isInitialized;
  }

  static get sounds(): SoundSwitches {
    return instance().sounds;
  }

  static get token(): string | null {
    return instance().token;
  }
}
