/** What a device's options mean for our own client. */
import { AudioKit } from '../../client/audio-kit.js';
import type { ConnectOptions } from '../../client/options.js';
import { browserOf } from './browser.js';
import type { LineWish } from './line.js';
import { sink } from './logger.js';
import { bitrateOf, codecsOf, type SharedOptions } from './options.js';

/** The sound of a device, which outlives its connections. */
export function kitOf(options: () => SharedOptions): AudioKit {
  return new AudioKit({ browser: browserOf(options) });
}

/** How to connect. */
export function wishOf(token: string, options: SharedOptions, audio: AudioKit): LineWish {
  const bitrate = bitrateOf(options.maxAverageBitrate);
  const client: ConnectOptions = {
    token,
    codecs: codecsOf(options.codecPreferences),
    audio,
    highPriority: options.dscp ?? true,
    browser: browserOf(() => options),
    // The vendor's pages do not know calls that they have not begun.
    surviveReload: false,
    log: sink,
    logLevel: 'debug',
    ...(bitrate && { maxAverageBitrate: bitrate }),
  };
  return { place: options, options: client };
}

/** The options that only a new connection takes. */
const FOR_A_NEW_ONE = ['dscp', 'maxAverageBitrate', 'RTCPeerConnection', 'MediaStream'] as const;

/** Whether these options ask for another connection than those. */
export function needsAnother(before: SharedOptions, now: SharedOptions): boolean {
  return isElsewhere(before, now) || FOR_A_NEW_ONE.some((name) => before[name] !== now[name]);
}

/** Whether these options name another place than those. */
export function isElsewhere(before: SharedOptions, now: SharedOptions): boolean {
  return String([before.server, before.edge]) !== String([now.server, now.edge]);
}
