/** What one call says: its share of the microphone, muted or not, with or without keys in it. */
import { keyed } from '../audio/key-tones.js';
import { Microphone, type Share } from '../audio/microphone.js';
import type { Meter } from '../audio/sound.js';
import type { OffhookError } from '../core/errors.js';
import type { AudioKit } from './audio-kit.js';

/** What a call's voice needs. */
export interface SayingWorld {
  /** This track goes out from now on. */
  say(track: MediaStreamTrack): Promise<void>;
  /** The microphone is gone, and the call goes on. */
  failed(error: OffhookError): void;
}

/** The voice of one call. */
export class Saying {
  readonly #kit: AudioKit;
  readonly #world: SayingWorld;
  #microphone: Microphone;
  #share: Share | undefined;
  #meter: Meter | undefined;
  #pressing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(kit: AudioKit, microphone: Microphone, world: SayingWorld) {
    this.#kit = kit;
    this.#microphone = microphone;
    this.#world = world;
  }

  /** What goes out; nothing before the microphone is open. */
  get stream(): MediaStream | undefined {
    const track = this.#share?.track;
    return track && this.#kit.platform.makeStream([track]);
  }

  /** Whether the system has taken the microphone away. */
  get gone(): boolean {
    const track = this.#share?.track;
    return track !== undefined && (track.readyState === 'ended' || track.muted === true);
  }

  /** A microphone of this call alone, which should be like this. */
  constrain(constraints: MediaTrackConstraints): void {
    const { platform } = this.#kit;
    this.#microphone = new Microphone((how) => platform.openMicrophone(how), constraints);
  }

  /** Opens the microphone and says what it hears, or a track of the page's own. */
  async open(own?: MediaStreamTrack): Promise<void> {
    const share = own ? ownShare(own) : await this.#microphone.share();
    if (this.#closed) {
      share.release();
      return;
    }
    this.#share = share;
    share.onlost = (error) => this.#world.failed(error);
    share.onreplaced = (track) => {
      this.#meter?.close();
      this.#meter = undefined;
      void this.#world.say(track);
    };
    await this.#world.say(share.track);
  }

  /** Nothing of it goes out. */
  mute(on: boolean): void {
    if (this.#share) this.#share.track.enabled = !on;
  }

  /** What the microphone itself hears, muted or not. */
  raw(): Promise<MediaStreamTrack | undefined> {
    return this.#microphone.raw();
  }

  /** How loud it is; nothing where there is no Web Audio. */
  meter(): Meter | undefined {
    const track = this.#share?.track;
    this.#meter ??= track && this.#kit.sound.meter(this.#kit.platform.makeStream([track]));
    return this.#meter;
  }

  /** Mixes the tones of keys into it. Settles when the last has sounded. */
  press(digits: string): Promise<void> {
    this.#pressing = this.#pressing.then(() => this.#press(digits));
    return this.#pressing;
  }

  /** Gives the microphone back. */
  close(): void {
    this.#closed = true;
    this.#meter?.close();
    this.#share?.release();
    this.#share = undefined;
  }

  async #press(digits: string): Promise<void> {
    const share = this.#share;
    const keys = share && keyed(this.#kit.sound, share.track, digits);
    if (!share || !keys) return;
    await this.#world.say(keys.track);
    await new Promise<void>((done) => {
      this.#kit.platform.timers.after(1000 * keys.seconds, done);
    });
    if (!this.#closed && this.#share === share) await this.#world.say(share.track);
    keys.close();
  }
}

function ownShare(track: MediaStreamTrack): Share {
  return { track, onreplaced: undefined, onlost: undefined, release: () => track.stop() };
}
