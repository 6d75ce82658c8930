/** A device of the first generation, as an object. */

import { EventEmitter, settable } from '../../shared/event-emitter.js';
import type { DeviceAudio } from '../audio.js';
import { BaseDevice } from '../base-device.js';
import * as constants from '../constants.js';
import { InvalidArgumentError, InvalidStateError } from '../errors/classes.js';
import type { ClientOptions } from '../options.js';
import type { ClientError, Connection } from './connection.js';
import { ClientController } from './controller.js';
import { PreflightTest } from './preflight.js';

// biome-ignore lint/suspicious/noExplicitAny: pages give functions of whatever kind.
type AnyListener = (...values: any[]) => any;

/** Sounds that are switched by functions. @public */
export type SoundSwitches = Partial<Record<constants.SoundName, (value?: boolean) => boolean>>;

/** What `Device` and its hidden instance can do. @public */
export class ClientDevice extends BaseDevice {
  /** The events of a device. */
  static readonly EventName: typeof constants.ClientEvent = constants.ClientEvent;
  /** What a device is. */
  static readonly Status: typeof constants.ClientStatus = constants.ClientStatus;
  /** The sounds that a device makes. */
  static readonly SoundName: typeof constants.SoundName = constants.SoundName;
  #controller: ClientController | undefined;
  /** Switches for the sounds. */
  readonly sounds: SoundSwitches = {
    incoming: (on) => this.#setUp().sounds.switch('incoming', on),
    outgoing: (on) => this.#setUp().sounds.switch('outgoing', on),
    disconnect: (on) => this.#setUp().sounds.switch('disconnect', on),
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

  /** The package that this stands in for. */
  static get packageName(): string {
    return 'twilio-client';
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
    return this.#controller?.audio ?? null;
  }

  /** Calls that ring here. */
  get connections(): Connection[] {
    return this.#controller?.core.pending ?? [];
  }

  /** Whether it was set up. */
  get isInitialized(): boolean {
    return this.#controller !== undefined;
  }

  /** The token in use. */
  get token(): string | null {
    return this.#controller?.token ?? null;
  }

  /** The host of the server; null while there is no connection. */
  get edge(): string | null {
    return this.#controller?.edge ?? null;
  }

  /** Connects and registers; the second time it only takes the token. @throws InvalidArgumentError */
  setup(token: string, options: ClientOptions = {}): this {
    if (this.#controller) this.updateToken(token);
    else {
      this.#controller = new ClientController(token, options, (event, ...values) => {
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
    return this.#setUp().connect(params, audioConstraints, rtcConfiguration);
  }

  /** The active call, else the first pending one. @throws InvalidStateError before `setup`. */
  activeConnection(): Connection | null | undefined {
    const { active, pending } = this.#setUp().core;
    return active?.shown ?? pending[0] ?? null;
  }

  /** Ends all calls. @throws InvalidStateError before `setup`. */
  disconnectAll(): void {
    this.#setUp().core.hangUp();
  }

  /** Ends everything. */
  destroy(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }

  /** Lets calls come. @throws InvalidStateError before `setup`. */
  registerPresence(): this {
    this.#setUp().register();
    return this;
  }

  /** Lets no more calls come. @throws InvalidStateError before `setup`. */
  unregisterPresence(): this {
    void this.#setUp().unregister();
    return this;
  }

  /** Takes another token. @throws InvalidStateError before `setup`. */
  updateToken(token: string): void {
    this.#setUp().renew(token);
  }

  /** What the device is. @throws InvalidStateError before `setup`. */
  status(): constants.ClientStatus {
    const { ready, core } = this.#setUp();
    if (!ready) return constants.ClientStatus.Offline;
    return core.active ? constants.ClientStatus.Busy : constants.ClientStatus.Ready;
  }

  /** The host of the server; `offline` while there is no connection. @throws InvalidStateError before `setup`. */
  region(): string {
    return this.#setUp().edge ?? constants.ClientStatus.Offline;
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

  #setUp(): ClientController {
    if (this.#controller) return this.#controller;
    throw new InvalidStateError('Call Device.setup() before attempting this.');
  }
}

let hidden: ClientDevice | undefined;

/** The hidden device, created on first use. */
function instance(): ClientDevice {
  hidden ??= new ClientDevice();
  return hidden;
}

/** What an instance has for itself. */
const OWN: ReadonlySet<string> = /* @__PURE__ */ new Set(['constructor', 'destroy', 'toString']);

/** Gives a class what every device can do, done by the hidden device. */
function lend(borrower: object, methods: object): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(methods))) {
    if (typeof value !== 'function' || OWN.has(name)) continue;
    const call = (...values: unknown[]): unknown =>
      (instance() as unknown as Record<string, typeof value>)[name](...values);
    Object.defineProperty(borrower, name, { value: call, configurable: true, writable: true });
  }
}

/**
 * The one device of the page, as statics: every method does what that of an instance does.
 *
 * @public
 */
export class Singleton extends BaseDevice {
  declare static readonly setup: ClientDevice['setup'];
  declare static readonly connect: ClientDevice['connect'];
  declare static readonly activeConnection: ClientDevice['activeConnection'];
  declare static readonly disconnectAll: ClientDevice['disconnectAll'];
  declare static readonly registerPresence: ClientDevice['registerPresence'];
  declare static readonly unregisterPresence: ClientDevice['unregisterPresence'];
  declare static readonly updateToken: ClientDevice['updateToken'];
  declare static readonly status: ClientDevice['status'];
  declare static readonly region: ClientDevice['region'];
  declare static readonly cancel: ClientDevice['cancel'];
  declare static readonly disconnect: ClientDevice['disconnect'];
  declare static readonly error: ClientDevice['error'];
  declare static readonly incoming: ClientDevice['incoming'];
  declare static readonly offline: ClientDevice['offline'];
  declare static readonly ready: ClientDevice['ready'];
  declare static readonly on: ClientDevice['on'];
  declare static readonly once: ClientDevice['once'];
  declare static readonly off: ClientDevice['off'];
  declare static readonly addListener: ClientDevice['addListener'];
  declare static readonly removeListener: ClientDevice['removeListener'];
  declare static readonly removeAllListeners: ClientDevice['removeAllListeners'];
  declare static readonly prependListener: ClientDevice['prependListener'];
  declare static readonly prependOnceListener: ClientDevice['prependOnceListener'];
  declare static readonly emit: ClientDevice['emit'];
  declare static readonly listeners: ClientDevice['listeners'];
  declare static readonly rawListeners: ClientDevice['rawListeners'];
  declare static readonly listenerCount: ClientDevice['listenerCount'];
  declare static readonly eventNames: ClientDevice['eventNames'];

  static {
    lend(Singleton, EventEmitter.prototype);
    lend(Singleton, ClientDevice.prototype);
  }

  /** The hidden device. It may be set to null, which lets it go. */
  static get instance(): ClientDevice | null {
    return instance();
  }

  static set instance(value: null) {
    if (value !== null) throw new InvalidArgumentError('Device.instance may be set to null only');
    hidden = undefined;
  }

  /** Ends the hidden device; the next is a new one. */
  static destroy(): void {
    hidden?.destroy();
    hidden = undefined;
  }

  static get audio(): DeviceAudio | null {
    return instance().audio;
  }

  static get connections(): Connection[] {
    return instance().connections;
  }

  static get isInitialized(): boolean {
    return instance().isInitialized;
  }

  static get sounds(): SoundSwitches {
    return instance().sounds;
  }

  static get token(): string | null {
    return instance().token;
  }
}
