/** `Twilio.Device` of the second generation: connects when it is needed, registers when it is told to. */
import { version } from '../../client/platform.js';
import { EventEmitter } from '../../core/event-emitter.js';
import { settable } from '../../core/settable.js';
import type { DeviceAudio } from './audio.js';
import { audioContext, extension, isSupported } from './browser.js';
import type { Call } from './call.js';
import { Singleton } from './client/singleton.js';
import { DeviceLife } from './device-life.js';
import type * as given from './options.js';
import { PreflightTest } from './preflight.js';
import * as words from './words.js';

/**
 * A device of the second generation.
 *
 * @public
 */
export class Device extends Singleton {
  /** What a device tells. */
  static readonly EventName: typeof words.DeviceEvent = words.DeviceEvent;
  /** What a device is. */
  static readonly State: typeof words.DeviceState = words.DeviceState;
  /** The sounds that a device makes. */
  static readonly SoundName: typeof words.SoundName = words.SoundName;
  readonly #life: DeviceLife;

  /** @throws InvalidArgumentError when the token is no text. */
  constructor(token: string, options: Device.Options = {}) {
    super();
    settable(this, EventEmitter.prototype);
    this.#life = new DeviceLife(token, options, (event, ...values) => {
      this.emit(event, ...(event === 'tokenWillExpire' ? [this] : values));
    });
  }

  /** Whether this browser can make calls. */
  static get isSupported(): boolean {
    return isSupported();
  }

  /** The package that this stands in for. */
  static get packageName(): string {
    return '@twilio/voice-sdk';
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

  /** Its sound; null when it is destroyed. */
  get audio(): DeviceAudio | null {
    return this.#life.audio;
  }

  /** Calls that ring here. */
  get calls(): Call[] {
    return this.#life.phone.pending;
  }

  /** The host of the server; null while there is no connection. */
  get edge(): string | null {
    return this.#life.edge;
  }

  /** As `edge`. */
  get home(): string | null {
    return this.#life.edge;
  }

  /** Under which name it is called; null while there is no connection. */
  get identity(): string | null {
    return this.#life.identity;
  }

  /** Whether a call is active, or being made. */
  get isBusy(): boolean {
    return this.#life.busy;
  }

  /** What the device is. */
  get state(): Device.State {
    return this.#life.state;
  }

  /** The token in use. */
  get token(): string | null {
    return this.#life.token;
  }

  /**
   * Makes a call. Settles when there is a connection to the server; what becomes of the call, its events tell.
   *
   * @throws InvalidStateError while there is a call, or when the device is destroyed; an error with a code when
   * the server cannot be reached or does not know us; InvalidArgumentError for a connect token that is none.
   */
  connect(options: Device.ConnectOptions = {}): Promise<Call> {
    return this.#life.connect(options);
  }

  /**
   * Lets calls come. Settles when they do.
   *
   * @throws InvalidStateError unless the device is unregistered; an error with a code when it cannot be done.
   */
  register(): Promise<void> {
    return this.#life.register();
  }

  /** Lets no more calls come. @throws InvalidStateError unless the device is registered. */
  unregister(): Promise<void> {
    return this.#life.unregister();
  }

  /**
   * Takes other options; what is not named stays as it is.
   *
   * @throws InvalidStateError when the device is destroyed, or for another server in a call.
   */
  updateOptions(options: Device.Options = {}): void {
    this.#life.updateOptions(options);
  }

  /** Takes another token. @throws InvalidStateError, InvalidArgumentError */
  updateToken(token: string): void {
    this.#life.updateToken(token);
  }

  /** Ends all calls. */
  disconnectAll(): void {
    this.#life.phone.hangUp();
  }

  /** Ends everything, for good. */
  destroy(): void {
    this.#life.destroy();
    this.removeAllListeners();
  }

  /** Which class it is of. */
  override toString(): string {
    return '[Twilio.Device instance]';
  }
}

/** Types that pages name through the class. @public */
export declare namespace Device {
  export type EventName = words.DeviceEvent;
  export type State = words.DeviceState;
  export type SoundName = words.SoundName;
  /** Sounds that can be switched. */
  export type ToggleableSound = 'incoming' | 'outgoing' | 'disconnect';
  export type ConnectOptions = given.ConnectOptions;
  export type Options = given.DeviceOptions;
}
