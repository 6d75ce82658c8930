/** The sound devices of a page: microphone, outputs, sounds, and what is done to sound on its way. */
import { Devices } from '../audio/devices.js';
import { Microphone } from '../audio/microphone.js';
import { NoiseReduction } from '../audio/noise.js';
import { Outputs } from '../audio/outputs.js';
import type { Processor } from '../audio/processing.js';
import { Sound } from '../audio/sound.js';
import { SoundBoard, soundOptions } from '../audio/sound-board.js';
import { Log } from '../core/log.js';
import type { AudioOptions } from './audio-options.js';
import { loadReduction, loadSounds } from './pieces.js';
import { browser, type Platform } from './platform.js';

const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** One page's sound; a client makes its own, or is given one that outlives it. */
export class AudioKit {
  readonly platform: Platform;
  readonly sound: Sound;
  readonly outputs: Outputs = new Outputs();
  readonly microphone: Microphone;
  readonly sounds: SoundBoard;
  readonly noise: NoiseReduction;
  readonly devices: Devices;
  /** What the far end's sound is sent through. */
  remote: Processor | undefined;
  readonly #remoteListeners: Set<() => Promise<void>> = new Set();
  #noise: Processor | undefined;
  #local: Processor | undefined;

  constructor(options: AudioOptions, platform: Platform = browser(options.browser)) {
    const { page } = platform;
    const log = new Log(options.log ?? (() => undefined), options.logLevel ?? 'info');
    this.platform = platform;
    this.sound = new Sound({ makeContext: () => platform.makeContext(), page });
    this.microphone = new Microphone((constraints) => platform.openMicrophone(constraints), {
      ...MICROPHONE,
      ...options.microphone,
    });
    const board = {
      timers: platform.timers,
      sound: this.sound,
      makeAudio: () => platform.makeAudio(),
      own: loadSounds,
      address: (bytes: Uint8Array<ArrayBuffer>) => platform.soundAddress(bytes),
      page,
      unplayable: (name: string) => log.warn('sound.replaced', { name }),
    };
    this.sounds = new SoundBoard(board, this.outputs, soundOptions(options.sounds));
    const wish = options.noiseReduction;
    this.noise = new NoiseReduction({
      load: async () => {
        const { loadNoise } = await loadReduction();
        const place = typeof wish === 'object' ? wish.url : undefined;
        return loadNoise(place, (how) => platform.makeContext(how));
      },
      apply: (processor) => this.#process({ noise: processor }),
    });
    this.devices = this.#devices();
  }

  /** Calls `changed` when the far end's sound takes another way, until the returned function is called. */
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

  #devices(): Devices {
    const { platform, microphone, outputs, sound, sounds } = this;
    return new Devices({
      world: {
        timers: platform.timers,
        enumerate: () => platform.enumerateDevices(),
        open: (constraints) => platform.openMicrophone(constraints),
        watch: (changed) => platform.watchDevices(changed),
        makeAudio: () => platform.makeAudio(),
      },
      microphone,
      outputs,
      sound,
      sounds,
      processLocal: (processor) => this.#process({ local: processor }),
      processRemote: async (processor) => {
        this.remote = processor;
        await Promise.all([...this.#remoteListeners].map((changed) => changed()));
      },
    });
  }

  async #process(change: { noise?: Processor | undefined; local?: Processor | undefined }) {
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
