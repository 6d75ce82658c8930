/** The one connection of a device to its server: made when it is first needed, and again when it was lost for good. */
import type { Call } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import { connect } from '../../client/connect.js';
import type { ConnectOptions } from '../../client/options.js';
import { OffhookError } from '../../core/errors.js';
import { type PlaceOptions, places } from './place.js';

/** Another of several servers is tried after this long; a single one gets the usual time. */
const NEXT_MS = 5_000;

/** What a line tells its device. */
export interface LineNews {
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
export interface LineWish {
  readonly place: PlaceOptions;
  readonly options: ConnectOptions;
}

/** Connects a page; the SDK's own way in, unless a test has another. */
export type Connect = (options: ConnectOptions) => Promise<Client>;

/** One device's connection. */
export class Line {
  readonly #wish: () => LineWish;
  readonly #news: LineNews;
  readonly #connect: Connect;
  #client: Client | undefined;
  #opening: Promise<Client> | undefined;
  #closed = false;
  #abort: AbortController = new AbortController();

  constructor(wish: () => LineWish, news: LineNews, way: Connect = connect) {
    this.#wish = wish;
    this.#news = news;
    this.#connect = way;
  }

  /** The client, while there is one. */
  get now(): Client | undefined {
    return this.#client;
  }

  /**
   * The client, connected if need be.
   *
   * @throws {@link OffhookError} why there is none.
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
      if (this.#client) this.#news.failed(error as OffhookError);
    }
  }

  /** Lets the connection go; the next wish makes another. */
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
    const { place, options } = this.#wish();
    const { signal } = this.#abort;
    const servers = places(place);
    let failure: unknown;
    let told: OffhookError | undefined;
    const unreachable = (): void => {
      // The page is told once, at once; it is tried again meanwhile.
      if (told) return;
      told = new OffhookError('cannot-connect');
      this.#news.failed(told);
    };
    for (const url of servers) {
      try {
        const most = servers.length > 1 ? { timeoutMs: NEXT_MS } : {};
        const where = { ...(url && { url }), ...most, signal, unreachable };
        const client = await this.#connect({ ...options, ...where });
        this.#follow(client);
        return client;
      } catch (error) {
        failure = error;
        if ((error as OffhookError).code !== 'cannot-connect') break;
        failure = told ?? error;
      }
    }
    throw failure;
  }

  #follow(client: Client): void {
    this.#client = client;
    const stop = [
      client.on('state', (state) => {
        if (state === 'connected') this.#news.connected(client);
        else if (state === 'reconnecting') this.#news.reconnecting(client);
        // Why it is closed is told right after this.
        else if (state === 'closed') void Promise.resolve().then(() => this.#ended(client, stop));
      }),
      client.on('registered', () => this.#news.registered()),
      client.on('incoming', (call) => this.#news.incoming(call, client)),
      client.on('error', (error) => {
        if (client.state !== 'closed') this.#news.failed(error);
      }),
    ];
    this.#news.connected(client);
  }

  #ended(client: Client, stop: readonly (() => void)[]): void {
    for (const each of stop) each();
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#news.closed(client.error);
  }
}
