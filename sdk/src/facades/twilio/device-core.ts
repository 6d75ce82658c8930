/** What both generations of the vendor's device have in common: a connection, pending calls, one active call. */
import type { Call } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import type { OffhookError } from '../../core/errors.js';
import type { Connect } from '../shared/servers.js';
import type { CallContext, CallOverrides } from './adapter-types.js';
import type { CallAdapter } from './call-adapter.js';
import { Connection, type ConnectionSettings } from './connection.js';
import { CallDirection, CallState } from './constants.js';
import { AuthorizationErrors, InvalidArgumentError } from './errors/classes.js';
import { readConnectToken } from './params.js';

/** The longest timeout of browsers. */
const LONGEST_MS = 2 ** 31 - 1;
/** Between two of the same: an application that answers with tokens which have ended must not make a loop. */
const GAP_MS = 10_000;

/** Events of a token. */
export interface TokenEvents {
  expiring(): void;
  expired(): void;
}

/** When a token ends, and how long that is from now; null is never. */
export interface TokenEnd {
  readonly expiresAt: Date | null;
  readonly expiresInMs: number | null;
}

type Event = keyof TokenEvents;

/** Watches one token at a time. */
export class TokenExpiryTimer {
  readonly #events: TokenEvents;
  readonly #timers: Map<Event, ReturnType<typeof setTimeout>> = new Map();
  /** The last event, for which end, and when. */
  readonly #emitted: Map<Event, { readonly end: number; readonly at: number }> = new Map();

  constructor(events: TokenEvents) {
    this.#events = events;
  }

  /** @param aheadMs - How long before its end a token is about to end. */
  watch({ expiresAt, expiresInMs: left }: TokenEnd, aheadMs: number): void {
    this.stop();
    if (!expiresAt || left === null) return;
    this.#schedule('expiring', left - aheadMs, expiresAt.getTime());
    this.#schedule('expired', left, expiresAt.getTime());
  }

  /** The server has refused a token because it has ended. */
  refused(): void {
    this.#schedule('expired', 0, Number.NaN);
  }

  /** Watches no more. */
  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #schedule(event: Event, ms: number, end: number): void {
    const last = this.#emitted.get(event);
    if (ms > LONGEST_MS || last?.end === end) return;
    const gap = last ? last.at + GAP_MS - performance.now() : 0;
    const emit = (): void => {
      this.#emitted.set(event, { end, at: performance.now() });
      this.#events[event]();
    };
    clearTimeout(this.#timers.get(event));
    this.#timers.set(event, setTimeout(emit, Math.max(0, ms, gap)));
  }
}

/** A device that registers rings at once for what rings already. */
const EXPECT_MS = 3_000;

/** A call as the page holds it, and its adapter. */
export interface CallPair<Shown> {
  readonly shown: Shown;
  readonly adapter: CallAdapter;
}

/** What a call notifies its device of. */
export type CallHooks = Pick<CallContext, 'accepting' | 'changed'>;

/** What a device makes of it. */
export interface DeviceDeps<Shown> {
  /** How to connect, as things are now. */
  settings(): ConnectionSettings;
  /** Milliseconds before the end of the token at which `expiring` is emitted. */
  aheadMs(): number;
  /** Whether calls may come during a call. */
  severalCalls(): boolean;
  /** Makes a call in the vendor's shape. */
  make(
    hooks: CallHooks,
    params: Readonly<Record<string, unknown>>,
    incoming?: { call: Call; client: Client },
  ): CallPair<Shown>;
  /** Greeted by the server, for the first time or again. */
  connected(client: Client): void;
  /** The connection is away, and comes back by itself. */
  interrupted(): void;
  /** The connection is over. */
  closed(error: OffhookError | undefined): void;
  registered(): void;
  incoming(shown: Shown): void;
  failed(error: OffhookError): void;
  /** The token expires soon. */
  expiring(): void;
  /** The token has expired. */
  expired(): void;
}

/** One device. */
export class DeviceCore<Shown> {
  readonly connection: Connection;
  readonly #deps: DeviceDeps<Shown>;
  readonly #expiry: TokenExpiryTimer;
  #pending: CallPair<Shown>[] = [];
  #active: CallPair<Shown> | undefined;
  #expected: { readonly id: string; found(pair: CallPair<Shown>): void } | undefined;

