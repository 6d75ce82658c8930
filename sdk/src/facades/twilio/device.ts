/** `Twilio.Device` of the second generation: connects when it is needed, registers on request. */

import { EventEmitter, settable } from '../shared/event-emitter.js';
import type { DeviceAudio } from './audio.js';
import type { Call } from './call.js';
import { Singleton } from './client/client-device.js';
import * as constants from './constants.js';
import { DeviceController } from './device-controller.js';
import type * as given from './options.js';
import { PreflightTest } from './preflight.js';

/**
 * A device of the second generation.
 *
 * @public
 */
export class Device extends Singleton {
  /** The events of a device. */
  static readonly EventName: typeof constants.DeviceEvent = constants.DeviceEvent;
  /** What a device is. */
  static readonly State: typeof constants.DeviceState = constants.DeviceState;
  /** The sounds that a device makes. */
  static readonly SoundName: typeof constants.SoundName = constants.SoundName;
  readonly #controller: DeviceController;

  /** @throws InvalidArgumentError when the token is no text. */
  constructor(token: string, options: Device.Options = {}) {
    super();
    settable(this, EventEmitter.prototype);
    this.#controller = new DeviceController(token, options, (event, ...values) => {
      this.emit(event, ...(event === 'tokenWillExpire' ? [this] : values));
    });
  }

  /** The package that this stands in for. */
  static get packageName(): string {
    return '@twilio/voice-sdk';
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
    return this.#controller.audio;
  }

  /** Calls that ring here. */
  get calls(): Call[] {
    return this.#controller.core.pending;
  }

  /** The host of the server; null while there is no connection. */
  get edge(): string | null {
    return this.#controller.edge;
  }

  /** As `edge`. */
  get home(): string | null {
    return this.#controller.edge;
  }

  /** Under which name it is called; null while there is no connection. */
  get identity(): string | null {
    return this.#controller.identity;
  }

  /** Whether a call is active, or being made. */
  get isBusy(): boolean {
    return this.#controller.busy;
  }

  /** What the device is. */
  get state(): Device.State {
    return this.#controller.state;
  }

  /** The token in use. */
  get token(): string | null {
    return this.#controller.token;
  }

  /**
   * Makes a call. Settles when there is a connection to the server; what becomes of the call, its events report.
   *
   * @throws InvalidStateError while there is a call, or when the device is destroyed; an error with a code when
   * the server cannot be reached or does not know us; InvalidArgumentError for a connect token that is none.
   */
  connect(options: Device.ConnectOptions = {}): Promise<Call> {
    return this.#controller.connect(options);
  }

  /**
   * Lets calls come. Settles when they do.
   *
   * @throws InvalidStateError unless the device is unregistered; an error with a code when it cannot be done.
   */
  register(): Promise<void> {
    return this.#controller.register();
  }

  /** Lets no more calls come. @throws InvalidStateError unless the device is registered. */
  unregister(): Promise<void> {
    return this.#controller.unregister();
  }

  /**
   * Takes other options; what is not named stays as it is.
   *
   * @throws InvalidStateError when the device is destroyed, or for another server in a call.
   */
  updateOptions(options: Device.Options = {}): void {
    this.#controller.updateOptions(options);
  }

  /** Takes another token. @throws InvalidStateError, InvalidArgumentError */
  updateToken(token: string): void {
    this.#controller.updateToken(token);
  }

  /** Ends all calls. */
  disconnectAll(): void {
    this.#controller.core.hangUp();
  }

  /** Ends everything, for good. */
  destroy(): void {
    this.#controller.destroy();
    this.removeAllListeners();
  }

  /** Which class it is of. */
  override toString(): string {
    return '[Twilio.Device instance]';
  }
}

/** Types that pages name through the class. @public */
export declare namespace Device {
  export type EventName = constants.DeviceEvent;
  export type State = constants.DeviceState;
  export type SoundName = constants.SoundName;
  /** Sounds that can be switched. */
  export type ToggleableSound = 'incoming' | 'outgoing' | 'disconnect';
  export type ConnectOptions = given.ConnectOptions;
  export type Options = given.DeviceOptions;
}
