/** Logging in and out, and what the page is told of the connection meanwhile. */
import type { Client } from '../../client/client.js';
import type { Timers } from '../../core/clock.js';
import type { OffhookError } from '../../core/errors.js';
import { claimsOf } from './claims.js';
import type { Console } from './console.js';
import { Line, type LineWorld, type Who } from './line.js';
import { loginCause, RELOGIN_FAILED } from './login-words.js';

/** What `onConnectionChange` tells. @public */
export interface ConnectionChange {
  readonly state: 'connected' | 'disconnected';
  readonly reason: string;
  /** The WebSocket's close code (RFC 6455 §7.4), when it is closed. */
  readonly eventCode?: number;
  readonly eventReason?: string;
}

/** What gives tokens. @public */
export interface AccessTokenGenerator {
  getAccessToken(): string | Promise<string>;
}

/** What logging in needs. */
export interface LoginWorld extends Pick<LineWorld, 'connect' | 'places' | 'options' | 'incoming'> {
  readonly timers: Timers;
  readonly log: Console;
  readonly tell: (event: string, ...values: unknown[]) => void;
  /** Tells after the call of the page that this is about has returned. */
  readonly tellLater: LoginWorld['tell'];
  /** Whether there is a call that talks. */
  busy(): boolean;
  /** The connection is about to go: whatever hangs on it ends. */
  leaving(): void;
}

const NORMAL = 1000;
const ABNORMAL = 1006;
/** A log-in lasts this long at least: pages that log in again with tokens that have ended must not make a loop. */
const LEAST_MS = 10_000;

/** Who is logged in. */
export class Login {
  readonly #world: LoginWorld;
  readonly #line: Line;
  #userName: string | null = null;
  #state: ConnectionChange = { state: 'disconnected', reason: '' };
  #unwatch: (() => void) | undefined;
  #renewalFailed = false;
  #expiresAt: number | undefined;
  #enteredAt = 0;

