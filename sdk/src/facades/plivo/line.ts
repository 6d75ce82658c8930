/** The way in and out: one log-in after the other, each with a connection of its own. */
import type { Call } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import type { ConnectOptions } from '../../client/options.js';
import { OffhookError } from '../../core/errors.js';

/** Another of several servers is tried after this long. */
const NEXT_MS = 5_000;
/** A server that does not answer for this long is told as a failed log-in. */
const LAST_MS = 10_000;

/** Who logs in. */
export type Who =
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'generator'; readonly token: () => Promise<string> };

/** Connects a page; the SDK's own way in, unless a test has another. */
export type Connect = (options: ConnectOptions) => Promise<Client>;

/** What a line needs. */
export interface LineWorld {
  readonly connect: Connect;
  /** The servers to try, in this order; nothing is the page's own. */
  places(): readonly (string | undefined)[];
  options(): ConnectOptions;
  /** Logged in. */
  entered(client: Client): void;
  /** A server cannot be reached; it is tried again for a while. */
  unreachable(): void;
  /** Not logged in, after all. */
  refused(error: unknown, who: Who): void;
  /** The connection is away, and comes back by itself. */
  away(client: Client): void;
  back(client: Client): void;
  /** The connection is over, though nobody has logged out. */
  lost(client: Client, who: Who): void;
  /** Something failed, and the connection goes on. */
  failed(error: OffhookError, who: Who): void;
  incoming(call: Call, client: Client): void;
}

/** One client's line. */
export class Line {
  readonly #world: LineWorld;
  #who: Who | undefined;
  #client: Client | undefined;
  #entering: AbortController | undefined;

  constructor(world: LineWorld) {
    this.#world = world;
  }

  /** Our own client, while somebody is logged in. */
  get client(): Client | undefined {
    return this.#client;
  }

  /** Who is logged in, or about to be. */
  get who(): Who | undefined {
    return this.#who;
  }

  /** Whether somebody is about to be logged in, or comes back. */
  get connecting(): boolean {
    return this.#entering !== undefined || this.#client?.state === 'reconnecting';
  }

  get connected(): boolean {
    return this.#client?.state === 'connected';
  }

  /** Logs somebody in, in place of whoever is. */
  enter(who: Who): void {
    this.leave();
    this.#who = who;
    const entering = new AbortController();
    this.#entering = entering;
    void this.#enter(who, entering.signal);
  }

  /** Logs out. */
  leave(): void {
    this.#entering?.abort();
    this.#entering = undefined;
    this.#who = undefined;
    const client = this.#client;
    this.#client = undefined;
    client?.close();
  }

  async #enter(who: Who, signal: AbortSignal): Promise<void> {
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
      this.#entering = undefined;
      this.#client = client;
      if (client.state === 'closed') throw client.error ?? new OffhookError('link-ended');
      this.#world.entered(client);
    } catch (error) {
      if (signal.aborted) return;
      this.#entering = undefined;
      this.#who = undefined;
      this.#client = undefined;
      this.#world.refused(error, who);
    }
  }

  async #connect(who: Who, signal: AbortSignal): Promise<Client> {
    const servers = this.#world.places();
    let told = false;
    const unreachable = (): void => {
      if (!told && !signal.aborted) this.#world.unreachable();
      told = true;
    };
    let failure: unknown = new OffhookError('cannot-connect');
    for (const url of servers) {
      const timeoutMs = servers.length > 1 ? NEXT_MS : LAST_MS;
      const where = { ...(url && { url }), timeoutMs, signal, unreachable };
      try {
        const options = { ...this.#world.options(), ...credentials(who), ...where };
        return await this.#world.connect(options);
      } catch (error) {
        failure = error;
        if (!(error instanceof OffhookError) || error.code !== 'cannot-connect') break;
      }
    }
    throw failure;
  }

  #follow(client: Client, who: Who): readonly (() => void)[] {
    const stop: (() => void)[] = [
      client.on('state', (state) => {
        if (client !== this.#client) return;
        if (state === 'connected') this.#world.back(client);
        else if (state === 'reconnecting') this.#world.away(client);
        // Why it is closed is told right after this.
        else if (state === 'closed') void Promise.resolve().then(() => this.#over(client, who));
      }),
      client.on('incoming', (call) => this.#world.incoming(call, client)),
      client.on('error', (error) => {
        if (client === this.#client && client.state !== 'closed') this.#world.failed(error, who);
      }),
    ];
    return stop;
  }

  #over(client: Client, who: Who): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    this.#who = undefined;
    this.#world.lost(client, who);
  }
}

function credentials(who: Who): ConnectOptions {
  if (who.kind === 'token') return { token: who.token };
  if (who.kind === 'generator') return { refreshToken: who.token };
  return { endpoint: who.name, password: who.password };
}
