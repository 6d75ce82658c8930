/** The options of a client and of its calls. */
import type { StringMap } from '../core/frames.js';
import type { AudioKit, AudioOptions } from './audio-kit.js';

/** How to reach a server, and as whom. @public */
export interface ConnectOptions extends AudioOptions {
  /** The server's address, such as `https://calls.example`; without it, the page's own server. */
  readonly url?: string;
  /** An access token. */
  readonly token?: string;
  /** An endpoint's name, instead of a token; with {@link ConnectOptions.password}. */
  readonly endpoint?: string;
  /** The endpoint's password; not needed to resume a call after a reload. */
  readonly password?: string;
  /** Gets a new access token: a minute before the old one expires, and when the server reports it as expired. */
  readonly refreshToken?: () => string | Promise<string>;
  /** Codecs in the order they are wanted; `opus`, `PCMU`, `PCMA`. */
  readonly codecs?: readonly string[];
  /** Calls survive a page reload of up to 20 s; true. Otherwise they end with the page. */
  readonly surviveReload?: boolean;
  /** Asks before the page is left during a call, in the browser's own words; false. */
  readonly closeProtection?: boolean;
  /** Of several tabs of one user only one makes the ringing sound; true. */
  readonly tabs?: boolean;
  /** How calls find their way to the server. */
  readonly ice?: IceOptions;
  /** The most bits a second that Opus may take on average, 6000 to 510000. */
  readonly maxAverageBitrate?: number;
  /** Marks packets so that networks which know about it let them go first (RFC 8837); true. */
  readonly highPriority?: boolean;
  /** Sends quality samples of calls to the server, one a second; true. */
  readonly insights?: boolean;
  /** Milliseconds until {@link connect} gives up, 1 to 2147483647; 20000. */
  readonly timeoutMs?: number;
  /** Gives up when it aborts, before the connection is made; closes the client afterwards. */
  readonly signal?: AbortSignal;
  /** @internal Called when a first connection fails or takes too long; it is tried again until `timeoutMs`. */
  readonly unreachable?: () => void;
  /** @internal Sound devices that outlive this client. */
  readonly audio?: AudioKit;
}

/** How a call finds its way to the server. @public */
export interface IceOptions {
  /** STUN and TURN servers in place of those that the server hands out. */
  readonly servers?: readonly RTCIceServer[];
  /** `relay` uses TURN servers only. */
  readonly policy?: RTCIceTransportPolicy;
}

/** What goes along with a call. @public */
export interface CallOptions {
  /** For the application: at most 32 names without blanks, values of at most 1024 letters. */
  readonly parameters?: StringMap;
  /** For the other party: at most 32 names of `A-Z a-z 0-9 -`, values of at most 256 letters. */
  readonly headers?: StringMap;
  /** What the microphone should be like in this call, in place of the client's options. */
  readonly microphone?: MediaTrackConstraints;
  /** How this call finds its way to the server. */
  readonly ice?: IceOptions;
  /** Codecs of this call in the order they are wanted. */
  readonly codecs?: readonly string[];
  /** Gives the call up when it aborts before the server was asked; hangs it up afterwards. */
  readonly signal?: AbortSignal;
}

/** How to take a call. @public */
export interface AcceptOptions {
  /** What becomes of the other calls of this page: they are held (the default), hung up, or left alone. */
  readonly others?: 'hold' | 'hangup' | 'leave';
  /** What the microphone should be like in this call, in place of the client's options. */
  readonly microphone?: MediaTrackConstraints;
  /** How this call finds its way to the server. */
  readonly ice?: IceOptions;
}

/** A user's feedback on a call. @public */
export interface Feedback {
  /** 1, bad, to 5, very good. */
  readonly score: 1 | 2 | 3 | 4 | 5;
  /** Words for what was wrong, such as `echo`; at most 16 of at most 64 letters. */
  readonly issues?: readonly string[];
  /** In the person's own words; at most 1024 letters. */
  readonly note?: string;
  /** Sends the last lines of the SDK's own log along; only if the person agreed. */
  readonly sendLog?: boolean;
}

/** How to send digits. @public */
export interface DigitOptions {
  /** As RTP events (RFC 4733); true. */
  readonly events?: boolean;
  /** As in-band tones, for remote parties that do not support events; false. */
  readonly inBand?: boolean;
}

/** How one call is set up otherwise than its client's other calls; all of it is optional. */
export interface CallMediaOptions {
  readonly microphone?: MediaTrackConstraints | undefined;
  readonly ice?: IceOptions | undefined;
  readonly codecs?: readonly string[] | undefined;
  /** Changes the server's answer before it is used. */
  answer?(sdp: string): string;
  /** Sent in place of a microphone. */
  readonly track?: MediaStreamTrack | undefined;
}
