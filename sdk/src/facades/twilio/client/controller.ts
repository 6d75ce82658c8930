/** A device of the first generation: set up once, ready while it is registered. */
import type { AudioKit } from '../../../client/audio-kit.js';
import type { Client } from '../../../client/client.js';
import { guardUnload } from '../../../client/unload-guard.js';
import { OffhookError } from '../../../core/errors.js';
import type { Connect } from '../../shared/servers.js';
import { audioKit, connectionSettings, type Dialect } from '../adapter-types.js';
import { DeviceAudio } from '../audio.js';
import type { CallParts } from '../base-call.js';
import { edgeOf } from '../connection.js';
import { type CallHooks, type CallPair, DeviceCore } from '../device-core.js';
import { InvalidArgumentError } from '../errors/classes.js';
import { Logger } from '../logger.js';
import type { ClientOptions } from '../options.js';
import { DeviceSounds } from '../sounds.js';
import { type ClientError, Connection } from './connection.js';
import { clientEnding, clientError, reconnectingError } from './errors.js';

type Emit = (event: string, ...values: unknown[]) => void;

/** One device that was set up. */
export class ClientController {
  readonly core: DeviceCore<Connection>;
  readonly sounds: DeviceSounds;
  readonly audio: DeviceAudio;
  readonly #options: ClientOptions;
  readonly #kit: AudioKit;
  readonly #emit: Emit;
  readonly #stopUnloadGuard: () => void;
  token: string;
  ready = false;
  edge: string | null = null;
  /** Calls are to come, also after the connection was away. */
  #wantsRegistration: boolean;
  /** The error that was emitted last. */
  #failure: OffhookError | undefined;

  /** @throws InvalidArgumentError */
  constructor(token: string, options: ClientOptions, emit: Emit, connector?: Connect) {
    if (!token) throw new InvalidArgumentError('Token is required for Device.setup()');
    if (options.edge && options.region) {
      throw new InvalidArgumentError('You cannot specify `region` when `edge` is specified.');
    }
    this.token = token;
    this.#options = options;
    this.#emit = emit;
    this.#wantsRegistration = !options.noRegister;
    Logger.setDefaultLevel(options.debug ? 'debug' : 'error');
    this.#kit = audioKit(() => options);
    this.sounds = new DeviceSounds(this.#kit.sounds, options.sounds ?? {});
    this.core = this.#makeCore(connector);
    const busy = () => this.core.active !== undefined;
    this.audio = new DeviceAudio(this.#kit, this.sounds, busy);
    this.#stopUnloadGuard = guardUnload(
      this.#kit.platform.page,
      () => busy() && options.closeProtection,
    );
    void this.#connect();
  }

  /** A call, begun at once; the one there is, if there is one. */
  connect(
    params: Readonly<Record<string, unknown>>,
    audio: MediaTrackConstraints | boolean | undefined,
    rtcConfiguration: RTCConfiguration | undefined,
  ): Connection {
    const { active } = this.core;
    if (active) return active.shown;
    const pair = this.core.outgoing(params);
    void this.core.dial(pair, { audio, rtcConfiguration });
    return pair.shown;
  }

  /** Takes another token. */
  renew(token: string): void {
    this.token = token;
    if (this.core.connection.current) this.core.renew(token);
    else void this.#connect();
  }

  /** Lets calls come. */
  register(): void {
    this.#wantsRegistration = true;
    void this.#connect();
  }

  /** Lets no more calls come. */
  async unregister(): Promise<void> {
    this.#wantsRegistration = false;
    try {
      await this.core.connection.current?.unregister();
    } catch (error) {
      this.#fail(error as OffhookError);
    } finally {
      this.#offline();
    }
  }

  /** Ends everything, for good. */
  close(): void {
    this.#wantsRegistration = false;
    this.core.close();
    this.#stopUnloadGuard();
    this.audio.close();
    this.#offline();
  }

  /** Connects, and registers if that is wanted; failures are emitted as events. */
  async #connect(): Promise<void> {
    try {
      const client = await this.core.connection.client();
      if (this.#wantsRegistration) await client.register();
      this.#online();
    } catch (error) {
      this.#fail(error as OffhookError);
    }
  }

  #makeCore(connector: Connect | undefined): DeviceCore<Connection> {
    const { region, edge = region, ...options } = this.#options;
    return new DeviceCore<Connection>(
      {
        settings: () =>
          connectionSettings(this.token, { ...options, ...(edge && { edge }) }, this.#kit),
        aheadMs: () => 0,
        severalCalls: () => options.allowIncomingWhileBusy ?? false,
        make: (hooks, params, incoming) =>
          this.#make({ hooks, params, ...(incoming && { incoming }) }),
        connected: (client) => this.#connected(client),
        interrupted: () => {
          this.#fail(new OffhookError('cannot-connect'));
          this.#offline();
        },
        closed: (error) => {
          if (error) this.#fail(error);
          this.edge = null;
          this.#offline();
        },
        registered: () => this.#online(),
        incoming: (connection) => this.#emit('incoming', connection),
        failed: (error) => this.#fail(error),
        expiring: () => undefined,
        expired: () => this.#fail(new OffhookError('access-token-expired')),
      },
      connector,
    );
  }

  #make(
    parts: Pick<CallParts, 'params' | 'incoming'> & { hooks: CallHooks },
  ): CallPair<Connection> {
    const options = this.#options;
    const shown = new Connection({
      ...parts,
      dialect: this.#dialect(),
      defaults: () => ({
        codecPreferences: options.codecPreferences,
        rtcConfiguration: options.rtcConfiguration,
        audio: this.audio.audioConstraints ?? options.audioConstraints,
        warnings: options.warnings ?? true,
      }),
    });
    for (const event of ['accept', 'disconnect'] as const) {
      shown.on(event, () => this.#emitLater(event === 'accept' ? 'connect' : event, shown));
    }
    shown.on('cancel', () => this.#emitLater('cancel', shown));
    shown.on('error', (error: ClientError) => {
      error.connection = shown;
      this.#emitLater('error', error);
    });
    return { shown, adapter: Connection.adapterOf(shown) };
  }

  #dialect(): Dialect {
    const { enableIceRestart = false, enableRingingState = false } = this.#options;
    return {
      error: clientError,
      ending: clientEnding,
      // The signalling comes back without an event; the media path is reported if the options ask for it.
      reconnecting: (what) =>
        what === 'media' && enableIceRestart ? reconnectingError() : undefined,
      ringing: enableRingingState,
      ignoreCancels: true,
    };
  }

  #connected(client: Client): void {
    const { region, edge = region } = this.#options;
    this.edge = edgeOf({ edge });
    if (client.registered) this.#online();
  }

  #online(): void {
    if (this.ready) return;
    this.ready = true;
    this.#emit('ready');
  }

  #offline(): void {
    if (!this.ready) return;
    this.ready = false;
    this.#emit('offline');
  }

  /** Emits an error, once. */
  #fail(error: OffhookError): void {
    if (this.#failure === error) return;
    this.#failure = error;
    this.#emitLater('error', clientError(error));
  }

  /** The vendor's device emits events of calls a moment after the calls themselves. */
  #emitLater(event: string, value: unknown): void {
    setTimeout(() => this.#emit(event, value));
  }
}
