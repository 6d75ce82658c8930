/** `OutputDeviceCollection`: on which devices something is played. */
import { InvalidArgumentError, NotSupportedError } from './errors/classes.js';

/** What a collection needs. */
export interface OutputsWorld {
  /** The devices there are, by id. */
  readonly available: ReadonlyMap<string, MediaDeviceInfo>;
  /** Whether this browser can play on a device of choice. */
  supported(): boolean;
  /** Looks which devices there are now: ids come with the permission. */
  look(): Promise<void>;
  /** Plays on these from now on. */
  use(ids: readonly string[]): Promise<void>;
  /** Plays a sound on them, once. */
  test(url: string | undefined): Promise<void>;
}

const DEFAULT = 'default';

/** The devices on which the far end, or the ringing, is heard. @public */
export class OutputDeviceCollection {
  readonly #world: OutputsWorld;
  #ids: readonly string[] = [DEFAULT];

  /** @internal */
  constructor(world: OutputsWorld) {
    this.#world = world;
  }

  /** The devices in use. */
  get(): Set<MediaDeviceInfo> {
    const { available } = this.#world;
    return new Set(this.#ids.flatMap((id) => available.get(id) ?? []));
  }

  /**
   * Plays on these devices from now on.
   *
   * @throws NotSupportedError where the browser cannot, InvalidArgumentError for an id that is none.
   */
  async set(deviceIdOrIds: string | string[]): Promise<void> {
    this.#must();
    const ids = [deviceIdOrIds].flat();
    if (this.#missing(ids).length > 0) await this.#world.look();
    const missing = this.#missing(ids);
    if (missing.length > 0) throw new InvalidArgumentError(`Devices not found: ${missing}`);
    await this.#world.use(ids);
    this.#ids = ids;
  }

  /** Plays on this device no longer. @returns Whether it was in use. */
  delete(device: MediaDeviceInfo): boolean {
    const rest = this.#ids.filter((id) => id !== device.deviceId);
    if (rest.length === this.#ids.length) return false;
    this.#ids = rest.length > 0 ? rest : [DEFAULT];
    void this.#world.use(this.#ids).catch(() => undefined);
    return true;
  }

  /**
   * Plays a sound on the devices in use.
   *
   * @param soundUrl - In place of a tone of ours.
   * @throws NotSupportedError where the browser cannot.
   */
  async test(soundUrl?: string): Promise<void> {
    this.#must();
    await this.#world.test(soundUrl);
  }

  #missing(ids: readonly string[]): readonly string[] {
    return ids.filter((id) => !this.#world.available.has(id) && id !== DEFAULT);
  }

  #must(): void {
    if (this.#world.supported()) return;
    throw new NotSupportedError('This browser does not support audio output selection');
  }
}
