/** A device of the first generation, as an object. */
import { version } from '../../../client/platform.js';
import { EventEmitter } from '../../../core/event-emitter.js';
import { settable } from '../../../core/settable.js';
import type { DeviceAudio } from '../audio.js';
import { audioContext, extension, isSupported } from '../browser.js';
import { InvalidArgumentError, InvalidStateError } from '../errors/classes.js';
import * as words from '../words.js';
import type { ClientError, Connection } from './connection.js';
import { ClientLife } from './life.js';
import type { ClientOptions } from './options.js';
import { PreflightTest } from './preflight.js';

// biome-ignore lint/suspicious/noExplicitAny: pages give functions of whatever kind.
type AnyListener = (...values: any[]) => any;

/** Sounds that are switched by functions. @public */
export type SoundSwitches = Partial<Record<words.SoundName, (value?: boolean) => boolean>>;

/** What `Device` and its hidden instance can do. @public */
export class ClientDevice extends EventEmitter {
  /** What a device tells. */
  static readonly EventName: typeof words.ClientEvent = words.ClientEvent;
  /** What a device is. */
  static readonly Status: typeof words.ClientStatus = words.ClientStatus;
  /** The sounds that a device makes. */
  static readonly SoundName: typeof words.SoundName = words.SoundName;
  #life: ClientLife | undefined;
  /** Switches for the sounds. */
  readonly sounds: SoundSwitches = {
    incoming: (on) => this.#must().toggles.switch('incoming', on),
    outgoing: (on) => this.#must().toggles.switch('outgoing', on),
    disconnect: (on) => this.#must().toggles.switch('disconnect', on),
  };

  /**
   * With a token it is set up at once.
   *
   * @throws InvalidArgumentError for options without a token.
   */
  constructor(token?: string, options?: ClientOptions) {
    super();
    settable(this, EventEmitter.prototype);
    if (token) this.setup(token, options);
    else if (options) {
      throw new InvalidArgumentError('Cannot construct a Device with options but without a token');
    }
  }

  /** Whether this browser can make calls. */
  static get isSupported(): boolean {
    return isSupported();
  }

  /** The package that this stands in for. */
  static get packageName(): string {
    return 'twilio-client';
  }

  /** The release of this SDK. */
  static get version(): string {
    return version;
  }

  /** One for all devices; nothing without Web Audio. */
  static get audioContext(): AudioContext | undefined {
    return audioContext();
  }

  /** The ending of sound files that this browser plays. */
  static get extension(): 'mp3' | 'ogg' {
    return extension();
  }

  /** Tests the way to the server. */
  static runPreflight(token: string, options: PreflightTest.Options = {}): PreflightTest {
    return new PreflightTest(token, options);
  }

  /** Which class it is. */
  static override toString(): string {
    return '[Twilio.Device class]';
  }

  /** Its sound; null before `setup`. */
  get audio(): DeviceAudio | null {
    return this.#life?.audio ?? null;
  }

  /** Calls that ring here. */
  get connections(): Connection[] {
    return this.#life?.phone.pending ?? [];
  }

  /** Whether it was set up. */
  get isInitialized(): boolean {
    return this.#life !== undefined;
  }

  /** The token in use. */
  get token(): string | null {
    return this.#life?.token ?? null;
  }

  /** The host of the server; null while there is no connection. */
  get edge(): string | null {
    return this.#life?.edge ?? null;
  }

  /** Connects and registers; the second time it only takes the token. @throws InvalidArgumentError */
  setup(token: string, options: ClientOptions = {}): this {
    if (this.#life) this.updateToken(token);
    else {
      this.#life = new ClientLife(token, options, (event, ...values) => {
        const self = event === 'ready' || event === 'offline';
        this.emit(event, ...(self ? [this] : values));
      });
    }
    return this;
  }

  /** Makes a call, and gives it at once; with a function, listens. @throws InvalidStateError before `setup`. */
  connect(
    params?: Record<string, string>,
    audioConstraints?: MediaTrackConstraints | boolean,
    rtcConfiguration?: RTCConfiguration,
  ): Connection;
  /** Listens to `connect`. */
  connect(listener: (connection: Connection) => unknown): null;
  connect(
    params: Record<string, string> | AnyListener = {},
    audioConstraints?: MediaTrackConstraints | boolean,
    rtcConfiguration?: RTCConfiguration,
  ): Connection | null {
    if (typeof params === 'function') {
      this.on('connect', params);
      return null;
    }
    return this.#must().connect(params, audioConstraints, rtcConfiguration);
  }

  /** The call that talks, else the first that rings. @throws InvalidStateError before `setup`. */
  activeConnection(): Connection | null | undefined {
    const { active, pending } = this.#must().phone;
    return active?.shown ?? pending[0] ?? null;
  }

  /** Ends all calls. @throws InvalidStateError before `setup`. */
  disconnectAll(): void {
    this.#must().phone.hangUp();
  }

  /** Ends everything. */
  destroy(): void {
    this.#life?.close();
    this.#life = undefined;
  }

  /** Lets calls come. @throws InvalidStateError before `setup`. */
  registerPresence(): this {
    this.#must().register();
    return this;
  }

  /** Lets no more calls come. @throws InvalidStateError before `setup`. */
  unregisterPresence(): this {
    void this.#must().unregister();
    return this;
  }

  /** Takes another token. @throws InvalidStateError before `setup`. */
  updateToken(token: string): void {
    this.#must().renew(token);
  }

  /** What the device is. @throws InvalidStateError before `setup`. */
  status(): words.ClientStatus {
    const { ready, phone } = this.#must();
    if (!ready) return words.ClientStatus.Offline;
    return phone.active ? words.ClientStatus.Busy : words.ClientStatus.Ready;
  }

  /** The host of the server; `offline` while there is no connection. @throws InvalidStateError before `setup`. */
  region(): string {
    return this.#must().edge ?? words.ClientStatus.Offline;
  }

  /** Listens to `cancel`. */
  cancel(listener: (connection: Connection) => unknown): this {
    return this.on('cancel', listener as AnyListener);
  }

  /** Listens to `disconnect`. */
  disconnect(listener: (connection: Connection) => unknown): this {
    return this.on('disconnect', listener as AnyListener);
  }

  /** Listens to `error`. */
  error(listener: (error: ClientError) => unknown): this {
    return this.on('error', listener as AnyListener);
  }

  /** Listens to `incoming`. */
  incoming(listener: (connection: Connection) => unknown): this {
    return this.on('incoming', listener as AnyListener);
  }

  /** Listens to `offline`. */
  offline(listener: (device: ClientDevice) => unknown): this {
    return this.on('offline', listener as AnyListener);
  }

  /** Listens to `ready`. */
  ready(listener: (device: ClientDevice) => unknown): this {
    return this.on('ready', listener as AnyListener);
  }

  /** Which class it is of. */
  override toString(): string {
    return '[Twilio.Device instance]';
  }

  #must(): ClientLife {
    if (this.#life) return this.#life;
    throw new InvalidStateError('Call Device.setup() before attempting this.');
  }
}
