/** The local audio of one call: its share of the microphone, muted or not, with or without DTMF tones. */
import type { InBandDtmf } from '../audio/in-band.js';
import type { Microphone, Share, Tap } from '../audio/microphone.js';
import type { Meter } from '../audio/shared-audio-context.js';
import { OffhookError } from '../core/errors.js';
import { type Lazy, lazy } from '../core/lazy.js';
import type { AudioKit } from './audio-kit.js';

/** DTMF tones within the voice. */
const loadInBand: Lazy<typeof import('../audio/in-band.js')> = /* @__PURE__ */ lazy(
  () => import('../audio/in-band.js'),
);

/** Sends a track; `replaceTrack` of a sender in a page. */
export interface TrackSender {
  replaceTrack(track: MediaStreamTrack): Promise<void>;
}

/** The local audio of one call. */
export class LocalAudio {
  readonly #kit: AudioKit;
  readonly #sender: TrackSender;
  readonly #failed: (error: OffhookError) => void;
  #inBand: InBandDtmf | undefined;
  #microphone: Microphone;
  #share: Share | undefined;
  #opening: Promise<void> | undefined;
  #meter: Meter | undefined;
  #closed = false;

  /** @param failed - The microphone is gone, and the call goes on. */
  constructor(kit: AudioKit, sender: TrackSender, failed: (error: OffhookError) => void) {
    this.#kit = kit;
    this.#microphone = kit.microphone;
    this.#sender = sender;
    this.#failed = failed;
  }

  /** What goes out; nothing before the microphone is open. */
  get stream(): MediaStream | undefined {
    const track = this.#share?.track;
    return track && this.#kit.platform.makeStream([track]);
  }

  /** Whether the system has taken the microphone away. */
  get lost(): boolean {
    const track = this.#share?.track;
    return track !== undefined && (track.readyState === 'ended' || track.muted === true);
  }

  /** A microphone of this call alone, which should be like this. */
  constrain(constraints: MediaTrackConstraints): void {
    const { microphone } = this.#kit;
    microphone.forget(this.#microphone);
    this.#microphone = microphone.fork(constraints);
  }

  /** Opens the microphone, once, and sends its sound, or a track of the page's own. */
  open(own?: MediaStreamTrack): Promise<void> {
    this.#opening ??= this.#open(own).catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** Nothing of it goes out. */
  mute(on: boolean): void {
    if (this.#share) this.#share.track.enabled = !on;
  }

  /** Calls `tap` with the microphone's own track, muted or not, now and whenever it changes. */
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
    const { InBandDtmf } = await loadInBand();
    if (this.#closed) return;
    this.#inBand ??= new InBandDtmf(
      this.#kit.sound,
      (code) => new OffhookError(code),
      (track) => this.#sender.replaceTrack(track),
      this.#share?.track,
    );
    await this.#inBand.send(digits);
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

  async #open(own: MediaStreamTrack | undefined): Promise<void> {
    const share = own ? ownShare(own) : await this.#microphone.share();
    if (this.#closed) {
      share.release();
      return;
    }
    this.#share = share;
    share.onlost = (error) => this.#failed(error);
    share.onreplaced = (track) => {
      this.#meter?.close();
      this.#meter = undefined;
      void this.#setVoice(track);
    };
    await this.#setVoice(share.track);
  }

  /** This is the voice from now on, also if keys sound at the moment. */
  #setVoice(track: MediaStreamTrack): Promise<void> {
    return this.#inBand ? this.#inBand.setVoice(track) : this.#sender.replaceTrack(track);
  }
}

function ownShare(track: MediaStreamTrack): Share {
  return { track, onreplaced: undefined, onlost: undefined, release: () => track.stop() };
}
