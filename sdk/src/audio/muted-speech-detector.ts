/** Detects speech of a muted user from the microphone's level: no sound leaves the device for it. */
import type { Tap } from './microphone.js';
import type { Meter, SharedAudioContext } from './shared-audio-context.js';

/** A voice stands out of the noise by this much. */
const ABOVE_DB = 10;
/** Whatever is below this is no voice, however quiet the room. */
const LEAST_DB = -50;
/** The noise floor follows what is quieter at once, and what is louder by so much a look: 3 dB a second. */
const UP_DB = 0.15;
/** Quieter than any room: the microphone has not begun yet, or is switched off. */
const NOTHING_DB = -90;
/** So many loud looks of the last ones make speech: a knock on the table is shorter. */
const LOUD = 4;
const WINDOW = 8;
/** So many quiet looks in a row end a spell of speech: a pause between words does not start another. */
const HANGOVER = 20;
const INTERVAL_MS = 50;

/** Distinguishes speech from noise. Call {@link VoiceActivityDetector.detect} twenty times a second. */
export class VoiceActivityDetector {
  #floor: number | undefined;
  #levels: boolean[] = [];
  #quiet = 0;
  #speaking = false;

  /** Whether there is speech, or there was until a moment ago. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /**
   * Takes the loudness of the last moment.
   *
   * @param rms - Root mean square, 0 to 1.
   * @returns Whether speech has just begun.
   */
  detect(rms: number): boolean {
    const level = rms > 0 ? Math.max(-100, 20 * Math.log10(rms)) : -100;
    if (level < NOTHING_DB) return this.#judge(false);
    const floor = this.#floor ?? level;
    this.#floor = Math.max(LEAST_DB - ABOVE_DB, Math.min(level, floor + UP_DB));
    return this.#judge(level > LEAST_DB && level > floor + ABOVE_DB);
  }

  #judge(loud: boolean): boolean {
    this.#levels = [...this.#levels, loud].slice(-WINDOW);
    this.#quiet = loud ? 0 : this.#quiet + 1;
    const before = this.#speaking;
    if (this.#levels.filter(Boolean).length >= LOUD) this.#speaking = true;
    else if (this.#quiet >= HANGOVER) this.#speaking = false;
    return this.#speaking && !before;
  }
}

/** Measures while that is wanted, also after a change of the microphone. */
export class MutedSpeechDetector {
  readonly #sound: SharedAudioContext;
  readonly #tap: (tap: Tap) => () => void;
  readonly #wanted: () => boolean;
  readonly #spoke: () => void;
  #meter: Meter | undefined;
  #detector: VoiceActivityDetector = new VoiceActivityDetector();
  #running = false;

  /**
   * @param tap - Calls back with the microphone's own track, now and whenever it is another.
   * @param wanted - Whether the call is muted, and the page listens.
   * @param spoke - The muted user has begun to speak.
   */
  constructor(
    sound: SharedAudioContext,
    tap: (tap: Tap) => () => void,
    wanted: () => boolean,
    spoke: () => void,
  ) {
    this.#sound = sound;
    this.#tap = tap;
    this.#wanted = wanted;
    this.#spoke = spoke;
  }

  /** It may be wanted now. */
  start(): void {
    if (this.#running || !this.#wanted()) return;
    this.#running = true;
    const stopTap = this.#tap((track) => this.#follow(track));
    this.#schedule(stopTap);
  }

  #follow(track: MediaStreamTrack | undefined): void {
    this.#meter?.close();
    this.#meter = track && this.#sound.meter(this.#sound.platform.makeStream([track]));
    this.#detector = new VoiceActivityDetector();
  }

  #schedule(stopTap: () => void): void {
    this.#sound.platform.timers.after(INTERVAL_MS, () => {
      if (this.#wanted()) {
        this.#schedule(stopTap);
        if (this.#meter && this.#detector.detect(this.#meter.rms())) this.#spoke();
        return;
      }
      this.#running = false;
      stopTap();
      this.#follow(undefined);
    });
  }
}
