/** What becomes of a device of the second generation: its state, its calls, its token. */
import type { AudioKit } from '../../client/audio-kit.js';
import type { Client } from '../../client/client.js';
import { OffhookError } from '../../core/errors.js';
import { DeviceAudio } from './audio.js';
import { Call } from './call.js';
import { CloseProtection } from './close-protection.js';
import { InvalidArgumentError, InvalidStateError } from './errors/classes.js';
import { deviceError, plainError } from './errors/mapping.js';
import { takeForwarded } from './forwarding.js';
import type { Connect } from './line.js';
import { Logger } from './logger.js';
import type { ConnectOptions, DeviceOptions } from './options.js';
import { Phone, type PhoneDesk } from './phone.js';
import { edgeOf } from './place.js';
import { spelling } from './spelling.js';
import { Toggles } from './toggles.js';
import { isElsewhere, kitOf, needsAnother, wishOf } from './wishes.js';
import { DeviceState } from './words.js';

const REFRESH_MS = 10_000;
const { Destroyed, Registered, Registering, Unregistered } = DeviceState;

/** One device. */
export class DeviceLife {
  readonly phone: Phone<Call>;
  readonly #tell: (event: string, ...values: unknown[]) => void;
  readonly #kit: AudioKit;
  readonly #toggles: Toggles;
  readonly #protection: CloseProtection;
  audio: DeviceAudio | null;
  options: DeviceOptions;
  token: string;
  state: DeviceState = Unregistered;
  identity: string | null = null;
  edge: string | null = null;
  #making = false;
  /** Calls are to come, also after the connection was away. */
  #wanted = false;
  /** What the page was told of last. */
  #failure: OffhookError | undefined;

