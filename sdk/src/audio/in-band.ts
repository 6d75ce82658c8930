/** In-band DTMF: tones mixed into the voice, for remote parties that do not support RTP events. */
import { Delay } from '../core/clock.js';
import { keyTones, pauseMs } from '../core/digits.js';
import type { OffhookError } from '../core/errors.js';
import type { AudioContextLease, SharedAudioContext } from './shared-audio-context.js';

/** ITU-T Q.24 wants 40 ms at least; speech codecs want more. */
const TONE_S = 0.16;
const GAP_S = 0.08;
/** Until the first tone: the track with the tones in it has to replace the other one first. */
const LEAD_S = 0.1;
/** Amplitudes of -11 and -9 dBm0, where full scale is +3.14 (ITU-T G.711): the column 2 dB over the row. */
const ROW_GAIN = 10 ** ((-11 - 3.14) / 20);
const COLUMN_GAIN = 10 ** ((-9 - 3.14) / 20);
/** A browser that requires a gesture first neither resumes the context nor fails. */
const RESUME_TIMEOUT_MS = 1_000;
/** Rising and falling this fast, a tone does not click. */
const EDGE_S = 0.004;

/** Where the tones go, and what of it is the voice. */
interface Mix {
  readonly context: AudioContext;
  readonly out: MediaStreamAudioDestinationNode;
  source: MediaStreamAudioSourceNode;
}

/** What one call sends: the voice alone, and voice and tones while keys sound. */
export class InBandDtmf {
  readonly #sound: SharedAudioContext;
  readonly #fault: (code: 'not-supported' | 'audio-blocked') => OffhookError;
  readonly #replaceTrack: (track: MediaStreamTrack) => Promise<void>;
  #voice: MediaStreamTrack | undefined;
  #mix: Mix | undefined;
  #queue: Promise<void> = Promise.resolve();
  readonly #delay: Delay;
  #closed = false;

  /**
   * @param fault - Makes the error to throw: this module is bundled by itself, so that its own class would be another.
   * @param replaceTrack - Sends this track from now on.
   */
  constructor(
    sound: SharedAudioContext,
    fault: (code: 'not-supported' | 'audio-blocked') => OffhookError,
    replaceTrack: (track: MediaStreamTrack) => Promise<void>,
    voice: MediaStreamTrack | undefined,
  ) {
    this.#sound = sound;
    this.#fault = fault;
    this.#replaceTrack = replaceTrack;
    this.#delay = new Delay(sound.platform.timers);
    this.#voice = voice;
  }

  /** This is the voice from now on, also if tones sound at the moment. */
  async setVoice(track: MediaStreamTrack): Promise<void> {
    this.#voice = track;
    const mix = this.#mix;
    if (!mix) return this.#replaceTrack(track);
    mix.source.disconnect();
    mix.source = this.#sourceOf(mix.context, track);
    mix.source.connect(mix.out);
  }

  /**
   * Sounds these keys after all that were asked for before, beside a voice that may be muted. Settles when the
   * last has sounded.
   *
   * @throws {@link OffhookError} `not-supported` where there is no Web Audio; `audio-blocked` where it does not
   * begin before a gesture. The voice is sent all the same.
   */
  send(digits: string): Promise<void> {
    const pressed = this.#queue.then(() => this.#send(digits));
    this.#queue = pressed.catch(() => undefined);
    return pressed;
  }

  /** Sounds nothing more. */
  close(): void {
    this.#closed = true;
    this.#delay.cancel();
  }

  async #send(digits: string): Promise<void> {
    const voice = this.#voice;
    if (this.#closed || !voice) return;
    const lease = this.#sound.acquire();
    if (!lease) throw this.#fault('not-supported');
    try {
      await this.#running(lease);
      if (!this.#closed) await this.#play(lease, digits, voice);
    } finally {
      lease.release();
    }
  }

  /** A context that stands still would take the voice with it. */
  async #running({ context }: AudioContextLease): Promise<void> {
    const begun = context.resume().catch(() => undefined);
    await Promise.race([begun, this.#delay.wait(RESUME_TIMEOUT_MS)]);
    this.#delay.cancel();
    if (context.state !== 'running') throw this.#fault('audio-blocked');
  }

  #sourceOf(context: AudioContext, track: MediaStreamTrack): MediaStreamAudioSourceNode {
    return context.createMediaStreamSource(this.#sound.platform.makeStream([track]));
  }

  async #play(
    { context }: AudioContextLease,
    digits: string,
    voice: MediaStreamTrack,
  ): Promise<void> {
    const out = context.createMediaStreamDestination();
    const source = this.#sourceOf(context, voice);
    source.connect(out);
    const mix = { context, out, source };
    this.#mix = mix;
    const tracks = out.stream.getAudioTracks();
    for (const track of tracks) await this.#replaceTrack(track);
    await this.#delay.wait(1_000 * schedule(context, out, digits));
    this.#mix = undefined;
    if (!this.#closed && this.#voice) await this.#replaceTrack(this.#voice);
    mix.source.disconnect();
    for (const track of tracks) track.stop();
  }
}

/** Gives the seconds until the last tone is over. */
function schedule(context: AudioContext, out: AudioNode, digits: string): number {
  const began = context.currentTime;
  let at = began + LEAD_S;
  for (const digit of digits) {
    const pause = pauseMs(digit);
    if (pause === undefined) sound(context, out, digit, at);
    at += pause === undefined ? TONE_S + GAP_S : pause / 1_000;
  }
  return at - began;
}

function sound(context: AudioContext, out: AudioNode, digit: string, at: number): void {
  for (const [index, hz] of (keyTones(digit) ?? []).entries()) {
    const level = index === 0 ? ROW_GAIN : COLUMN_GAIN;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(level, at + EDGE_S);
    gain.gain.setValueAtTime(level, at + TONE_S - EDGE_S);
    gain.gain.linearRampToValueAtTime(0, at + TONE_S);
    const tone = context.createOscillator();
    tone.frequency.value = hz;
    tone.connect(gain).connect(out);
    tone.onended = () => gain.disconnect();
    tone.start(at);
    tone.stop(at + TONE_S);
  }
}
