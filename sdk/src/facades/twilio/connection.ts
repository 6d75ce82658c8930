/** The one connection of a device to its server: made when it is first needed, and again when it was lost for good. */

import type { Call } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import { connect } from '../../client/connect.js';
import type { ConnectOptions } from '../../client/options.js';
import { OffhookError } from '../../core/errors.js';
import { scriptServer } from '../../link/address.js';
import { type Connect, connectToFirst, serverAddress } from '../shared/servers.js';

/** Events of a connection. */
export interface ConnectionEvents {
  /** Greeted by the server, for the first time or again. */
  connected(client: Client): void;
  /** The connection is away; calls go on talking. */
  reconnecting(client: Client): void;
  /** It is over, and all calls with it. */
  closed(error: OffhookError | undefined): void;
  registered(): void;
  incoming(call: Call, client: Client): void;
  failed(error: OffhookError): void;
}

/** How to connect. */
export interface ConnectionSettings {
  readonly server: ServerOptions;
  readonly options: ConnectOptions;
}

/** One device's connection. */
export class Connection {
  readonly #settings: () => ConnectionSettings;
  readonly #events: ConnectionEvents;
  readonly #connect: Connect;
  #client: Client | undefined;
  #opening: Promise<Client> | undefined;
  #closed = false;
  #abort: AbortController = new AbortController();

  constructor(
    settings: () => ConnectionSettings,
    events: ConnectionEvents,
    connector: Connect = connect,
  ) {
    this.#settings = settings;
    this.#events = events;
    this.#connect = connector;
  }

  /** The client, while there is one. */
  get current(): Client | undefined {
    return this.#client;
  }

  /**
   * The client, connected if need be.
   *
   * @throws {@link OffhookError} when there is none.
   */
  client(): Promise<Client> {
    if (this.#closed) return Promise.reject(new OffhookError('link-ended'));
    if (this.#client) return Promise.resolve(this.#client);
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Takes a new token; a client that is not there yet begins with it anyway. */
  async renew(token: string): Promise<void> {
    try {
      await this.#client?.renew(token);
    } catch (error) {
      if (this.#client) this.#events.failed(error as OffhookError);
    }
  }

  /** Closes the connection; the next request opens another. */
  drop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    const client = this.#client;
    this.#client = undefined;
    client?.close();
  }

  /** For good. */
  close(): void {
    this.#closed = true;
    this.drop();
  }

  async #open(): Promise<Client> {
    const { server, options } = this.#settings();
    const { signal } = this.#abort;
    let reported: OffhookError | undefined;
    const unreachable = (): void => {
      // The page gets one error, at once; connecting goes on meanwhile.
      if (reported) return;
      reported = new OffhookError('cannot-connect');
      this.#events.failed(reported);
    };
    try {
      const own = { ...options, signal, unreachable };
      const client = await connectToFirst(this.#connect, serverUrls(server), own);
      this.#follow(client);
      return client;
    } catch (error) {
      throw reported && (error as OffhookError).code === 'cannot-connect' ? reported : error;
    }
  }

  #follow(client: Client): void {
    this.#client = client;
    const stop = [
      client.on('state', (state) => {
        if (state === 'connected') this.#events.connected(client);
        else if (state === 'reconnecting') this.#events.reconnecting(client);
        // The reason follows right after this.
        else if (state === 'closed') void Promise.resolve().then(() => this.#ended(client, stop));
      }),
      client.on('registered', () => this.#events.registered()),
      client.on('incoming', (call) => this.#events.incoming(call, client)),
      client.on('error', (error) => {
        if (client.state !== 'closed') this.#events.failed(error);
      }),
    ];
    this.#events.connected(client);
  }

  #ended(client: Client, stop: readonly (() => void)[]): void {
    for (const each of stop) each();
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#events.closed(client.error);
  }
}

/** The vendor's own edges; here there is one server, so that they mean nothing. */
const EDGES = [
  'sydney',
  'sao-paulo',
  'dublin',
  'frankfurt',
  'tokyo',
  'singapore',
  'ashburn',
  'umatilla',
  'roaming',
  'ashburn-ix',
  'san-jose-ix',
  'london-ix',
  'frankfurt-ix',
  'singapore-ix',
  'sydney-ix',
  'tokyo-ix',
] as const;

/** One of the vendor's edges. @public */
export type Edge = (typeof EDGES)[number];

/** What the first generation called them. */
const REGION = /^(?:[a-z]{2}\d(?:-ix|-tnx)?|gll)$/;

const isEdge = (name: string): boolean =>
  (EDGES as readonly string[]).includes(name) || REGION.test(name);

/** What a device that is connected calls its edge: the one that the page named, if it is one of the vendor's. */
export function edgeOf({ edge = [] }: ServerOptions): string {
  return [edge].flat().find(isEdge) ?? 'roaming';
}

/** Which server to connect to. */
export interface ServerOptions {
  readonly server?: string | undefined;
  readonly edge?: string | readonly string[] | undefined;
}

/** The servers to try, in this order; nothing is the page's own. */
export function serverUrls({ server, edge }: ServerOptions): readonly (string | undefined)[] {
  if (server) return [serverAddress(server)];
  const edges = typeof edge === 'string' ? [edge] : (edge ?? []);
  const hosts = edges.filter((name) => name !== '' && !isEdge(name));
  return hosts.length > 0 ? hosts.map(serverAddress) : [scriptServer('twilio(?:-client)?')];
}
