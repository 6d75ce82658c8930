/** A device of the second generation: its state, its calls, its token. */
import type { AudioKit } from '../../client/audio-kit.js';
import type { Call as NativeCall } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import { guardUnload } from '../../client/unload-guard.js';
import { OffhookError } from '../../core/errors.js';
import type { Connect } from '../shared/servers.js';
import {
  audioKit,
  changesServer,
  connectionSettings,
  dialect,
  needsReconnect,
} from './adapter-types.js';
import { DeviceAudio } from './audio.js';
import { Call } from './call.js';
import { edgeOf } from './connection.js';
import { DeviceState } from './constants.js';
import { type CallHooks, DeviceCore, takeForwarded } from './device-core.js';
import { InvalidArgumentError, InvalidStateError } from './errors/classes.js';
import { deviceError, plainError } from './errors/mapping.js';
import { Logger } from './logger.js';
import type { ConnectOptions, DeviceOptions } from './options.js';
import { DeviceSounds } from './sounds.js';

const REFRESH_MS = 10_000;
const { Destroyed, Registered, Registering, Unregistered } = DeviceState;

/** One device. */
export class DeviceController {
  readonly core: DeviceCore<Call>;
  readonly #emit: (event: string, ...values: unknown[]) => void;
  readonly #kit: AudioKit;
  readonly #toggles: DeviceSounds;
  readonly #stopUnloadGuard: () => void;
  audio: DeviceAudio | null;
  options: DeviceOptions;
  token: string;
  state: DeviceState = Unregistered;
  identity: string | null = null;
  edge: string | null = null;
  #connecting = false;
  /** Calls are to come, also after the connection was away. */
  #wantsRegistration = false;
  /** The error that was emitted last. */
  #failure: OffhookError | undefined;

  /** @throws InvalidArgumentError when the token is no text. */
  constructor(
    token: string,
    options: DeviceOptions,
    emit: (event: string, ...values: unknown[]) => void,
    connector?: Connect,
  ) {
    assertToken(token);
    this.token = token;
    this.options = { ...options };
    this.#emit = emit;
    Logger.setDefaultLevel(options.logLevel ?? 'error');
    this.#kit = audioKit(() => this.options);
    this.#toggles = new DeviceSounds(this.#kit.sounds, options.sounds ?? {});
    this.core = this.#makeCore(connector);
    this.audio = new DeviceAudio(this.#kit, this.#toggles, () => this.busy);
    this.#stopUnloadGuard = guardUnload(
      this.#kit.platform.page,
      () => this.busy && this.options.closeProtection,
    );
  }

  /** Whether a call is active, or being made. */
  get busy(): boolean {
    return this.#connecting || this.core.active !== undefined;
  }

