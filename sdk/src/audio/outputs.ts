/** Which output devices a sound is played on, and the elements that play it there. */

/** What an output is for. @public */
export type OutputRole = 'speaker' | 'ringer';

const ROLES: readonly OutputRole[] = ['speaker', 'ringer'];

/** One sound on one or several outputs: an element for each of them, all of which do the same. */
export class Loudspeaker {
  readonly element: HTMLAudioElement;
  /** Settles when every element is on its output: playing before that is heard in the wrong place. */
  placed: Promise<void> = Promise.resolve();
  readonly #make: () => HTMLAudioElement;
  readonly #more: HTMLAudioElement[] = [];

  constructor(make: () => HTMLAudioElement) {
    this.#make = make;
    this.element = make();
  }

  /** All elements, the first of which always is there. */
  get elements(): readonly HTMLAudioElement[] {
    return [this.element, ...this.#more];
  }

  /** Plays on these from now on; none is the system's default. */
  setDevices(deviceIds: readonly string[]): Promise<void> {
    for (const extra of this.#more.splice(Math.max(0, deviceIds.length - 1))) silence(extra);
    while (this.#more.length < deviceIds.length - 1) this.#more.push(this.#copy());
    const moving = Promise.all(this.elements.map((element, at) => move(element, deviceIds[at])));
    this.placed = moving.then(
      () => undefined,
      () => undefined,
    );
    return moving.then(() => undefined);
  }

  /** Does the same with every element. */
  all(act: (element: HTMLAudioElement) => void): void {
    for (const element of this.elements) act(element);
  }

  /** Lets go of what is played. */
  close(): void {
    this.all(silence);
    this.#more.length = 0;
  }

  #copy(): HTMLAudioElement {
    const copy = this.#make();
    const { element } = this;
    if (element.srcObject) copy.srcObject = element.srcObject;
    else if (element.src) copy.src = element.src;
    copy.loop = element.loop;
    copy.volume = element.volume;
    copy.autoplay = element.autoplay;
    if (!element.paused) void copy.play().catch(() => undefined);
    return copy;
  }
}

/** Browsers that cannot choose an output have no way to ask for one either. */
async function move(element: HTMLAudioElement, deviceId = ''): Promise<void> {
  // One name for the default, for not all browsers know the other.
  const wanted = deviceId === 'default' ? '' : deviceId;
  if (element.setSinkId && element.sinkId !== wanted) await element.setSinkId(wanted);
}

function silence(element: HTMLAudioElement): void {
  element.pause();
  element.srcObject = null;
}

/** Knows which devices are wanted for which use, and moves everything there. */
export class Outputs {
  readonly #wanted: Record<OutputRole, readonly string[]> = { speaker: [], ringer: [] };
  readonly #playing: Record<OutputRole, Set<Loudspeaker>> = {
    speaker: new Set(),
    ringer: new Set(),
  };
  #missing: ReadonlySet<string> = new Set();

  /** The devices that are wanted; none is the system's default. */
  get(role: OutputRole): readonly string[] {
    return this.#wanted[role];
  }

  /** Those of them that are plugged in. */
  present(role: OutputRole): readonly string[] {
    return this.#wanted[role].filter((id) => !this.#missing.has(id));
  }

  /** Plays everything of that use on these devices. When one cannot be had, nothing has changed. */
  async set(role: OutputRole, deviceIds: readonly string[]): Promise<void> {
    const before = this.#wanted[role];
    this.#wanted[role] = [...deviceIds];
    try {
      await this.#apply(role);
    } catch (error) {
      this.#wanted[role] = before;
      await this.#apply(role).catch(() => undefined);
      throw error;
    }
  }

  /** Plays this one where its use wants it, until it is let go. */
  add(role: OutputRole, speaker: Loudspeaker): void {
    this.#playing[role].add(speaker);
    const there = this.present(role);
    if (there.length > 0) void speaker.setDevices(there).catch(() => undefined);
  }

  /** Lets one go. */
  remove(speaker: Loudspeaker): void {
    for (const role of ROLES) this.#playing[role].delete(speaker);
  }

  /**
   * Only these outputs are plugged in: what was to be heard on others is heard on the default until they are
   * back.
   *
   * @returns Whether a device that was wanted has just gone.
   */
  setAvailable(deviceIds: ReadonlySet<string>): boolean {
    const wanted = ROLES.flatMap((role) => this.#wanted[role]);
    const missing = new Set(wanted.filter((id) => id !== 'default' && !deviceIds.has(id)));
    const lost = [...missing].some((id) => !this.#missing.has(id));
    const back = [...this.#missing].some((id) => !missing.has(id));
    this.#missing = missing;
    if (lost || back) for (const role of ROLES) void this.#apply(role).catch(() => undefined);
    return lost;
  }

  async #apply(role: OutputRole): Promise<void> {
    const there = this.present(role);
    await Promise.all([...this.#playing[role]].map((speaker) => speaker.setDevices(there)));
  }
}

/** Outputs for one use. @public */
export interface OutputChoice {
  /** The devices that are chosen; none is the system's default. */
  get(): readonly string[];
  /**
   * Plays on these from now on; one that is unplugged later is replaced by the default until it is back.
   *
   * @throws {@link OffhookError} `output-refused` for a device that is not there, and for every device in a
   * browser that cannot choose; nothing has changed then.
   */
  set(deviceIds: string | readonly string[]): Promise<void>;
  /** Plays a sound there, once. @param url - Of a sound file; our own without it. */
  test(url?: string): Promise<void>;
}

/** Plays a file on these outputs, and settles when it has begun everywhere. */
export async function playOnce(
  url: string,
  deviceIds: readonly string[],
  makeAudio: () => HTMLAudioElement,
): Promise<void> {
  const places = deviceIds.length > 0 ? deviceIds : [''];
  await Promise.all(
    places.map(async (deviceId) => {
      const element = makeAudio();
      element.src = url;
      await move(element, deviceId);
      await element.play();
    }),
  );
}
