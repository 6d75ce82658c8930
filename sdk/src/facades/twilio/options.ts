/** The options of a device, and their values for the SDK's own client. */
import type { Codec, SoundName } from './constants.js';
import type { LogLevelDesc } from './logger.js';

/** Options of both generations of the vendor's device. @public */
export interface SharedOptions {
  /** The address of the offhook server, such as `https://calls.example`. Ours; the vendor has none. */
  server?: string;
  /** Takes calls during a call; otherwise they are dropped silently. */
  allowIncomingWhileBusy?: boolean;
  /** Whatever the page calls itself. */
  appName?: string;
  /** Whatever release it is. */
  appVersion?: string;
  /** Asks before the page is left in a call, with this message where browsers show one. */
  closeProtection?: boolean | string;
  /** Codecs in the order they are wanted. */
  codecPreferences?: Codec[];
  /** Plays sounds without an AudioContext. */
  disableAudioContextSounds?: boolean;
  /** Marks packets as urgent. */
  dscp?: boolean;
  /** The server's host name, or some in the order they are tried. The vendor's own names mean the page's server. */
  edge?: string[] | string;
  /** In place of the browser's. */
  enumerateDevices?: unknown;
  /** Accepted; our agent is lite in a way that needs no help. */
  forceAggressiveIceNomination?: boolean;
  /** In place of the browser's. */
  getUserMedia?: unknown;
  /** Bits a second of Opus, 6000 to 510000; others are ignored. */
  maxAverageBitrate?: number;
  /** In place of the browser's. */
  MediaStream?: unknown;
  /** In place of the browser's. */
  RTCPeerConnection?: unknown;
  /** URLs in place of our own sounds. */
  sounds?: Partial<Record<SoundName, string>>;
  /** A stream in place of the microphone. */
  fileInputStream?: MediaStream;
}

/** Options of a device. @public */
export interface DeviceOptions extends SharedOptions {
  /** Precise classes for errors of the server, in place of 53000 and 31005. */
  enableImprovedSignalingErrorPrecision?: boolean;
  /** 0 (everything) to 5 (nothing), or its name; ERROR. */
  logLevel?: LogLevelDesc;
  /** Accepted; here calls survive a lost connection for a minute. */
  maxCallSignalingTimeoutMs?: number;
  /** Milliseconds before the token's end at which `tokenWillExpire` comes; 10000. */
  tokenRefreshMs?: number;
}

/** Options of an accepted call. @public */
export interface AcceptOptions {
  /** ICE servers and policy of this call. */
  rtcConfiguration?: RTCConfiguration;
  /** What its microphone should be like. */
  rtcConstraints?: MediaStreamConstraints;
}

/** Options of an outgoing call. @public */
export interface ConnectOptions extends AcceptOptions {
  /** Of a call that rings on another device of the same identity. */
  connectToken?: string;
  /** For the application. */
  params?: Record<string, string>;
}

const NAMES: Readonly<Record<string, string>> = { opus: 'opus', pcmu: 'PCMU' };

/** The codecs as our client names them; what the vendor does not know is passed over. */
export function codecsOf(wanted: readonly string[] | undefined): readonly string[] {
  const known = (wanted ?? ['pcmu', 'opus']).flatMap((name) => NAMES[name.toLowerCase()] ?? []);
  return known.length > 0 ? known : ['PCMU', 'opus'];
}

/** A bitrate that Opus has; nothing for others, as the vendor does. */
export function bitrateOf(wanted: number | undefined): number | undefined {
  return wanted !== undefined && wanted >= 6_000 && wanted <= 510_000 ? wanted : undefined;
}

/** Constraints of an audio track; nothing when the page leaves it to us. */
export function microphoneOf(
  constraints: MediaTrackConstraints | boolean | undefined,
): MediaTrackConstraints | undefined {
  return typeof constraints === 'object' ? constraints : undefined;
}

/** Options of `setup`. @public */
export interface ClientOptions extends SharedOptions {
  // biome-ignore lint/suspicious/noExplicitAny: the vendor takes options that it does not name.
  [key: string]: any;
  /** What the microphones of all calls should be like. */
  audioConstraints?: MediaTrackConstraints | boolean;
  /** Writes every line to the console. */
  debug?: boolean;
  /** Emits `reconnecting` and `reconnected`; a lost path is looked for in any case. */
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
  /** Emits `warning` and `warning-cleared`. */
  warnings?: boolean;
}
