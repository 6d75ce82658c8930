/** What a page may ask for, and whether that makes sense. */

import { OffhookError } from '../core/errors.js';
import type { Credentials, Fields } from '../core/frames.js';
import type { LogLevel, LogSink } from '../core/log.js';

/** Which sounds the SDK makes by itself. @public */
export interface Sounds {
  /** While somebody calls. */
  readonly incoming: boolean;
  /** While the other end rings and the server sends no sound of its own. */
  readonly ringing: boolean;
  /** When a call ends. */
  readonly ended: boolean;
  /** When a key is pressed. */
  readonly keys: boolean;
}

/** How to reach a server, and as whom. @public */
export interface ConnectOptions {
  /** The server's address, such as `https://calls.example`; without it, the page's own server. */
  readonly url?: string;
  /** An access token. */
  readonly token?: string;
  /** An endpoint's name, instead of a token; with {@link ConnectOptions.password}. */
  readonly endpoint?: string;
  /** The endpoint's password. */
  readonly password?: string;
  /** Gets a new access token: a minute before the old one expires, and when the server says that it has. */
  readonly refreshToken?: () => string | Promise<string>;
  /** What the microphone should be like; echo cancellation and its like are on. */
  readonly microphone?: MediaTrackConstraints;
  /** Codecs in the order they are wanted; `opus`, `PCMU`, `PCMA`. */
  readonly codecs?: readonly string[];
  /** Which sounds to make; `false` is none, `true` all. */
  readonly sounds?: boolean | Partial<Sounds>;
  /** Milliseconds until {@link connect} gives up, 1 to 2147483647; 20000. */
  readonly timeoutMs?: number;
  /** Gives up when it aborts, before the connection is made; closes the client afterwards. */
  readonly signal?: AbortSignal;
  /** Takes log lines; without it, warnings and errors go nowhere. */
  readonly log?: LogSink;
  /** The least telling lines that are wanted; `info`. */
  readonly logLevel?: LogLevel;
}

/** What goes along with a call. @public */
export interface CallOptions {
  /** For the application: at most 32 names without blanks, values of at most 1024 letters. */
  readonly parameters?: Fields;
  /** For the other end: at most 32 names of `A-Z a-z 0-9 -`, values of at most 256 letters. */
  readonly headers?: Fields;
}

const ALL_SOUNDS: Sounds = { incoming: true, ringing: true, ended: true, keys: true };
const NO_SOUNDS: Sounds = { incoming: false, ringing: false, ended: false, keys: false };

function wrong(message: string): OffhookError {
  return new OffhookError('bad-argument', { message });
}

/** The sounds that are wanted. */
export function soundsOf(wanted: ConnectOptions['sounds']): Sounds {
  if (wanted === false) return NO_SOUNDS;
  return wanted === true || wanted === undefined ? ALL_SOUNDS : { ...ALL_SOUNDS, ...wanted };
}

/**
 * The credentials that are there; nothing when a token has to be got first.
 *
 * @throws {@link OffhookError} `bad-argument`.
 */
export function credentialsOf(options: ConnectOptions): Credentials | undefined {
  const { token, endpoint, password, refreshToken } = options;
  if (token !== undefined && endpoint !== undefined) {
    throw wrong('Give either token, or endpoint and password, not both.');
  }
  if (token !== undefined) {
    if (typeof token === 'string' && token.length > 0 && token.length <= 8192) return { token };
    throw wrong('token must be a text of 1 to 8192 letters.');
  }
  if (endpoint !== undefined) {
    if (typeof endpoint !== 'string' || endpoint.length === 0 || endpoint.length > 160) {
      throw wrong('endpoint must be a name of 1 to 160 letters.');
    }
    if (typeof password === 'string' && password.length <= 256) return { endpoint, password };
    throw wrong('password must be a text of at most 256 letters.');
  }
  if (refreshToken) return undefined;
  throw wrong('Say who connects: token, refreshToken, or endpoint and password.');
}

/**
 * Checks what goes along with a call before anything is done.
 *
 * @throws {@link OffhookError} `bad-argument` that names the field.
 */
export function checkCall(to: string, { parameters = {}, headers = {} }: CallOptions): void {
  if (typeof to !== 'string' || to.length > 256)
    throw wrong('to must be a text of at most 256 letters.');
  checkFields('parameters', parameters, /^\S{1,64}$/u, 1024);
  checkFields('headers', headers, /^[A-Za-z0-9-]{1,64}$/, 256);
}

function checkFields(field: string, values: Fields, name: RegExp, most: number): void {
  const entries = Object.entries(values);
  if (entries.length > 32)
    throw wrong(`${field} may have at most 32 entries, not ${entries.length}.`);
  for (const [key, value] of entries) {
    if (!name.test(key))
      throw wrong(`${field} has the name ${JSON.stringify(key)}, which cannot be sent.`);
    if (typeof value !== 'string' || value.length > most) {
      throw wrong(`${field}.${key} must be a text of at most ${most} letters.`);
    }
  }
}
