/** What a device and a page wish of a call, as our client takes it. */
import type { CallOptions } from '../../client/options.js';
import { codecsOf, microphoneOf } from './options.js';

/** What the device's options say about its calls. */
export interface TalkTerms {
  readonly codecPreferences: readonly string[] | undefined;
  readonly rtcConfiguration: RTCConfiguration | undefined;
  readonly audio: MediaTrackConstraints | boolean | undefined;
  readonly warnings: boolean;
}

/** What is wished of one call. */
export interface TalkWish {
  readonly rtcConfiguration?: RTCConfiguration | undefined;
  readonly audio?: MediaTrackConstraints | boolean | undefined;
}

/** What our client is told. */
export function callTerms(wish: TalkWish, terms: TalkTerms): CallOptions {
  const microphone = microphoneOf(wish.audio ?? terms.audio);
  const rtc = wish.rtcConfiguration ?? terms.rtcConfiguration;
  const { iceServers: servers, iceTransportPolicy: policy } = rtc ?? {};
  return {
    codecs: codecsOf(terms.codecPreferences),
    ...(microphone && { microphone }),
    ...(rtc && { ice: { ...(servers && { servers }), ...(policy && { policy }) } }),
  };
}
