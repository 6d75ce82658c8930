/** The types between a call and its device, and the options of both generations for the SDK's own client. */

import { AudioKit } from '../../client/audio-kit.js';
import type { CallOptions, ConnectOptions } from '../../client/options.js';
import type { Ending, OffhookError } from '../../core/errors.js';
import { browserOf } from './base-device.js';
import type { ConnectionSettings } from './connection.js';
import { MediaErrors, SignalingErrors } from './errors/classes.js';
import { deviceError, endingError } from './errors/mapping.js';
import { sink } from './logger.js';
import { bitrateOf, codecsOf, microphoneOf, type SharedOptions } from './options.js';

/** How one generation of the vendor's SDK reports things. */
export interface Dialect {
  /** An error as its `error` event carries it. */
  error(error: OffhookError): unknown;
  /** What went wrong when a call ended like this; nothing when it just ended. */
  ending(ending: Ending): unknown;
  /** Why a call is reconnecting; nothing when that is not reported. */
  reconnecting(what: 'signalling' | 'media'): unknown;
  /** Whether ringing is a state of its own. */
  readonly ringing: boolean;
  /** Whether a call that is ignored emits `cancel`. */
  readonly ignoreCancels: boolean;
}

/** What a call needs of its device. */
export interface CallContext {
  readonly dialect: Dialect;
  /** Options of the device for all its calls. */
  defaults(): CallDefaults;
  /** Emits an event to the page; the call's own object goes along where the vendor passes it. */
  emit(event: string, ...values: unknown[]): void;
  /** Whether the page listens to an event. */
  hasListeners(event: string): boolean;
  /** The call is taken now: the device lets another one go first. */
  accepting(): void;
  /** Before the event that a call was accepted or is over. */
  changed(): void;
}

/** The device's options for its calls. */
export interface CallDefaults {
  readonly codecPreferences: readonly string[] | undefined;
  readonly rtcConfiguration: RTCConfiguration | undefined;
  readonly audio: MediaTrackConstraints | boolean | undefined;
  readonly warnings: boolean;
}

/** Options of one call. */
export interface CallOverrides {
  readonly rtcConfiguration?: RTCConfiguration | undefined;
  readonly audio?: MediaTrackConstraints | boolean | undefined;
}

/** The options for our client. */
export function callOptions(overrides: CallOverrides, defaults: CallDefaults): CallOptions {
  const microphone = microphoneOf(overrides.audio ?? defaults.audio);
  const rtc = overrides.rtcConfiguration ?? defaults.rtcConfiguration;
  const { iceServers: servers, iceTransportPolicy: policy } = rtc ?? {};
  return {
    codecs: codecsOf(defaults.codecPreferences),
    ...(microphone && { microphone }),
    ...(rtc && { ice: { ...(servers && { servers }), ...(policy && { policy }) } }),
  };
}

/** The sound of a device, which outlives its connections. */
export function audioKit(options: () => SharedOptions): AudioKit {
  return new AudioKit({ browser: browserOf(options) });
}

/** How to connect. */
export function connectionSettings(
  token: string,
  options: SharedOptions,
  audio: AudioKit,
): ConnectionSettings {
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
  return { server: options, options: client };
}

/** The options that only a new connection takes. */
const CONNECTION_OPTIONS = [
  'dscp',
  'maxAverageBitrate',
  'RTCPeerConnection',
  'MediaStream',
] as const;

/** Whether these options ask for another connection than those. */
export function needsReconnect(before: SharedOptions, now: SharedOptions): boolean {
  return (
    changesServer(before, now) || CONNECTION_OPTIONS.some((name) => before[name] !== now[name])
  );
}

/** Whether these options name another server than those. */
export function changesServer(before: SharedOptions, now: SharedOptions): boolean {
  return String([before.server, before.edge]) !== String([now.server, now.edge]);
}

/** @param precise - Whether the page wants precise classes. */
export function dialect(precise: () => boolean): Dialect {
  return {
    error: (error) => deviceError(error, precise()),
    ending: (ending) => endingError(ending, precise()),
    reconnecting: (what) =>
      what === 'media'
        ? new MediaErrors.ConnectionError('Media connection failed.')
        : new SignalingErrors.ConnectionDisconnected(),
    ringing: true,
    ignoreCancels: false,
  };
}
