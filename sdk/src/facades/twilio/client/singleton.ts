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

/** What an instance has for itself. */
const OWN: ReadonlySet<string> = /* @__PURE__ */ new Set(['constructor', 'destroy', 'toString']);

/** Gives a class what every device can do, done by the hidden device. */
function lend(borrower: object, methods: object): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(methods))) {
    if (typeof value !== 'function' || OWN.has(name)) continue;
    const call = (...values: unknown[]): unknown =>
      (instance() as unknown as Record<string, typeof value>)[name](...values);
    Object.defineProperty(borrower, name, { value: call, configurable: true, writable: true });
  }
}

/**
 * The one device of the page, as statics: every method does what that of an instance does.
 *
 * @public
 */
export class Singleton extends EventEmitter {
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

  static {
    lend(Singleton, EventEmitter.prototype);
    lend(Singleton, ClientDevice.prototype);
  }

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
