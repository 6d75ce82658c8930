/** A client and calls of the SDK without a server: their method calls are recorded, and tests emit their events. */
import type { AudioKit } from '../../../src/client/audio-kit.js';
import type { Call } from '../../../src/client/call.js';
import type { Client as Native } from '../../../src/client/client.js';
import { Emitter } from '../../../src/core/emitter.js';
import { ending, OffhookError } from '../../../src/core/errors.js';
import { Client } from '../../../src/facades/plivo/client.js';
import type { ConfigurationOptions } from '../../../src/facades/plivo/options.js';
import type { Connect } from '../../../src/facades/shared/servers.js';
import { saidOf } from '../../causes.js';
import { settle, Time } from '../../client/harness.js';

class Loud extends Emitter<Record<string, never>> {
  deliverRaw(event: string, payload?: unknown): void {
    this.emit(event, payload as never);
  }
}

/** A call; the test drives its connection. */
export class FakeCall extends Loud {
  readonly done: string[] = [];
  readonly connection = Object.assign(new EventTarget(), {
    iceConnectionState: 'connected',
    iceGatheringState: 'complete',
  });
  id = '0123456789abcdef0123456789abcdef';
  from = 'client:alice';
  to = 'client:bob';
  callerName = '';
  headers: Record<string, string> = {};
  state = 'incoming';
  earlyMedia = false;
  muted = false;
  held = false;
  heldByPeer = false;
  fails: OffhookError | undefined;

  setState(state: string): void {
    this.state = state;
    this.deliverRaw('state', state);
  }

  ends(cause: string, by: 'peer' | 'server' | 'local' = 'peer'): void {
    this.state = 'ended';
    this.deliverRaw('state', 'ended');
    this.deliverRaw('ended', ending(cause, by, saidOf(cause)));
  }

  async accept(): Promise<void> {
    this.done.push('accept');
    if (this.fails) throw this.fails;
    this.state = 'answering';
  }

  reject(cause: string): void {
    this.done.push(`reject ${cause}`);
    this.ends(cause, 'local');
  }

  ignore(): void {
    this.done.push('ignore');
    this.state = 'ignored';
  }

  hangup(): void {
    this.done.push('hangup');
    this.ends(this.state === 'up' ? 'normal' : 'cancelled', 'local');
  }

  mute(on: boolean): void {
    this.muted = on;
  }

  setVolume(volume: number): void {
    this.done.push(`volume ${volume}`);
  }

  async sendDigits(digits: string, how: unknown): Promise<void> {
    this.done.push(`digits ${digits} ${JSON.stringify(how)}`);
  }
}

/** A client of our own. */
export class FakeClient extends Loud {
  readonly done: string[] = [];
  state = 'connected';
  error: OffhookError | undefined;
  lastClose: { code: number; reason: string } | undefined;
  refuses: OffhookError | undefined;
  next: FakeCall = Object.assign(new FakeCall(), { state: 'dialing' });
  identity = {
    name: 'alice',
    incoming: true,
    outgoing: true,
    expiresAt: null as Date | null,
    expiresInMs: null as number | null,
  };

  async register(): Promise<void> {
    this.done.push('register');
    if (this.refuses) throw this.refuses;
  }

  async call(to: string, { headers }: { headers: object }): Promise<unknown> {
    this.done.push(`call ${to} ${JSON.stringify(headers)}`);
    if (this.refuses) throw this.refuses;
    return this.next;
  }

  async feedback(id: string, given: unknown): Promise<void> {
    this.done.push(`feedback ${id} ${JSON.stringify(given)}`);
    if (this.refuses) throw this.refuses;
  }

  setState(state: string): void {
    this.state = state;
    this.deliverRaw('state', state);
  }

  close(): void {
    this.done.push('close');
  }
}

/** A page with one client of the vendor's, in virtual time. */
export class Page {
  readonly time = new Time();
  readonly native = new FakeClient();
  readonly emitted: [string, ...unknown[]][] = [];
  readonly asked: Record<string, unknown>[] = [];
  readonly sounds: string[] = [];
  readonly client: Client;
  /** Why connecting fails, if it does. */
  denied: OffhookError | undefined;
  /** Whether sockets fail before. */
  unreachable = false;
  wall = 1_800_000_000_000;

  constructor(options?: ConfigurationOptions) {
    const connect: Connect = async (given) => {
      this.asked.push({ ...given });
      if (this.unreachable) for (let times = 0; times < 3; times++) given.unreachable?.();
      if (this.denied) throw this.denied;
      return this.native as unknown as Native;
    };
    this.client = new Client(options, { connect, kit: this.#kit() });
    const { emit } = this.client;
    this.client.emit = (event, ...values) => {
      this.emitted.push([String(event), ...values]);
      return emit.call(this.client, event, ...values);
    };
  }

  /** The names of what was emitted. */
  get events(): string[] {
    return this.emitted.map(([event]) => event);
  }

  /** What one event carried, the last time. */
  last(event: string): unknown[] {
    const found = this.emitted.findLast(([name]) => name === event);
    if (!found) throw new Error(`no ${event} among ${this.events}`);
    return found.slice(1);
  }

  /** Logged in, with nothing emitted yet. */
  static async inside(options?: ConfigurationOptions): Promise<Page> {
    const page = new Page({ permOnClick: true, debug: 'OFF', ...options });
    page.client.login('alice', 'secret');
    await settle();
    page.emitted.length = 0;
    return page;
  }

  /** The token ends in so many milliseconds, by a server whose clock is ahead of the device's by `skewMs`. */
  expires(ms: number, skewMs = 0): void {
    const { time } = this;
    const end = time.now + ms;
    const { identity } = this.native;
    Object.assign(identity, { expiresAt: new Date(this.wall + time.now + skewMs + ms) });
    Object.defineProperty(identity, 'expiresInMs', {
      configurable: true,
      get: () => Math.max(0, end - time.now),
    });
  }

  /** An incoming call. */
  rings(change: Partial<FakeCall> = {}): FakeCall {
    const call = Object.assign(new FakeCall(), change);
    this.native.deliverRaw('incoming', call);
    return call;
  }

  #kit(): AudioKit {
    const { time } = this;
    const choice = { get: () => [], set: async () => undefined };
    const noted = (what: string): void => void this.sounds.push(what);
    return {
      platform: {
        timers: {
          now: () => time.now,
          after: (ms: number, run: () => void) => time.after(ms, run),
        },
        wallTime: () => this.wall + time.now,
        page: undefined,
      },
      devices: Object.assign(new Loud(), {
        list: async () => [],
        speaker: choice,
        ringer: choice,
        useInput: async () => undefined,
      }),
      noise: Object.assign(new Loud(), { ready: false }),
      sounds: {
        set: (name: string, option: unknown) => noted(`${name} ${option}`),
        play: (name: string) => {
          noted(`play ${name}`);
          return () => noted(`stop ${name}`);
        },
      },
      sound: { acquire: () => undefined },
    } as unknown as AudioKit;
  }
}

/** A call of ours, as the facade takes it. */
export const asCall = (call: FakeCall): Call => call as unknown as Call;

/** An error of ours. */
export const fault = (code: string): OffhookError => new OffhookError(code);
