/** What one call says: its share of the microphone, muted or not, with or without keys in it. */
import type { InBand } from '../audio/in-band.js';
import type { Microphone, Share, Tap } from '../audio/microphone.js';
import type { Meter } from '../audio/sound.js';
import { OffhookError } from '../core/errors.js';
import type { AudioKit } from './audio-kit.js';
import { loadInBand } from './pieces.js';

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
  #inBand: InBand | undefined;
  #microphone: Microphone;
  #share: Share | undefined;
  #meter: Meter | undefined;
  #closed = false;

  constructor(kit: AudioKit, world: SayingWorld) {
    this.#kit = kit;
    this.#microphone = kit.microphone;
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
    const { microphone } = this.#kit;
    microphone.forget(this.#microphone);
    this.#microphone = microphone.like(constraints);
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
      void this.#voice(track);
    };
    await this.#voice(share.track);
  }

  /** Nothing of it goes out. */
  mute(on: boolean): void {
    if (this.#share) this.#share.track.enabled = !on;
  }

  /** Calls `tap` with what the microphone itself hears, muted or not, now and whenever it is another. */
  tap(tap: Tap): () => void {
    return this.#microphone.tap(tap);
  }

  /** How loud it is; nothing where there is no Web Audio. */
  meter(): Meter | undefined {
    const track = this.#share?.track;
    this.#meter ??= track && this.#kit.sound.meter(this.#kit.platform.makeStream([track]));
    return this.#meter;
  }

  /** Mixes the tones of keys into it. Settles when the last has sounded. */
  async press(digits: string): Promise<void> {
    const { InBand } = await loadInBand();
    if (this.#closed) return;
    const { sound, platform } = this.#kit;
    this.#inBand ??= new InBand(
      {
        sound,
        timers: platform.timers,
        makeStream: (tracks) => platform.makeStream(tracks),
        fault: (code) => new OffhookError(code),
        say: (track) => this.#world.say(track),
      },
      this.#share?.track,
    );
    await this.#inBand.press(digits);
  }

  /** Gives the microphone back. */
  close(): void {
    this.#closed = true;
    this.#inBand?.close();
    this.#meter?.close();
    this.#share?.release();
    this.#share = undefined;
    this.#kit.microphone.forget(this.#microphone);
  }

  /** This is the voice from now on, also if keys sound at the moment. */
  #voice(track: MediaStreamTrack): Promise<void> {
    return this.#inBand ? this.#inBand.voice(track) : this.#world.say(track);
  }
}

function ownShare(track: MediaStreamTrack): Share {
  return { track, onreplaced: undefined, onlost: undefined, release: () => track.stop() };
}