  constructor(world: LoginWorld) {
    this.#world = world;
    this.#line = new Line({
      ...world,
      entered: (client) => this.#entered(client),
      unreachable: () => this.#disconnected(ABNORMAL, ''),
      refused: (error, who) => this.#refused(error, who),
      away: ({ lastClose }) =>
        this.#disconnected(lastClose?.code || ABNORMAL, lastClose?.reason || ''),
      back: (client) => this.#connected(client),
      lost: (client, who) => this.#lost(client, who),
      failed: (error, who) => this.#failed(error, who),
    });
  }

  /** Our own client, while somebody is logged in. */
  get client(): Client | undefined {
    return this.#line.client;
  }

  get connected(): boolean {
    return this.#line.connected;
  }

  get connecting(): boolean {
    return this.#line.connecting;
  }

  /** What the page was told of the connection last. */
  get state(): ConnectionChange {
    return this.#state;
  }

  /** Who is logged in, or is about to be. */
  get userName(): string | null {
    return this.#userName;
  }

  /** Whether that was by token. */
  get byToken(): boolean {
    return this.#line.who !== undefined && this.#line.who.kind !== 'password';
  }

  /** What the access token allows: the server's word, or the token's own until that is known. */
  get grants(): { readonly incoming: boolean; readonly outgoing: boolean } | undefined {
    const { who } = this.#line;
    if (!who || who.kind === 'password') return undefined;
    return this.client?.identity ?? (who.kind === 'token' ? claimsOf(who.token) : undefined);
  }

  /** When the token expires, in milliseconds since 1970. */
  get expiresAt(): number | null {
    return this.#expiresAt ?? this.client?.identity?.expiresAt?.getTime() ?? null;
  }

  set expiresAt(at: number) {
    this.#expiresAt = at;
  }

  /** Logs in by name and password. */
  byPassword(name: unknown, password: unknown): boolean {
    const given = typeof name === 'string' && typeof password === 'string';
    if (!given || name.trim() === '' || password === '') {
      return this.#refuse('Username and password must be filled out');
    }
    return this.#enter({ kind: 'password', name: name.trim(), password });
  }

  /** Logs in by a token. */
  byAccessToken(token: unknown): boolean {
    const text = typeof token === 'string' ? token.trim() : '';
    if (!claimsOf(text)) return this.#refuse('INVALID_ACCESS_TOKEN');
    return this.#enter({ kind: 'token', token: text });
  }

  /** Logs in by tokens that are made when they are needed. */
  byGenerator(generator: unknown): boolean {
    const maker = generator as AccessTokenGenerator | null | undefined;
    if (typeof maker?.getAccessToken !== 'function') return this.#refuse('INVALID_ACCESS_TOKEN');
    return this.#enter({ kind: 'generator', token: async () => maker.getAccessToken() });
  }

  /** Logs out. False when nobody is logged in. */
  leave(): boolean {
    if (!this.client) {
      this.#line.leave();
      return false;
    }
    this.#out('Logout', this.#world.tellLater);
    this.#world.tellLater('onLogout');
    return true;
  }

  #enter(who: Who): boolean {
    // The same token again logs in again and emits onLogin, as the vendor does.
    const again = who.kind === 'token' && this.client !== undefined;
    if (!again && isSame(who, this.#line.who)) return true;
    if (this.#world.busy()) return this.#refuse('Cannot login when there is an ongoing call');
    if (globalThis.navigator?.onLine === false) {
      return this.#refuse('Cannot login when there is no internet');
    }
    if (this.client) this.#out('Relogin', this.#world.tellLater);
    this.#userName = nameOf(who);
    this.#line.enter(who);
    return true;
  }

  #refuse(cause: string): false {
    this.#world.tell('onLoginFailed', cause);
    return false;
  }

  /** Lets the connection go, and tells the page why. */
  #out(reason: string, tell: LoginWorld['tell']): void {
    this.#world.leaving();
    this.#forget();
    this.#line.leave();
    this.#disconnected(NORMAL, reason, tell);
  }

  #forget(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#expiresAt = undefined;
    this.#renewalFailed = false;
    this.#userName = null;
  }

  #entered(client: Client): void {
    this.#enteredAt = this.#world.timers.now();
    this.#userName = client.identity?.name ?? this.#userName;
    this.#connected(client);
    this.#world.tell('onLogin');
  }

  #connected(client: Client): void {
    this.#renewalFailed = false;
    this.#watch(client);
    this.#change({ state: 'connected', reason: 'registered' });
  }

  #disconnected(eventCode: number, eventReason: string, tell = this.#world.tell): void {
    const reason = eventReason || String(eventCode);
    this.#change({ state: 'disconnected', reason, eventCode, eventReason }, tell);
  }

  #change(change: ConnectionChange, tell = this.#world.tell): void {
    this.#state = change;
    tell('onConnectionChange', change);
  }

  #refused(error: unknown, { kind }: Who): void {
    this.#forget();
    const cause = loginCause(error);
    this.#world.log.error(`Not logged in by ${kind}: ${cause}`);
    this.#world.tell('onLoginFailed', cause);
  }

  #failed(error: OffhookError, { kind }: Who): void {
    this.#world.log.warn(error.message);
    if (kind !== 'generator' || this.#renewalFailed || !isAboutTokens(error)) return;
    this.#renewalFailed = true;
    this.#world.tell('onLoginFailed', RELOGIN_FAILED);
  }

  #lost(client: Client, who: Who): void {
    const { error, lastClose } = client;
    this.#forget();
    this.#disconnected(lastClose?.code || ABNORMAL, lastClose?.reason || error?.message || '');
    if (error && who.kind === 'generator' && isAboutTokens(error)) {
      this.#world.tell('onLoginFailed', RELOGIN_FAILED);
    }
    if (error?.code === 'access-token-expired')
      this.#world.tell('onLogout', 'ACCESS_TOKEN_EXPIRED');
    else this.#world.tell('onLogout');
  }

  /** A token that has expired lets no calls through, so that nobody is logged in by it any more. */
  #watch(client: Client): void {
    this.#unwatch?.();
    const left = client.identity?.expiresInMs;
    if (typeof left !== 'number') return;
    const { timers } = this.#world;
    const wait = Math.max(left, this.#enteredAt + LEAST_MS - timers.now());
    this.#unwatch = timers.after(wait, () => this.#expired(client));
  }

  #expired(client: Client): void {
    const busy = this.#world.busy();
    if (client.identity?.expiresInMs !== 0 || busy) {
      // It was renewed meanwhile, or a call goes on, which may come to its end first.
      if (!busy) this.#watch(client);
      else this.#unwatch = this.#world.timers.after(1_000, () => this.#expired(client));
      return;
    }
    this.#out('ACCESS_TOKEN_EXPIRED', this.#world.tell);
    this.#world.tell('onLogout', 'ACCESS_TOKEN_EXPIRED');
  }
}

function isSame(who: Who, other: Who | undefined): boolean {
  if (who.kind === 'password') {
    return other?.kind === 'password' && who.name === other.name;
  }
  return who.kind === 'token' && other?.kind === 'token' && who.token === other.token;
}

function nameOf(who: Who): string | null {
  if (who.kind === 'password') return who.name;
  return who.kind === 'token' ? (claimsOf(who.token)?.subject ?? null) : null;
}

function isAboutTokens({ code }: OffhookError): boolean {
  return code.includes('token') || code.startsWith('expiration');
}
