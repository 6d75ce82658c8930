/** What both generations of the vendor's device have in common: a line, calls that ring, one that talks. */
import type { Call } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import type { OffhookError } from '../../core/errors.js';
import type { TalkDesk } from './desk.js';
import { type Connect, Line, type LineWish } from './line.js';
import type { Talk } from './talk.js';
import type { TalkWish } from './terms.js';
import { TokenClock } from './token-clock.js';
import { CallState } from './words.js';

/** A device that registers rings at once for what rings already. */
const EXPECT_MS = 3_000;

/** A call as the page holds it, and its life. */
export interface Both<Shown> {
  readonly shown: Shown;
  readonly talk: Talk;
}

/** What a call needs of its phone. */
export type PhoneDesk = Pick<TalkDesk, 'taking' | 'moved'>;

/** What a device makes of it. */
export interface PhoneWorld<Shown> {
  /** How to connect, as things are now. */
  wish(): LineWish;
  /** Milliseconds before the end of the token at which the page is told. */
  aheadMs(): number;
  /** Whether calls may come during a call. */
  severalCalls(): boolean;
  /** Makes a call in the vendor's shape. */
  make(
    desk: PhoneDesk,
    params: Readonly<Record<string, unknown>>,
    came?: { call: Call; client: Client },
  ): Both<Shown>;
  /** Greeted by the server, for the first time or again. */
  connected(client: Client): void;
  /** The connection is away, and comes back by itself. */
  away(): void;
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

/** One phone. */
export class Phone<Shown> {
  readonly line: Line;
  readonly #world: PhoneWorld<Shown>;
  readonly #clock: TokenClock;
  #pending: Both<Shown>[] = [];
  #active: Both<Shown> | undefined;
  #expected: { readonly id: string; found(both: Both<Shown>): void } | undefined;

  constructor(world: PhoneWorld<Shown>, way?: Connect) {
    this.#world = world;
    this.#clock = new TokenClock({
      expiring: () => world.expiring(),
      expired: () => world.expired(),
    });
    this.line = new Line(
      () => world.wish(),
      {
        connected: (client) => this.#connected(client),
        reconnecting: () => {
          for (const { talk } of this.#all()) talk.away(true);
          world.away();
        },
        closed: (error) => {
          this.#clock.stop();
          world.closed(error);
        },
        registered: () => world.registered(),
        incoming: (call, client) => this.#ring(call, client),
        failed: (error) => {
          if (error.code === 'access-token-expired') this.#clock.refused();
          else world.failed(error);
        },
      },
      way,
    );
  }

  /** Calls that ring here. */
  get pending(): Shown[] {
    return this.#pending.map(({ shown }) => shown);
  }

  /** The call that talks, or is being made. */
  get active(): Both<Shown> | undefined {
    return this.#active;
  }

  /** A call that rings here, by the vendor's id. */
  ringing(callId: string): Both<Shown> | undefined {
    return this.#pending.find(({ talk }) => talk.parameters['CallSid'] === callId);
  }

  /** Waits for a call to ring that the page asks for, so that it is not told of it as of an incoming one. */
  expect(id: string): Promise<Both<Shown> | undefined> {
    return new Promise((done) => {
      const found = (both?: Both<Shown>): void => {
        clearTimeout(timer);
        this.#expected = undefined;
        done(both);
      };
      const timer = setTimeout(found, EXPECT_MS);
      this.#expected = { id, found };
    });
  }

  /** An outgoing call, not begun yet; calls that ring here are ignored from now on. */
  outgoing(params: Readonly<Record<string, unknown>>): Both<Shown> {
    const both = this.#make(params);
    this.#active = both;
    for (const { talk } of this.#pending.splice(0)) talk.ignore();
    return both;
  }

  /** Begins it. */
  async dial({ talk }: Both<Shown>, wish: TalkWish): Promise<void> {
    try {
      await talk.dial(await this.line.client(), wish);
    } catch (error) {
      talk.fail(error as OffhookError);
    }
  }

  /** Takes a new token. */
  renew(token: string): void {
    void this.line.renew(token).then(() => {
      const client = this.line.now;
      if (client) this.#watch(client);
    });
  }

  /** Ends all calls. */
  hangUp(): void {
    for (const { talk } of this.#pending.splice(0)) talk.disconnect();
    this.#active?.talk.disconnect();
  }

  /** Declines what rings, ends what talks, lets the connection go, for good. */
  close(): void {
    for (const { talk } of [...this.#pending]) talk.reject();
    this.hangUp();
    this.#clock.stop();
    this.line.close();
  }

  #all(): readonly Both<Shown>[] {
    return this.#active ? [...this.#pending, this.#active] : this.#pending;
  }

  #make(
    params: Readonly<Record<string, unknown>>,
    came?: { call: Call; client: Client },
  ): Both<Shown> {
    const desk: PhoneDesk = {
      taking: () => {
        const other = this.#active;
        if (other && other !== both) other.talk.disconnect();
        this.#moved(both);
      },
      moved: () => this.#moved(both),
    };
    const both = this.#world.make(desk, params, came);
    return both;
  }

  #ring(call: Call, client: Client): void {
    if (this.#active && !this.#world.severalCalls()) {
      call.ignore();
      return;
    }
    const both = this.#make(call.parameters, { call, client });
    this.#pending.push(both);
    const expected = this.#expected;
    if (expected && both.talk.parameters['CallSid'] === expected.id) expected.found(both);
    else this.#world.incoming(both.shown);
  }

  #moved(both: Both<Shown>): void {
    this.#pending = this.#pending.filter((other) => other !== both);
    if (both.talk.status !== CallState.Closed) this.#active = both;
    else if (this.#active === both) this.#active = undefined;
  }

  #connected(client: Client): void {
    this.#watch(client);
    for (const { talk } of this.#all()) talk.away(false);
    this.#world.connected(client);
  }

  #watch(client: Client): void {
    if (client.identity) this.#clock.watch(client.identity, this.#world.aheadMs());
  }
}
