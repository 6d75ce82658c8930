/** The sound devices of a page: microphone, outputs, sounds, and what is done to sound on its way. */
import { Devices, type PageAudio } from '../audio/devices.js';
import { Microphone } from '../audio/microphone.js';
import { NoiseReduction } from '../audio/noise.js';
import { Outputs } from '../audio/outputs.js';
import { SharedAudioContext } from '../audio/shared-audio-context.js';
import {
  SoundBoard,
  type SoundOption,
  type SoundOptions,
  soundOptions,
} from '../audio/sound-player.js';
import type { Processor } from '../audio/source.js';
import { type Lazy, lazy } from '../core/lazy.js';
import { Log, type LogLevel, type LogSink } from '../core/log.js';
import { type BrowserParts, browser, type Platform } from './platform.js';

/** The built-in sounds. */
export const loadSounds: Lazy<typeof import('../audio/built-in-sounds.js')> = /* @__PURE__ */ lazy(
  () => import('../audio/built-in-sounds.js'),
);
/** Noise reduction; what it runs comes after it. */
const loadReduction: Lazy<typeof import('../audio/noise/rnnoise.js')> = /* @__PURE__ */ lazy(
  () => import('../audio/noise/rnnoise.js'),
);

/** Audio options of a page. @public */
export interface AudioOptions {
  /** What the microphone should be like; echo cancellation and its like are on. */
  readonly microphone?: MediaTrackConstraints;
  /** Which sounds to make, or from where: `false` is none; `true` is all of our own but for `answered`. */
  readonly sounds?: boolean | Partial<Readonly<Record<keyof SoundOptions, SoundOption>>>;
  /** Starts noise reduction from the beginning, or sets where its files are. */
  readonly noiseReduction?: boolean | { readonly url?: string };
  /** Makers of what is otherwise the browser's. */
  readonly browser?: BrowserParts;
  /** Takes log lines; without it, warnings and errors go nowhere. */
  readonly log?: LogSink;
  /** The lowest level of lines to log; `info`. */
  readonly logLevel?: LogLevel;
}

const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** One page's sound; a client makes its own, or is given one that outlives it. */
export class AudioKit implements PageAudio {
  readonly platform: Platform;
  readonly sound: SharedAudioContext;
  readonly outputs: Outputs = new Outputs();
  readonly microphone: Microphone;
  readonly sounds: SoundBoard;
  readonly noise: NoiseReduction;
  readonly devices: Devices;
  /** Processes the remote audio. */
  remote: Processor | undefined;
  readonly #remoteListeners: Set<() => Promise<void>> = new Set();
  #noise: Processor | undefined;
  #local: Processor | undefined;

  constructor(options: AudioOptions, platform: Platform = browser(options.browser)) {
    const log = new Log(options.log ?? (() => undefined), options.logLevel ?? 'info');
    this.platform = platform;
    this.sound = new SharedAudioContext(platform);
    this.microphone = new Microphone((constraints) => platform.openMicrophone(constraints), {
      ...MICROPHONE,
      ...options.microphone,
    });
    this.sounds = new SoundBoard(
      this.sound,
      this.outputs,
      loadSounds,
      soundOptions(options.sounds),
    );
    this.sounds.onunplayable = (name) => log.warn('sound.replaced', { name });
    const reduction = options.noiseReduction;
    this.noise = new NoiseReduction(
      async () => {
        const { loadNoise } = await loadReduction();
        const folder = typeof reduction === 'object' ? reduction.url : undefined;
        return loadNoise(folder, (how) => platform.makeContext(how));
      },
      (processor) => this.#applyProcessors({ noise: processor }),
    );
    this.devices = new Devices(this);
  }

  /** Calls `changed` when the processor of the remote audio has changed, until the returned function is called. */
  onRemote(changed: () => Promise<void>): () => void {
    this.#remoteListeners.add(changed);
    return () => this.#remoteListeners.delete(changed);
  }

  /** Lets everything go. */
  close(): void {
    this.devices.close();
    this.sounds.close();
    this.sound.close();
  }

  /** Processes the microphone's audio, or the remote audio, with this from now on. */
  async process(processor: Processor | undefined, direction: 'local' | 'remote'): Promise<void> {
    if (direction === 'local') return this.#applyProcessors({ local: processor });
    this.remote = processor;
    await Promise.all([...this.#remoteListeners].map((changed) => changed()));
  }

  async #applyProcessors(change: { noise?: Processor | undefined; local?: Processor | undefined }) {
    const before = [this.#noise, this.#local] as const;
    if ('noise' in change) this.#noise = change.noise;
    if ('local' in change) this.#local = change.local;
    // Noise goes first: whatever a page does to its sound, it wants to do to a voice.
    const wanted = [this.#noise, this.#local].filter((each) => each !== undefined);
    try {
      await this.microphone.process(wanted);
    } catch (error) {
      [this.#noise, this.#local] = before;
      throw error;
    }
  }
}
