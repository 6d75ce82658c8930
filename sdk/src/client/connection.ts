/** A client's link with what keeps it alive: credentials, pending requests, page and network events. */
import { OffhookError } from '../core/errors.js';
import type {
  Credentials,
  Denied,
  ErrorFrame,
  LinkKey,
  PageCall,
  PageFrame,
  Party,
  RunningCall,
  ServerFrame,
  Welcome,
} from '../core/frames.js';
import { Link, type LinkOutput, type LossCause } from '../core/link.js';
import type { Log } from '../core/log.js';
import { SUBPROTOCOL } from '../link/address.js';
import { LinkSocket, type SocketClose, type SocketLike } from '../link/socket.js';
import { watchWakeups } from '../link/wakeups.js';
import type { ClientState, Identity } from './events.js';
import type { ConnectOptions } from './options.js';
import { PendingRequests } from './pending-requests.js';
import type { Platform } from './platform.js';
import type { ResumeStore } from './resume-store.js';
import { type TokenExpiry, TokenKeeper } from './token-keeper.js';

const REPLY_MS = 20_000;
const EXPIRED = 'access-token-expired';

/** Events of a connection. */
export interface ConnectionEvents {
  state(state: ClientState): void;
  /**
   * Welcomed; `fresh` when nothing of an older link has survived but the `calls` of the page before.
   */
  welcome(fresh: boolean, calls: readonly RunningCall[]): void;
  /** The server was restarted and has the link, these `calls` of it, and the frames that were `restated`. */
  reattached(welcome: Welcome, restated: ReadonlyMap<number, number>): void;
  /** The page's calls, for a server that was restarted. */
  calls(): readonly PageCall[];
  /** The server has these frames. */
  received(frames: readonly PageFrame[]): void;
  /** The page is unloaded. True when the link is to outlive it. */
  unloading(): boolean;
  /** Calls and registration of the link are gone. */
  lost(cause: LossCause): void;
  frame(frame: ServerFrame): void;
  /** The server refused a frame that no request waits for. */
  requestFailed(error: OffhookError): void;
  failed(error: OffhookError): void;
  /** The network may be another one. */
  networkChanged(): void;
}

/** Where a client connects, and as whom. */
export interface ConnectTarget {
  readonly address: string;
  readonly auth: Credentials | undefined;
  readonly platform: Platform;
  readonly resumeStore: ResumeStore;
}

/** What a connection is made with. */
export interface ConnectionOptions extends Omit<ConnectTarget, 'resumeStore'> {
  readonly options: ConnectOptions;
  readonly log: Log;
  /** The link of the page before this one. */
  readonly attach: LinkKey | undefined;
}

/** Over the whole life of a client; {@link Connection.end} is for good. */
export class Connection {
  readonly #events: ConnectionEvents;
  readonly #log: Log;
  readonly #link: LinkSocket;
  readonly #requests: PendingRequests;
  readonly #tokens: TokenKeeper;
  readonly #stopWatching: () => void;
  #state: ClientState = 'connecting';
  readonly #unreachable: (() => void) | undefined;
  #dropped: SocketClose | undefined;
  #welcome: Welcome | undefined;
  /** The server has refused a token that was just issued: another one would be refused, too. */
  #refreshed = false;

