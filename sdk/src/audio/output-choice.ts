/** The outputs for one use, as a page chooses them. */
import { OffhookError } from '../core/errors.js';
import type { OutputRole, Outputs } from './outputs.js';

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

/** What a choice needs. */
export interface ChoiceWorld {
  readonly outputs: Outputs;
  /** Whether this browser can play elsewhere than on the system's default. */
  able(): boolean;
  /** The outputs there are. */
  list(): Promise<readonly MediaDeviceInfo[]>;
  makeAudio(): HTMLAudioElement;
  /** Plays our own sound for this use. */
  playOwn(): Promise<void>;
}

/** What browsers call the system's default. */
const DEFAULTS: readonly string[] = ['', 'default'];

/** The choice for one use. */
export function outputChoice(role: OutputRole, world: ChoiceWorld): OutputChoice {
  const { outputs } = world;
  return {
    get: () => outputs.get(role),
    set: async (deviceIds) => {
      const given = typeof deviceIds === 'string' ? [deviceIds] : deviceIds;
      const wanted = [...new Set(given)].filter((id) => id !== '');
      await check(wanted, world);
      try {
        await outputs.set(role, wanted);
      } catch (cause) {
        throw new OffhookError('output-refused', { cause });
      }
    },
    test: async (url) => {
      if (url === undefined) return world.playOwn();
      await playOnce(url, outputs.present(role), world.makeAudio);
    },
  };
}

async function check(wanted: readonly string[], { able, list }: ChoiceWorld): Promise<void> {
  const others = wanted.filter((id) => !DEFAULTS.includes(id));
  if (others.length === 0) return;
  if (!able()) throw new OffhookError('output-refused');
  const known = (await list()).map(({ deviceId }) => deviceId);
  // Before the microphone was allowed, browsers list nothing that could be compared.
  if (!known.some((id) => !DEFAULTS.includes(id))) return;
  if (!others.every((id) => known.includes(id))) throw new OffhookError('output-refused');
}

/** Plays a file on these outputs, and settles when it has begun everywhere. */
async function playOnce(
  url: string,
  deviceIds: readonly string[],
  makeAudio: () => HTMLAudioElement,
): Promise<void> {
  const places = deviceIds.length > 0 ? deviceIds : [''];
  await Promise.all(
    places.map(async (deviceId) => {
      const element = makeAudio();
      element.src = url;
      if (!DEFAULTS.includes(deviceId)) await element.setSinkId?.(deviceId);
      await element.play();
    }),
  );
}