  /** @throws InvalidArgumentError when the token is no text. */
  constructor(
    token: string,
    options: DeviceOptions,
    tell: (event: string, ...values: unknown[]) => void,
    way?: Connect,
  ) {
    mustBeToken(token);
    this.token = token;
    this.options = { ...options };
    this.#tell = tell;
    Logger.setDefaultLevel(options.logLevel ?? 'error');
    this.#kit = kitOf(() => this.options);
    this.#toggles = new Toggles(this.#kit.sounds, options.sounds ?? {});
    this.phone = this.#makePhone(way);
    const busy = () => this.busy;
    this.audio = new DeviceAudio({ kit: this.#kit, toggles: this.#toggles, busy });
    this.#protection = new CloseProtection(() => this.busy && this.options.closeProtection);
  }

  /** Whether a call is active, or being made. */
  get busy(): boolean {
    return this.#making || this.phone.active !== undefined;
  }

  async connect(options: ConnectOptions = {}): Promise<Call> {
    this.#alive('connect');
    if (this.busy) throw new InvalidStateError('A Call is already active');
    const { connectToken, params = {}, rtcConfiguration, rtcConstraints } = options;
    const wish = { rtcConfiguration, audio: rtcConstraints?.audio };
    this.#making = true;
    try {
      const client = await this.phone.line.client();
      if (connectToken) {
        const { both, taken } = await takeForwarded(this.phone, client, connectToken, wish);
        // It was registered for this call alone.
        void taken.finally(() => {
          if (!this.#wanted) client.unregister().catch(() => undefined);
        });
        return both.shown;
      }
      const both = this.phone.outgoing(params);
      void both.talk.dial(client, wish);
      return both.shown;
    } catch (error) {
      throw this.#plain(error);
    } finally {
      this.#making = false;
    }
  }

  async register(): Promise<void> {
    this.#in(Unregistered, 'register');
    this.#wanted = true;
    this.#become(Registering);
    try {
      await (await this.phone.line.client()).register();
      this.#become(Registered);
    } catch (error) {
      if (this.state !== Destroyed) {
        this.#wanted = false;
        this.#become(Unregistered);
      }
      this.#fail(error as OffhookError);
      throw this.#plain(error);
    }
  }

  async unregister(): Promise<void> {
    this.#in(Registered, 'unregister');
    this.#wanted = false;
    try {
      await this.phone.line.now?.unregister();
    } catch (error) {
      throw this.#plain(error);
    } finally {
      this.#become(Unregistered);
    }
  }

  updateOptions(options: DeviceOptions): void {
    this.#alive('updateOptions');
    const before = this.options;
    const now = { ...before, ...options };
    if (this.busy && isElsewhere(before, now)) {
      throw new InvalidStateError('Cannot change Edge while on an active Call');
    }
    this.options = now;
    Logger.setDefaultLevel(now.logLevel ?? 'error');
    this.#toggles.use(now.sounds ?? {});
    if (this.busy || !needsAnother(before, now) || !this.phone.line.now) return;
    this.phone.line.drop();
    this.#lost();
    this.#again();
  }

  updateToken(token: string): void {
    this.#alive('updateToken');
    mustBeToken(token);
    this.token = token;
    this.phone.renew(token);
    if (!this.phone.line.now) this.#again();
  }

  destroy(): void {
    if (this.state === Destroyed) return;
    this.#wanted = false;
    this.phone.close();
    this.#protection.close();
    this.audio?.close();
    this.audio = null;
    this.#become(Unregistered);
    this.#become(Destroyed);
  }

  #makePhone(way: Connect | undefined): Phone<Call> {
    const world = {
      wish: () => wishOf(this.token, this.options, this.#kit),
      aheadMs: () => this.options.tokenRefreshMs ?? REFRESH_MS,
      severalCalls: () => this.options.allowIncomingWhileBusy ?? false,
      make: (...parts: Parameters<typeof this.makeCall>) => this.makeCall(...parts),
      connected: (client: Client) => this.#connected(client),
      away: () => {
        this.#fail(new OffhookError('cannot-connect'));
        this.#become(Unregistered);
      },
      closed: (error: OffhookError | undefined) => {
        this.#lost();
        if (error) this.#fail(error);
      },
      // A device that only takes over a call is registered as well, and the page has not asked for that.
      registered: () => {
        if (this.#wanted) this.#become(Registered);
      },
      incoming: (call: Call) => {
        if (this.#wanted) this.#tell('incoming', call);
        else call.ignore();
      },
      failed: (error: OffhookError) => this.#fail(error),
      expiring: () => this.#tell('tokenWillExpire'),
      expired: () => this.#fail(new OffhookError('access-token-expired')),
    };
    return new Phone<Call>(world, way);
  }

  /** A call in the vendor's shape. */
  makeCall(
    phone: PhoneDesk,
    params: Readonly<Record<string, unknown>>,
    came?: { call: import('../../client/call.js').Call; client: Client },
  ): { shown: Call; talk: ReturnType<typeof Call.lifeOf> } {
    const shown = new Call({
      phone,
      params,
      ...(came && { came }),
      spelling: spelling(() => this.#precise),
      terms: () => ({
        codecPreferences: this.options.codecPreferences,
        rtcConfiguration: undefined,
        audio: this.audio?.audioConstraints ?? undefined,
        warnings: true,
      }),
    });
    return { shown, talk: Call.lifeOf(shown) };
  }

  get #precise(): boolean {
    return this.options.enableImprovedSignalingErrorPrecision ?? false;
  }

  #connected(client: Client): void {
    this.identity = client.identity?.name ?? null;
    this.edge = edgeOf(this.options);
    if (!this.#wanted || this.state !== Unregistered) return;
    // The connection is back, and with it the registration.
    this.#become(Registering);
    if (client.registered) this.#become(Registered);
  }

  /** The connection is gone for good. */
  #lost(): void {
    this.edge = null;
    this.identity = null;
    if (this.state !== Destroyed) this.#become(Unregistered);
  }

  /** Lets calls come again, if they were to come; after the caller had time to add listeners. */
  #again(): void {
    setTimeout(() => {
      if (this.#wanted && this.state === Unregistered) void this.register().catch(() => undefined);
    });
  }

  /** Tells of an error, once. */
  #fail(error: OffhookError): void {
    if (this.state === Destroyed || this.#failure === error) return;
    this.#failure = error;
    this.#tell('error', deviceError(error, this.#precise));
  }

  #plain(error: unknown): unknown {
    return error instanceof OffhookError ? plainError(error, this.#precise) : error;
  }

  #become(state: DeviceState): void {
    if (state === this.state || this.state === Destroyed) return;
    this.state = state;
    this.#tell(state);
  }

  #alive(deed: string): void {
    if (this.state !== Destroyed) return;
    throw new InvalidStateError(`Attempt to "${deed}" when device is in state "${Destroyed}".`);
  }

  #in(state: DeviceState, deed: string): void {
    if (this.state === state) return;
    throw new InvalidStateError(
      `Attempt to ${deed} when device is in state "${this.state}". Must be "${state}".`,
    );
  }
}

function mustBeToken(token: unknown): void {
  if (typeof token === 'string') return;
  throw new InvalidArgumentError('Parameter "token" must be of type "string".');
}