  async connect(options: ConnectOptions = {}): Promise<Call> {
    this.#assertAlive('connect');
    if (this.busy) throw new InvalidStateError('A Call is already active');
    const { connectToken, params = {}, rtcConfiguration, rtcConstraints } = options;
    const overrides = { rtcConfiguration, audio: rtcConstraints?.audio };
    this.#connecting = true;
    try {
      const client = await this.core.connection.client();
      if (connectToken) {
        const { call, taken } = await takeForwarded(this.core, client, connectToken, overrides);
        // It was registered for this call alone.
        void taken.finally(() => {
          if (!this.#wantsRegistration) client.unregister().catch(() => undefined);
        });
        return call.shown;
      }
      const pair = this.core.outgoing(params);
      void pair.adapter.dial(client, overrides);
      return pair.shown;
    } catch (error) {
      throw this.#vendorError(error);
    } finally {
      this.#connecting = false;
    }
  }

  async register(): Promise<void> {
    this.#assertState(Unregistered, 'register');
    this.#wantsRegistration = true;
    this.#setState(Registering);
    try {
      await (await this.core.connection.client()).register();
      this.#setState(Registered);
    } catch (error) {
      if (this.state !== Destroyed) {
        this.#wantsRegistration = false;
        this.#setState(Unregistered);
      }
      this.#fail(error as OffhookError);
      throw this.#vendorError(error);
    }
  }

  async unregister(): Promise<void> {
    this.#assertState(Registered, 'unregister');
    this.#wantsRegistration = false;
    try {
      await this.core.connection.current?.unregister();
    } catch (error) {
      throw this.#vendorError(error);
    } finally {
      this.#setState(Unregistered);
    }
  }

  updateOptions(options: DeviceOptions): void {
    this.#assertAlive('updateOptions');
    const before = this.options;
    const now = { ...before, ...options };
    if (this.busy && changesServer(before, now)) {
      throw new InvalidStateError('Cannot change Edge while on an active Call');
    }
    this.options = now;
    Logger.setDefaultLevel(now.logLevel ?? 'error');
    this.#toggles.use(now.sounds ?? {});
    if (this.busy || !needsReconnect(before, now) || !this.core.connection.current) return;
    this.core.connection.drop();
    this.#lost();
    this.#reregister();
  }

  updateToken(token: string): void {
    this.#assertAlive('updateToken');
    assertToken(token);
    this.token = token;
    this.core.renew(token);
    if (!this.core.connection.current) this.#reregister();
  }

  destroy(): void {
    if (this.state === Destroyed) return;
    this.#wantsRegistration = false;
    this.core.close();
    this.#stopUnloadGuard();
    this.audio?.close();
    this.audio = null;
    this.#setState(Unregistered);
    this.#setState(Destroyed);
  }

  #makeCore(connector: Connect | undefined): DeviceCore<Call> {
    const deps = {
      settings: () => connectionSettings(this.token, this.options, this.#kit),
      aheadMs: () => this.options.tokenRefreshMs ?? REFRESH_MS,
      severalCalls: () => this.options.allowIncomingWhileBusy ?? false,
      make: (...parts: Parameters<typeof this.makeCall>) => this.makeCall(...parts),
      connected: (client: Client) => this.#connected(client),
      interrupted: () => {
        this.#fail(new OffhookError('cannot-connect'));
        this.#setState(Unregistered);
      },
      closed: (error: OffhookError | undefined) => {
        this.#lost();
        if (error) this.#fail(error);
      },
      // A device that only takes over a call is registered as well, and the page has not asked for that.
      registered: () => {
        if (this.#wantsRegistration) this.#setState(Registered);
      },
      incoming: (call: Call) => {
        if (this.#wantsRegistration) this.#emit('incoming', call);
        else call.ignore();
      },
      failed: (error: OffhookError) => this.#fail(error),
      expiring: () => this.#emit('tokenWillExpire'),
      expired: () => this.#fail(new OffhookError('access-token-expired')),
    };
    return new DeviceCore<Call>(deps, connector);
  }

  /** A call in the vendor's shape. */
  makeCall(
    hooks: CallHooks,
    params: Readonly<Record<string, unknown>>,
    incoming?: { call: NativeCall; client: Client },
  ): { shown: Call; adapter: ReturnType<typeof Call.adapterOf> } {
    const shown = new Call({
      hooks,
      params,
      ...(incoming && { incoming }),
      dialect: dialect(() => this.#precise),
      defaults: () => ({
        codecPreferences: this.options.codecPreferences,
        rtcConfiguration: undefined,
        audio: this.audio?.audioConstraints ?? undefined,
        warnings: true,
      }),
    });
    return { shown, adapter: Call.adapterOf(shown) };
  }

  get #precise(): boolean {
    return this.options.enableImprovedSignalingErrorPrecision ?? false;
  }

  #connected(client: Client): void {
    this.identity = client.identity?.name ?? null;
    this.edge = edgeOf(this.options);
    if (!this.#wantsRegistration || this.state !== Unregistered) return;
    // The connection is back, and with it the registration.
    this.#setState(Registering);
    if (client.registered) this.#setState(Registered);
  }

  /** The connection is gone for good. */
  #lost(): void {
    this.edge = null;
    this.identity = null;
    if (this.state !== Destroyed) this.#setState(Unregistered);
  }

  /** Lets calls come again, if they were to come; after the caller had time to add listeners. */
  #reregister(): void {
    setTimeout(() => {
      if (this.#wantsRegistration && this.state === Unregistered)
        void this.register().catch(() => undefined);
    });
  }

  /** Emits an error, once. */
  #fail(error: OffhookError): void {
    if (this.state === Destroyed || this.#failure === error) return;
    this.#failure = error;
    this.#emit('error', deviceError(error, this.#precise));
  }

  #vendorError(error: unknown): unknown {
    return error instanceof OffhookError ? plainError(error, this.#precise) : error;
  }

  #setState(state: DeviceState): void {
    if (state === this.state || this.state === Destroyed) return;
    this.state = state;
    this.#emit(state);
  }

  #assertAlive(action: string): void {
    if (this.state !== Destroyed) return;
    throw new InvalidStateError(`Attempt to "${action}" when device is in state "${Destroyed}".`);
  }

  #assertState(state: DeviceState, action: string): void {
    if (this.state === state) return;
    throw new InvalidStateError(
      `Attempt to ${action} when device is in state "${this.state}". Must be "${state}".`,
    );
  }
}

function assertToken(token: unknown): void {
  if (typeof token === 'string') return;
  throw new InvalidArgumentError('Parameter "token" must be of type "string".');
}