  constructor(deps: DeviceDeps<Shown>, connector?: Connect) {
    this.#deps = deps;
    this.#expiry = new TokenExpiryTimer({
      expiring: () => deps.expiring(),
      expired: () => deps.expired(),
    });
    this.connection = new Connection(
      () => deps.settings(),
      {
        connected: (client) => this.#connected(client),
        reconnecting: () => {
          for (const { adapter } of this.#all()) adapter.interrupted(true);
          deps.interrupted();
        },
        closed: (error) => {
          this.#expiry.stop();
          deps.closed(error);
        },
        registered: () => deps.registered(),
        incoming: (call, client) => this.#receive(call, client),
        failed: (error) => {
          if (error.code === 'access-token-expired') this.#expiry.refused();
          else deps.failed(error);
        },
      },
      connector,
    );
  }

  /** Calls that ring here. */
  get pending(): Shown[] {
    return this.#pending.map(({ shown }) => shown);
  }

  /** The active call, also while it is set up. */
  get active(): CallPair<Shown> | undefined {
    return this.#active;
  }

  /** A call that rings here, by the vendor's id. */
  ringing(callId: string): CallPair<Shown> | undefined {
    return this.#pending.find(({ adapter }) => adapter.parameters['CallSid'] === callId);
  }

  /** Waits for a call to ring that the page asks for, so that it is not emitted as an incoming one. */
  expect(id: string): Promise<CallPair<Shown> | undefined> {
    return new Promise((done) => {
      const found = (pair?: CallPair<Shown>): void => {
        clearTimeout(timer);
        this.#expected = undefined;
        done(pair);
      };
      const timer = setTimeout(found, EXPECT_MS);
      this.#expected = { id, found };
    });
  }

  /** An outgoing call, not begun yet; calls that ring here are ignored from now on. */
  outgoing(params: Readonly<Record<string, unknown>>): CallPair<Shown> {
    const pair = this.#make(params);
    this.#active = pair;
    for (const { adapter } of this.#pending.splice(0)) adapter.ignore();
    return pair;
  }

  /** Begins it. */
  async dial({ adapter }: CallPair<Shown>, overrides: CallOverrides): Promise<void> {
    try {
      await adapter.dial(await this.connection.client(), overrides);
    } catch (error) {
      adapter.fail(error as OffhookError);
    }
  }

  /** Takes a new token. */
  renew(token: string): void {
    void this.connection.renew(token).then(() => {
      const client = this.connection.current;
      if (client) this.#watchToken(client);
    });
  }

  /** Ends all calls. */
  hangUp(): void {
    for (const { adapter } of this.#pending.splice(0)) adapter.disconnect();
    this.#active?.adapter.disconnect();
  }

  /** Declines pending calls, ends the active one and the connection, for good. */
  close(): void {
    for (const { adapter } of [...this.#pending]) adapter.reject();
    this.hangUp();
    this.#expiry.stop();
    this.connection.close();
  }

  #all(): readonly CallPair<Shown>[] {
    return this.#active ? [...this.#pending, this.#active] : this.#pending;
  }

  #make(
    params: Readonly<Record<string, unknown>>,
    incoming?: { call: Call; client: Client },
  ): CallPair<Shown> {
    const hooks: CallHooks = {
      accepting: () => {
        const other = this.#active;
        if (other && other !== pair) other.adapter.disconnect();
        this.#callChanged(pair);
      },
      changed: () => this.#callChanged(pair),
    };
    const pair = this.#deps.make(hooks, params, incoming);
    return pair;
  }

  #receive(call: Call, client: Client): void {
    if (this.#active && !this.#deps.severalCalls()) {
      call.ignore();
      return;
    }
    const pair = this.#make(call.parameters, { call, client });
    this.#pending.push(pair);
    const expected = this.#expected;
    if (expected && pair.adapter.parameters['CallSid'] === expected.id) expected.found(pair);
    else this.#deps.incoming(pair.shown);
  }

  #callChanged(pair: CallPair<Shown>): void {
    this.#pending = this.#pending.filter((other) => other !== pair);
    if (pair.adapter.status !== CallState.Closed) this.#active = pair;
    else if (this.#active === pair) this.#active = undefined;
  }

  #connected(client: Client): void {
    this.#watchToken(client);
    for (const { adapter } of this.#all()) adapter.interrupted(false);
    this.#deps.connected(client);
  }

  #watchToken(client: Client): void {
    if (client.identity) this.#expiry.watch(client.identity, this.#deps.aheadMs());
  }
}

/** A call that was taken over. */
export interface ForwardedCall<Shown> {
  readonly call: CallPair<Shown>;
  /** Settles when this device has accepted it, or cannot. */
  readonly taken: Promise<void>;
}

/**
 * All devices of an identity that are registered ring at once: the call that the token names rings here, too. A device
 * that is not registered is so from now on, which makes it ring.
 *
 * @throws InvalidArgumentError when the token is none; ReconnectAttemptError when the call does not ring here.
 */
export async function takeForwarded<Shown>(
  core: DeviceCore<Shown>,
  client: Client,
  token: string,
  overrides: CallOverrides,
): Promise<ForwardedCall<Shown>> {
  const claims = readConnectToken(token);
  if (!claims) throw new InvalidArgumentError('Cannot parse connectToken');
  const id = claims.parameters['CallSid'] ?? '';
  const call = core.ringing(id) ?? (await waitForRinging(core, client, id));
  if (!call) {
    throw new AuthorizationErrors.ReconnectAttemptError('The call does not ring any more.');
  }
  call.adapter.direction = CallDirection.Outgoing;
  return { call, taken: call.adapter.accept(overrides) };
}

async function waitForRinging<Shown>(
  core: DeviceCore<Shown>,
  client: Client,
  id: string,
): Promise<CallPair<Shown> | undefined> {
  if (client.registered) return undefined;
  const ringing = core.expect(id);
  await client.register();
  return ringing;
}
