/** Keys as sound within what is said (in-band), for far ends that know no RTP events. */
import type { Sound } from './sound.js';
import { keyTones } from './tones.js';

/** ITU-T Q.24 wants 40 ms at least; speech codecs want more. */
const TONE_S = 0.16;
const GAP_S = 0.08;
const PAUSES_S: Readonly<Record<string, number>> = { w: 0.5, W: 1 };
/** Of full scale each: together -9 dBFS, the level of a telephone's own keypad. */
const GAIN = 0.18;

/** A track that carries keys beside the voice, how long they take, and the way to let it go. */
export interface Keyed {
  readonly track: MediaStreamTrack;
  readonly seconds: number;
  close(): void;
}

/** Mixes keys into a track; nothing where there is no Web Audio. */
export function keyed(sound: Sound, voice: MediaStreamTrack, digits: string): Keyed | undefined {
  const borrowed = sound.borrow();
  if (!borrowed) return undefined;
  const { context, giveBack } = borrowed;
  const out = context.createMediaStreamDestination();
  const source = context.createMediaStreamSource(new MediaStream([voice]));
  source.connect(out);
  let at = context.currentTime + 0.1;
  const began = context.currentTime;
  for (const digit of digits) {
    const pause = PAUSES_S[digit];
    if (pause === undefined) press(context, out, digit, at);
    at += pause ?? TONE_S + GAP_S;
  }
  const [track] = out.stream.getAudioTracks();
  if (!track) return undefined;
  return {
    track,
    seconds: at - began,
    close: () => {
      source.disconnect();
      track.stop();
      giveBack();
    },
  };
}

function press(context: AudioContext, out: AudioNode, digit: string, at: number): void {
  const gain = context.createGain();
  gain.gain.value = GAIN;
  gain.connect(out);
  for (const hz of keyTones(digit) ?? []) {
    const tone = context.createOscillator();
    tone.frequency.value = hz;
    tone.connect(gain);
    tone.start(at);
    tone.stop(at + TONE_S);
    tone.onended = () => tone.disconnect();
  }
}
