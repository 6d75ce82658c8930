/** The options of a client. */

import type { AudioKit, AudioOptions } from './audio-kit.js';
import type { IceOptions } from './call-options.js';

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
