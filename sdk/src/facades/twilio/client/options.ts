/** Options of the first generation. */
import type { SharedOptions } from '../options.js';

/** Options of `setup`. @public */
export interface ClientOptions extends SharedOptions {
  // biome-ignore lint/suspicious/noExplicitAny: the vendor takes options that it does not name.
  [key: string]: any;
  /** What the microphones of all calls should be like. */
  audioConstraints?: MediaTrackConstraints | boolean;
  /** Writes every line to the console. */
  debug?: boolean;
  /** Tells `reconnecting` and `reconnected`; a lost path is looked for in any case. */
  enableIceRestart?: boolean;
  /** Ringing is a state and an event of its own. */
  enableRingingState?: boolean;
  /** Accepted; keys sound here in any case. */
  fakeLocalDTMF?: boolean;
  /** Lets no calls come until `registerPresence`. */
  noRegister?: boolean;
  /** As `edge`, and not together with it. */
  region?: string;
  /** ICE servers and policy of all calls. */
  rtcConfiguration?: RTCConfiguration;
  /** Tells `warning` and `warning-cleared`. */
  warnings?: boolean;
}