  constructor(settings: ConnectionOptions, events: ConnectionEvents) {
    const { address, auth, options, platform, log, attach } = settings;
    const { timers, random } = platform;
    this.#events = events;
    this.#unreachable = options.unreachable;
    this.#log = log;
    this.#requests = new PendingRequests(timers);
    this.#tokens = new TokenKeeper(platform, options.refreshToken, {
      renewed: (token) => this.renew(token),
      failed: (error) => events.failed(error),
    });
    const link = new Link({ auth, random, sdk: platform.sdk, attach, calls: events.calls });
    const connect = (): SocketLike => platform.openSocket(address, SUBPROTOCOL);
    this.#link = new LinkSocket(link, timers, connect, {
      handle: (output) => this.#handle(output),
      dropped: (close) => {
        this.#dropped = close;
      },
    });
    this.#stopWatching = watchWakeups(platform.sources, {
      back: () => this.#link.nudge(),
      networkChanged: () => events.networkChanged(),
      // A page that the browser keeps may come back; its sockets are closed and resumed by then.
      leaving: (kept) => {
        if (!events.unloading() && !kept) this.end(undefined);
      },
    });
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Why the last socket was lost. */
  get dropped(): SocketClose | undefined {
    return this.#dropped;
  }

  get party(): Party | undefined {
    return this.#welcome?.party;
  }

  /** With this the next page resumes the link. */
  get key(): LinkKey | undefined {
    return this.#welcome && { link: this.#welcome.link, key: this.#welcome.key };
  }

  /** Who the page is. */
  get identity(): Identity | undefined {
    if (!this.party) return undefined;
    const { name, account, outgoing, incoming, expires_at: at } = this.party;
    const expiresAt = at === null ? null : new Date(at * 1000);
    return { name, account, outgoing, incoming, expiresAt, expiresInMs: this.#tokens.left };
  }

  get iceServers(): Welcome['ice_servers'] {
    return this.#welcome?.ice_servers ?? [];
  }

  /** How long a call's path may be away, in milliseconds. */
  get recoveryMs(): number | undefined {
    const seconds = this.#welcome?.media_recovery_s;
    return seconds === undefined ? undefined : 1_000 * seconds;
  }

  /** A call's path is dead: the socket may be dead as well, and is probed. */
  probe(): void {
    this.#link.probe();
  }

  /** Begins; apart from the constructor, so that the client is complete when events come. */
  start(): void {
    this.#link.start();
  }

  /** Sends a frame, now or when the network is back. */
  send(frame: PageFrame): number | undefined {
    const seq = this.#link.send(frame);
    if (seq === undefined && this.#state !== 'closed') {
      this.#log.warn('frame.refused', { type: frame.type });
    }
    return seq;
  }

  /**
   * Sends a frame and waits for its answer.
   *
   * @throws {@link OffhookError} what the server reports, `no-reply` or `link-ended`.
   */
  async request<Answer>(frame: PageFrame, answer: string): Promise<Answer> {
    const seq = this.send(frame);
    if (seq === undefined) throw new OffhookError('link-ended');
    return this.#requests.expect<Answer>(seq, answer, REPLY_MS);
  }

  /**
   * Takes a new token now.
   *
   * @throws {@link OffhookError} what the server reports, `no-reply` or `link-ended`.
   */
  async renew(token: string): Promise<void> {
    this.#link.renewed({ token });
    if (this.#link.state !== 'open') return;
    const frame = { type: 'renew', token } as const;
    const expiry = await this.request<TokenExpiry>(frame, 'renewed');
    const { expires_at } = expiry;
    if (this.#welcome) {
      this.#welcome = { ...this.#welcome, party: { ...this.#welcome.party, expires_at } };
    }
    this.#tokens.expires(expiry);
  }

  /** Ends it for good. @param error - The reason, unless the page wanted it. */
  end(error: OffhookError | undefined): void {
    if (this.#state === 'closed') return;
    if (error) this.#log.error('client.failed', { code: error.code });
    this.#stopWatching();
    this.#tokens.close();
    this.#events.lost('server-lost');
    this.#link.end();
    this.#requests.rejectAll(error ?? new OffhookError('link-ended'));
    this.#setState('closed');
    if (error) this.#events.failed(error);
  }

  #setState(state: ClientState): void {
    if (state === this.#state || this.#state === 'closed') return;
    this.#state = state;
    this.#log.info('client.changed', { state });
    this.#events.state(state);
  }

  #handle(output: LinkOutput): void {
    if (this.#state === 'closed') return;
    if (output.kind === 'welcome') this.#welcomed(output.welcome, output.restated);
    else if (output.kind === 'denied') void this.#denied(output.denied);
    else if (output.kind === 'lost') {
      this.#requests.forgetNumbers();
      this.#events.lost(output.cause);
    } else if (output.kind === 'frame') {
      this.#requests.handle(output.frame);
      this.#events.frame(output.frame);
    } else if (output.kind === 'received') this.#events.received(output.frames);
    else if (output.kind === 'fault') this.#requestFailed(output.fault);
    else if (output.kind === 'state' && output.state === 'waiting') {
      if (this.#welcome) this.#setState('reconnecting');
      else this.#unreachable?.();
    }
  }

  #welcomed(welcome: Welcome, restated: ReadonlyMap<number, number> | undefined): void {
    this.#welcome = welcome;
    this.#refreshed = false;
    // Before the page sees that the link is back: its calls' audio is not.
    if (restated) {
      // The welcome answers these as well.
      this.#requests.handle({ type: welcome.registered ? 'registered' : 'unregistered' });
      this.#requests.handle({ type: 'renewed', ...welcome.party });
      this.#requests.renumber(restated);
      this.#events.reattached(welcome, restated);
    }
    this.#tokens.expires(welcome.party);
    this.#setState('connected');
    this.#events.welcome(!welcome.resumed, (!restated && welcome.calls) || []);
  }

  #requestFailed(fault: ErrorFrame): void {
    const error = new OffhookError(fault.code, fault);
    if (!this.#requests.reject(fault.ref, error)) this.#events.requestFailed(error);
  }

  async #denied(denied: Denied): Promise<void> {
    const { code, retry_after_s: retryAfter } = denied;
    if (code !== EXPIRED || !this.#tokens.canRefresh || this.#refreshed) {
      this.end(new OffhookError(code, { ...denied, retryAfter }));
      return;
    }
    this.#refreshed = true;
    try {
      this.#link.start({ token: await this.#tokens.fetch() });
    } catch (error) {
      this.end(error as OffhookError);
    }
  }
}
