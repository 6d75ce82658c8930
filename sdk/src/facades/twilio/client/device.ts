/** `Twilio.Device` of the first generation: a class, and the one device of the page. */

import type * as constants from '../constants.js';
import type { ClientOptions } from '../options.js';
import { ClientDevice, Singleton } from './client-device.js';
import type { ClientError } from './connection.js';

/** The statics of the one device of the page, apart from those that every device class has. */
type Statics = Pick<typeof Singleton, Exclude<keyof typeof Singleton, keyof typeof ClientDevice>>;

const Base: typeof ClientDevice & Statics = ClientDevice as typeof ClientDevice & Statics;

/**
 * A device of the first generation. Its statics are those of the one device of the page.
 *
 * @public
 */
export class Device extends Base {
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
  export type EventName = constants.ClientEvent;
  export type Status = constants.ClientStatus;
  export type SoundName = constants.SoundName;
  export type ToggleableSound = 'incoming' | 'outgoing' | 'disconnect';
  export type Error = ClientError;
  export type Options = ClientOptions;
}
