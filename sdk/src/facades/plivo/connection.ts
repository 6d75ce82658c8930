/** One log-in after the other, each with a connection of its own. */

import type { Call } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import type { ConnectOptions } from '../../client/options.js';
import { OffhookError } from '../../core/errors.js';
import { scriptServer } from '../../link/address.js';
import { type Connect, connectToFirst, serverAddress } from '../shared/servers.js';
import type { Settings } from './options.js';

/** When a server does not answer for this long, the log-in fails. */
const LAST_MS = 10_000;

/** Who logs in. */
export type Credentials =
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'generator'; readonly token: () => Promise<string> };

/** Where and how to connect. */
export interface ConnectionSettings {
  readonly connect: Connect;
  /** The servers to try, in this order; nothing is the page's own. */
  servers(): readonly (string | undefined)[];
  options(): ConnectOptions;
}

/** Events of a connection. */
export interface ConnectionEvents {
  /** Logged in. */
  loggedIn(client: Client): void;
  /** A server cannot be reached; it is tried again for a while. */
  unreachable(): void;
  /** Not logged in, after all. */
  loginFailed(error: unknown, who: Credentials): void;
  /** The connection is away, and comes back by itself. */
  interrupted(client: Client): void;
  restored(client: Client): void;
  /** The connection has ended without a log-out. */
  lost(client: Client, who: Credentials): void;
  /** Something failed, and the connection goes on. */
  failed(error: OffhookError, who: Credentials): void;
  incoming(call: Call, client: Client): void;
}

/** One client's connection. */
export class Connection {
  readonly #settings: ConnectionSettings;
  readonly #events: ConnectionEvents;
  #credentials: Credentials | undefined;
  #client: Client | undefined;
  #opening: AbortController | undefined;

  constructor(settings: ConnectionSettings, events: ConnectionEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  /** Our own client, while a user is logged in. */
  get client(): Client | undefined {
    return this.#client;
  }

  /** Who is logged in, or about to be. */
  get credentials(): Credentials | undefined {
    return this.#credentials;
  }

  /** Whether a log-in or a reconnection is under way. */
  get connecting(): boolean {
    return this.#opening !== undefined || this.#client?.state === 'reconnecting';
  }

  get connected(): boolean {
    return this.#client?.state === 'connected';
  }

  /** Logs in, in place of the present user. */
  open(who: Credentials): void {
    this.close();
    this.#credentials = who;
    const entering = new AbortController();
    this.#opening = entering;
    void this.#open(who, entering.signal);
  }

  /** Logs out. */
  close(): void {
    this.#opening?.abort();
    this.#opening = undefined;
    this.#credentials = undefined;
    const client = this.#client;
    this.#client = undefined;
    client?.close();
  }

  async #open(who: Credentials, signal: AbortSignal): Promise<void> {
    try {
      const client = await this.#connect(who, signal);
      // Calls may come before the registration is confirmed.
      const stop = this.#follow(client, who);
      try {
        if (client.identity?.incoming) await client.register();
      } catch (error) {
        for (const each of stop) each();
        client.close();
        throw error;
      }
      if (signal.aborted) return;
      this.#opening = undefined;
      this.#client = client;
      if (client.state === 'closed') throw client.error ?? new OffhookError('link-ended');
      this.#events.loggedIn(client);
    } catch (error) {
      if (signal.aborted) return;
      this.#opening = undefined;
      this.#credentials = undefined;
      this.#client = undefined;
      this.#events.loginFailed(error, who);
    }
  }

  #connect(who: Credentials, signal: AbortSignal): Promise<Client> {
    const { connect, servers, options } = this.#settings;
    let reported = false;
    const unreachable = (): void => {
      if (!reported && !signal.aborted) this.#events.unreachable();
      reported = true;
    };
    const own = { timeoutMs: LAST_MS, signal, unreachable };
    return connectToFirst(connect, servers(), { ...options(), ...connectOptions(who), ...own });
  }

  #follow(client: Client, who: Credentials): readonly (() => void)[] {
    const stop: (() => void)[] = [
      client.on('state', (state) => {
        if (client !== this.#client) return;
        if (state === 'connected') this.#events.restored(client);
        else if (state === 'reconnecting') this.#events.interrupted(client);
        // The reason follows right after this.
        else if (state === 'closed') void Promise.resolve().then(() => this.#closed(client, who));
      }),
      client.on('incoming', (call) => this.#events.incoming(call, client)),
      client.on('error', (error) => {
        if (client === this.#client && client.state !== 'closed') this.#events.failed(error, who);
      }),
    ];
    return stop;
  }

  #closed(client: Client, who: Credentials): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    this.#credentials = undefined;
    this.#events.lost(client, who);
  }
}

function connectOptions(who: Credentials): ConnectOptions {
  if (who.kind === 'token') return { token: who.token };
  if (who.kind === 'generator') return { refreshToken: who.token };
  return { endpoint: who.name, password: who.password };
}

/** A socket's address without the path of the vendor's own protocol. */
function server(socket: string): string {
  const { protocol, host, pathname } = new URL(socket);
  return `${protocol}//${host}${pathname.endsWith('/link') ? pathname : ''}`;
}

/** The servers to try, in this order; nothing is the page's own. */
export function serverUrls(
  settings: Pick<Settings, 'server' | 'registrationDomainSocket'>,
): readonly (string | undefined)[] {
  if (settings.server) return [serverAddress(settings.server)];
  const sockets = settings.registrationDomainSocket ?? [];
  return sockets.length > 0 ? sockets.map(server) : [scriptServer('plivo')];
}
