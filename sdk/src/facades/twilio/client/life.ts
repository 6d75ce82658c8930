/** What becomes of a device of the first generation: set up once, ready while it is registered. */
import type { AudioKit } from '../../../client/audio-kit.js';
import type { Client } from '../../../client/client.js';
import { OffhookError } from '../../../core/errors.js';
import { DeviceAudio } from '../audio.js';
import type { CallParts } from '../call.js';
import { CloseProtection } from '../close-protection.js';
import type { Spelling } from '../desk.js';
import { InvalidArgumentError } from '../errors/classes.js';
import type { Connect } from '../line.js';
import { Logger } from '../logger.js';
import { type Both, Phone, type PhoneDesk } from '../phone.js';
import { edgeOf } from '../place.js';
import { Toggles } from '../toggles.js';
import { kitOf, wishOf } from '../wishes.js';
import type { ClientError } from './connection.js';
import { Connection } from './connection.js';
import { clientEnding, clientError, reconnectingError } from './errors.js';
import type { ClientOptions } from './options.js';

type Tell = (event: string, ...values: unknown[]) => void;

/** One device that was set up. */
export class ClientLife {
  readonly phone: Phone<Connection>;
  readonly toggles: Toggles;
  readonly audio: DeviceAudio;
  readonly #options: ClientOptions;
  readonly #kit: AudioKit;
  readonly #tell: Tell;
  readonly #protection: CloseProtection;
  token: string;
  ready = false;
  edge: string | null = null;
  /** Calls are to come, also after the connection was away. */
  #wanted: boolean;
  /** What the page was told of last. */
  #failure: OffhookError | undefined;

  /** @throws InvalidArgumentError */
  constructor(token: string, options: ClientOptions, tell: Tell, way?: Connect) {
    if (!token) throw new InvalidArgumentError('Token is required for Device.setup()');
    if (options.edge && options.region) {
      throw new InvalidArgumentError('You cannot specify `region` when `edge` is specified.');
    }
    this.token = token;
    this.#options = options;
    this.#tell = tell;
    this.#wanted = !options.noRegister;
    Logger.setDefaultLevel(options.debug ? 'debug' : 'error');
    this.#kit = kitOf(() => options);
    this.toggles = new Toggles(this.#kit.sounds, options.sounds ?? {});
    this.phone = this.#makePhone(way);
    const busy = () => this.phone.active !== undefined;
    this.audio = new DeviceAudio({ kit: this.#kit, toggles: this.toggles, busy });
    this.#protection = new CloseProtection(() => busy() && options.closeProtection);
    void this.#come();
  }

  /** A call, begun at once; the one there is, if there is one. */
  connect(
    params: Readonly<Record<string, unknown>>,
    audio: MediaTrackConstraints | boolean | undefined,
    rtcConfiguration: RTCConfiguration | undefined,
  ): Connection {
    const { active } = this.phone;
    if (active) return active.shown;
    const both = this.phone.outgoing(params);
    void this.phone.dial(both, { audio, rtcConfiguration });
    return both.shown;
  }

  /** Takes another token. */
  renew(token: string): void {
    this.token = token;
    if (this.phone.line.now) this.phone.renew(token);
    else void this.#come();
  }

  /** Lets calls come. */
  register(): void {
    this.#wanted = true;
    void this.#come();
  }

  /** Lets no more calls come. */
  async unregister(): Promise<void> {
    this.#wanted = false;
    try {
      await this.phone.line.now?.unregister();
    } catch (error) {
      this.#fail(error as OffhookError);
    } finally {
      this.#offline();
    }
  }

  /** Ends everything, for good. */
  close(): void {
    this.#wanted = false;
    this.phone.close();
    this.#protection.close();
    this.audio.close();
    this.#offline();
  }

  /** Connects, and registers if that is wanted; what fails is told as an event. */
  async #come(): Promise<void> {
    try {
      const client = await this.phone.line.client();
      if (this.#wanted) await client.register();
      this.#online();
    } catch (error) {
      this.#fail(error as OffhookError);
    }
  }

  #makePhone(way: Connect | undefined): Phone<Connection> {
    const { region, edge = region, ...options } = this.#options;
    return new Phone<Connection>(
      {
        wish: () => wishOf(this.token, { ...options, ...(edge && { edge }) }, this.#kit),
        aheadMs: () => 0,
        severalCalls: () => options.allowIncomingWhileBusy ?? false,
        make: (phone, params, came) => this.#make({ phone, params, ...(came && { came }) }),
        connected: (client) => this.#connected(client),
        away: () => {
          this.#fail(new OffhookError('cannot-connect'));
          this.#offline();
        },
        closed: (error) => {
          if (error) this.#fail(error);
          this.edge = null;
          this.#offline();
        },
        registered: () => this.#online(),
        incoming: (connection) => this.#tell('incoming', connection),
        failed: (error) => this.#fail(error),
        expiring: () => undefined,
        expired: () => this.#fail(new OffhookError('access-token-expired')),
      },
      way,
    );
  }

  #make(parts: Pick<CallParts, 'params' | 'came'> & { phone: PhoneDesk }): Both<Connection> {
    const options = this.#options;
    const shown = new Connection({
      ...parts,
      spelling: this.#spelling(),
      terms: () => ({
        codecPreferences: options.codecPreferences,
        rtcConfiguration: options.rtcConfiguration,
        audio: this.audio.audioConstraints ?? options.audioConstraints,
        warnings: options.warnings ?? true,
      }),
    });
    for (const event of ['accept', 'disconnect'] as const) {
      shown.on(event, () => this.#later(event === 'accept' ? 'connect' : event, shown));
    }
    shown.on('cancel', () => this.#later('cancel', shown));
    shown.on('error', (error: ClientError) => {
      error.connection = shown;
      this.#later('error', error);
    });
    return { shown, talk: Connection.lifeOf(shown) };
  }

  #spelling(): Spelling {
    const { enableIceRestart = false, enableRingingState = false } = this.#options;
    return {
      error: clientError,
      ending: clientEnding,
      // The signalling comes back without a word; the path of the sound tells those who asked for it.
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
    this.#tell('ready');
  }

  #offline(): void {
    if (!this.ready) return;
    this.ready = false;
    this.#tell('offline');
  }

  /** Tells of an error, once. */
  #fail(error: OffhookError): void {
    if (this.#failure === error) return;
    this.#failure = error;
    this.#later('error', clientError(error));
  }

  /** The vendor tells of calls a moment after the calls have told themselves. */
  #later(event: string, value: unknown): void {
    setTimeout(() => this.#tell(event, value));
  }
}
