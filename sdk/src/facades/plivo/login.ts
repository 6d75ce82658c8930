/** Logging in and out, and the events of the connection meanwhile. */
import type { Client } from '../../client/client.js';
import { isObject } from '../../core/checks.js';
import type { Timers } from '../../core/clock.js';
import type { OffhookError } from '../../core/errors.js';
import {
  Connection,
  type ConnectionEvents,
  type ConnectionSettings,
  type Credentials,
} from './connection.js';
import { loginCause, RELOGIN_FAILED } from './login-errors.js';
import type { ClientContext } from './options.js';

/** The value of `onConnectionChange`. @public */
export interface ConnectionChange {
  readonly state: 'connected' | 'disconnected';
  readonly reason: string;
  /** The WebSocket's close code (RFC 6455 §7.4), when it is closed. */
  readonly eventCode?: number;
  readonly eventReason?: string;
}

/** A source of tokens. @public */
export interface AccessTokenGenerator {
  getAccessToken(): string | Promise<string>;
}

/** A source of tokens; pages extend it. @public */
export abstract class AccessTokenInterface implements AccessTokenGenerator {
  /** Gives a token that is valid now. */
  abstract getAccessToken(): string | Promise<string>;
}

/** Events of a log-in, and what it has to know of the calls. */
export interface LoginEvents extends Pick<ConnectionEvents, 'incoming'> {
  /** Whether there is an active call. */
  busy(): boolean;
  /** The connection is about to be closed: its calls end. */
  loggingOut(): void;
}

const NORMAL = 1000;
const ABNORMAL = 1006;
/** A log-in lasts this long at least: pages that log in again with tokens that have ended must not make a loop. */
const LEAST_MS = 10_000;

/** Who is logged in. */
export class Login {
  readonly #context: ClientContext;
  readonly #timers: Timers;
  readonly #events: LoginEvents;
  readonly #connection: Connection;
  #userName: string | null = null;
  #state: ConnectionChange = { state: 'disconnected', reason: '' };
  #cancelExpiry: (() => void) | undefined;
  #renewalFailed = false;
  #expiresAt: number | undefined;
  #loggedInAt = 0;

