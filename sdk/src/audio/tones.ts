/** The sounds of a telephone, computed: no files, nothing to fetch, nothing for a content policy to refuse. */
import { keyTones } from './keypad.js';

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
  // Two soft notes, twice, then a pause: heard in an office without startling it.
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
  // Until the other end rings: a soft tick, so that nobody thinks the line is dead.
  connecting: [{ hz: [350, 440], seconds: 0.06, gain: 0.08 }, quiet(0.94)],
  // Somebody is there: a short rise, the other way round than at the end.
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
