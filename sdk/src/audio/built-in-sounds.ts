/** The sounds of a telephone, computed when one is first needed: nothing to fetch, nothing for a content policy to refuse. */
import { keyTones } from '../core/digits.js';

/** What this piece gives. */
export interface BuiltInSounds {
  soundFile(name: ToneName): Uint8Array<ArrayBuffer>;
  soundBuffer(name: ToneName, context: BaseAudioContext): AudioBuffer;
}

/** One turn of a sound as a WAV file; an empty one for a name that there is no sound of. */
export function soundFile(name: ToneName): Uint8Array<ArrayBuffer> {
  return wave(samples(name, WAVE_RATE));
}

/** One turn of a sound, as many samples a second as the context wants. */
export function soundBuffer(name: ToneName, context: BaseAudioContext): AudioBuffer {
  const made = samples(name, context.sampleRate);
  const buffer = context.createBuffer(1, Math.max(1, made.length), context.sampleRate);
  buffer.copyToChannel(made, 0);
  return buffer;
}

function samples(name: ToneName, rate: number): Float32Array<ArrayBuffer> {
  return synthesize(tone(name) ?? [], rate);
}

/** A telephone's band needs no more samples a second than this. */
export const WAVE_RATE = 8_000;

/** Samples from -1 to 1 as a WAV file. @param rate - Samples a second. */
export function wave(samples: Float32Array, rate: number = WAVE_RATE): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const word = (at: number, letters: string): void => {
    for (let index = 0; index < letters.length; index++)
      bytes[at + index] = letters.charCodeAt(index);
  };
  word(0, 'RIFF');
  view.setUint32(4, 36 + 2 * samples.length, true);
  word(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  for (const [index, sample] of samples.entries()) {
    const clipped = Math.min(1, Math.max(-1, sample));
    view.setInt16(44 + 2 * index, Math.round(clipped * 32_767), true);
  }
  return bytes;
}

/** The sound of one key: `key-5`, `key-*`. @public */
export type KeyName = `key-${string}`;

/** A sound by its use. @public */
export type ToneName = 'incoming' | 'ringing' | 'connecting' | 'answered' | 'ended' | KeyName;

/** Frequencies in Hz that sound together, for some seconds, at some loudness. */
interface Beat {
  readonly hz: readonly number[];
  readonly seconds: number;
  readonly gain: number;
}

/** One turn of a sound. */
export type Tone = readonly Beat[];

const quiet = (seconds: number): Beat => ({ hz: [], seconds, gain: 0 });

const NAMED: Readonly<Record<string, Tone>> = {
  // Two soft notes, twice, then a pause: audible in an office without startling anyone.
  incoming: [
    { hz: [587.33, 880], seconds: 0.18, gain: 0.3 },
    { hz: [783.99, 1174.66], seconds: 0.3, gain: 0.3 },
    quiet(0.12),
    { hz: [587.33, 880], seconds: 0.18, gain: 0.3 },
    { hz: [783.99, 1174.66], seconds: 0.3, gain: 0.3 },
    quiet(1.92),
  ],
  // ITU-T E.180: 425 Hz, one second in five.
  ringing: [{ hz: [425], seconds: 1, gain: 0.15 }, quiet(4)],
  // Until the other party's device rings: a soft tick, which shows that the call is under way.
  connecting: [{ hz: [350, 440], seconds: 0.06, gain: 0.08 }, quiet(0.94)],
  // The call is answered: a short rise, the other way round than at the end.
  answered: [
    { hz: [480], seconds: 0.08, gain: 0.12 },
    { hz: [640], seconds: 0.14, gain: 0.12 },
  ],
  ended: [
    { hz: [480], seconds: 0.12, gain: 0.15 },
    quiet(0.08),
    { hz: [380], seconds: 0.2, gain: 0.15 },
  ],
};

/** The sound of that name; nothing when there is none. */
export function tone(name: ToneName): Tone | undefined {
  const hz = name.startsWith('key-') ? keyTones(name.slice(4)) : undefined;
  if (hz) return [{ hz, seconds: 0.12, gain: 0.2 }];
  return Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
}

/** Rising and falling over 8 ms, so that nothing clicks. */
const EDGE_S = 0.008;

/** One turn of a sound as samples from -1 to 1. @param rate - Samples a second. */
export function synthesize(beats: Tone, rate: number): Float32Array<ArrayBuffer> {
  const lengths = beats.map((beat) => Math.round(beat.seconds * rate));
  const samples = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
  let start = 0;
  for (const [index, beat] of beats.entries()) {
    const length = lengths[index] ?? 0;
    for (let at = 0; at < length; at++) samples[start + at] = sampleOf(beat, at / rate);
    start += length;
  }
  return samples;
}

function sampleOf({ hz, seconds, gain }: Beat, time: number): number {
  const edge = Math.min(1, time / EDGE_S, Math.max(0, seconds - time) / EDGE_S);
  const wave = hz.reduce((sum, frequency) => sum + Math.sin(2 * Math.PI * frequency * time), 0);
  return (gain * edge * wave) / Math.max(1, hz.length);
}