  constructor(context: ClientContext, settings: ConnectionSettings, events: LoginEvents) {
    this.#context = context;
    this.#timers = context.kit.platform.timers;
    this.#events = events;
    this.#connection = new Connection(settings, {
      incoming: (call, client) => events.incoming(call, client),
      loggedIn: (client) => this.#loggedIn(client),
      unreachable: () => this.#disconnected(ABNORMAL, ''),
      loginFailed: (error, who) => this.#loginFailed(error, who),
      interrupted: ({ lastClose }) =>
        this.#disconnected(lastClose?.code || ABNORMAL, lastClose?.reason || ''),
      restored: (client) => this.#connected(client),
      lost: (client, who) => this.#lost(client, who),
      failed: (error, who) => this.#failed(error, who),
    });
  }

  /** Our own client, while a user is logged in. */
  get client(): Client | undefined {
    return this.#connection.client;
  }

  get connected(): boolean {
    return this.#connection.connected;
  }

  get connecting(): boolean {
    return this.#connection.connecting;
  }

  /** The last `onConnectionChange`. */
  get state(): ConnectionChange {
    return this.#state;
  }

  /** Who is logged in, or is about to be. */
  get userName(): string | null {
    return this.#userName;
  }

  /** Whether that was by token. */
  get usesToken(): boolean {
    return (
      this.#connection.credentials !== undefined && this.#connection.credentials.kind !== 'password'
    );
  }

  /** What the access token allows: as the server reports it, or as the token claims until then. */
  get grants(): { readonly incoming: boolean; readonly outgoing: boolean } | undefined {
    const { credentials } = this.#connection;
    if (!credentials || credentials.kind === 'password') return undefined;
    return (
      this.client?.identity ??
      (credentials.kind === 'token' ? claimsOf(credentials.token) : undefined)
    );
  }

  /** When the token expires, in milliseconds since 1970. */
  get expiresAt(): number | null {
    return this.#expiresAt ?? this.client?.identity?.expiresAt?.getTime() ?? null;
  }

  set expiresAt(at: number) {
    this.#expiresAt = at;
  }

  /** Logs in by name and password. */
  withPassword(name: unknown, password: unknown): boolean {
    const given = typeof name === 'string' && typeof password === 'string';
    if (!given || name.trim() === '' || password === '') {
      return this.#fail('Username and password must be filled out');
    }
    return this.#start({ kind: 'password', name: name.trim(), password });
  }

  /** Logs in by a token. */
  withAccessToken(token: unknown): boolean {
    const text = typeof token === 'string' ? token.trim() : '';
    if (!claimsOf(text)) return this.#fail('INVALID_ACCESS_TOKEN');
    return this.#start({ kind: 'token', token: text });
  }

  /** Logs in by tokens that are made when they are needed. */
  withGenerator(generator: unknown): boolean {
    const maker = generator as AccessTokenGenerator | null | undefined;
    if (typeof maker?.getAccessToken !== 'function') return this.#fail('INVALID_ACCESS_TOKEN');
    return this.#start({ kind: 'generator', token: async () => maker.getAccessToken() });
  }

  /** Logs out. False without a log-in. */
  logout(): boolean {
    if (!this.client) {
      this.#connection.close();
      return false;
    }
    this.#end('Logout', this.#context.emitLater);
    this.#context.emitLater('onLogout');
    return true;
  }

  #start(who: Credentials): boolean {
    // The same token again logs in again and emits onLogin, as the vendor does.
    const again = who.kind === 'token' && this.client !== undefined;
    if (!again && isSame(who, this.#connection.credentials)) return true;
    if (this.#events.busy()) return this.#fail('Cannot login when there is an ongoing call');
    if (globalThis.navigator?.onLine === false) {
      return this.#fail('Cannot login when there is no internet');
    }
    if (this.client) this.#end('Relogin', this.#context.emitLater);
    this.#userName = nameOf(who);
    this.#connection.open(who);
    return true;
  }

  #fail(cause: string): false {
    this.#context.emit('onLoginFailed', cause);
    return false;
  }

  /** Closes the connection, and emits the reason. */
  #end(reason: string, emit: ClientContext['emit']): void {
    this.#events.loggingOut();
    this.#reset();
    this.#connection.close();
    this.#disconnected(NORMAL, reason, emit);
  }

  #reset(): void {
    this.#cancelExpiry?.();
    this.#cancelExpiry = undefined;
    this.#expiresAt = undefined;
    this.#renewalFailed = false;
    this.#userName = null;
  }

  #loggedIn(client: Client): void {
    this.#loggedInAt = this.#timers.now();
    this.#userName = client.identity?.name ?? this.#userName;
    this.#connected(client);
    this.#context.emit('onLogin');
  }

  #connected(client: Client): void {
    this.#renewalFailed = false;
    this.#watchExpiry(client);
    this.#change({ state: 'connected', reason: 'registered' });
  }

  #disconnected(eventCode: number, eventReason: string, emit = this.#context.emit): void {
    const reason = eventReason || String(eventCode);
    this.#change({ state: 'disconnected', reason, eventCode, eventReason }, emit);
  }

  #change(change: ConnectionChange, emit = this.#context.emit): void {
    this.#state = change;
    emit('onConnectionChange', change);
  }

  #loginFailed(error: unknown, { kind }: Credentials): void {
    this.#reset();
    const cause = loginCause(error);
    this.#context.log.error(`Not logged in by ${kind}: ${cause}`);
    this.#context.emit('onLoginFailed', cause);
  }

  #failed(error: OffhookError, { kind }: Credentials): void {
    this.#context.log.warn(error.message);
    if (kind !== 'generator' || this.#renewalFailed || !isAboutTokens(error)) return;
    this.#renewalFailed = true;
    this.#context.emit('onLoginFailed', RELOGIN_FAILED);
  }

  #lost(client: Client, who: Credentials): void {
    const { error, lastClose } = client;
    this.#reset();
    this.#disconnected(lastClose?.code || ABNORMAL, lastClose?.reason || error?.message || '');
    if (error && who.kind === 'generator' && isAboutTokens(error)) {
      this.#context.emit('onLoginFailed', RELOGIN_FAILED);
    }
    if (error?.code === 'access-token-expired')
      this.#context.emit('onLogout', 'ACCESS_TOKEN_EXPIRED');
    else this.#context.emit('onLogout');
  }

  /** An expired token allows no calls: its log-in ends. */
  #watchExpiry(client: Client): void {
    this.#cancelExpiry?.();
    const left = client.identity?.expiresInMs;
    if (typeof left !== 'number') return;
    const wait = Math.max(left, this.#loggedInAt + LEAST_MS - this.#timers.now());
    this.#cancelExpiry = this.#timers.after(wait, () => this.#expired(client));
  }

  #expired(client: Client): void {
    const busy = this.#events.busy();
    if (client.identity?.expiresInMs !== 0 || busy) {
      // It was renewed meanwhile, or a call goes on, which may come to its end first.
      if (!busy) this.#watchExpiry(client);
      else this.#cancelExpiry = this.#timers.after(1_000, () => this.#expired(client));
      return;
    }
    this.#end('ACCESS_TOKEN_EXPIRED', this.#context.emit);
    this.#context.emit('onLogout', 'ACCESS_TOKEN_EXPIRED');
  }
}

function isSame(who: Credentials, other: Credentials | undefined): boolean {
  if (who.kind === 'password') {
    return other?.kind === 'password' && who.name === other.name;
  }
  return who.kind === 'token' && other?.kind === 'token' && who.token === other.token;
}

function nameOf(who: Credentials): string | null {
  if (who.kind === 'password') return who.name;
  return who.kind === 'token' ? (claimsOf(who.token)?.subject ?? null) : null;
}

function isAboutTokens({ code }: OffhookError): boolean {
  return code.includes('token') || code.startsWith('expiration');
}

/** The claims that the SDK looks at. */
export interface Claims {
  readonly issuer: string;
  readonly subject: string | undefined;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly incoming: boolean;
  readonly outgoing: boolean;
}

/** The claims of a token; nothing when it is no token, or one without what every token must have. */
export function claimsOf(token: unknown): Claims | undefined {
  const payload = payloadOf(token);
  if (!payload) return undefined;
  const { iss, nbf, exp, sub, per, grants } = payload;
  if (typeof iss !== 'string' || typeof nbf !== 'number' || typeof exp !== 'number') {
    return undefined;
  }
  if (sub !== undefined && typeof sub !== 'string') return undefined;
  const voice = field(field({ per, grants }, per === undefined ? 'grants' : 'per'), 'voice');
  return {
    issuer: iss,
    subject: sub,
    expires: exp,
    incoming: field(voice, 'incoming_allow') === true,
    outgoing: field(voice, 'outgoing_allow') === true,
  };
}

function payloadOf(token: unknown): Record<string, unknown> | undefined {
  const part = typeof token === 'string' ? token.split('.')[1] : undefined;
  if (!part) return undefined;
  try {
    const text = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const payload: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isObject(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}
