/** The sounds of a telephone, computed: no files, nothing to fetch, nothing for a content policy to refuse. */

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

/** One turn of a sound, and whether turn follows turn. */
export interface Tone {
  readonly beats: readonly Beat[];
  readonly repeats: boolean;
}

const quiet = (seconds: number): Beat => ({ hz: [], seconds, gain: 0 });

const NAMED: Readonly<Record<string, Tone>> = {
  // Two soft notes, twice, then a pause: heard in an office without startling it.
  incoming: {
    repeats: true,
    beats: [
      { hz: [587.33, 880], seconds: 0.18, gain: 0.3 },
      { hz: [783.99, 1174.66], seconds: 0.3, gain: 0.3 },
      quiet(0.12),
      { hz: [587.33, 880], seconds: 0.18, gain: 0.3 },
      { hz: [783.99, 1174.66], seconds: 0.3, gain: 0.3 },
      quiet(1.92),
    ],
  },
  // ITU-T E.180: 425 Hz, one second in five.
  ringing: { repeats: true, beats: [{ hz: [425], seconds: 1, gain: 0.15 }, quiet(4)] },
  // Until the other end rings: a soft tick, so that nobody thinks the line is dead.
  connecting: {
    repeats: true,
    beats: [{ hz: [350, 440], seconds: 0.06, gain: 0.08 }, quiet(0.94)],
  },
  // Somebody is there: a short rise, the other way round than at the end.
  answered: {
    repeats: false,
    beats: [
      { hz: [480], seconds: 0.08, gain: 0.12 },
      { hz: [640], seconds: 0.14, gain: 0.12 },
    ],
  },
  ended: {
    repeats: false,
    beats: [
      { hz: [480], seconds: 0.12, gain: 0.15 },
      quiet(0.08),
      { hz: [380], seconds: 0.2, gain: 0.15 },
    ],
  },
};

/** ITU-T Q.23: rows and columns of the keypad. */
const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1209, 1336, 1477, 1633] as const;
const KEYPAD = '123A456B789C*0#D';

/** The sound of that name; nothing when there is none. */
export function tone(name: ToneName): Tone | undefined {
  const hz = name.startsWith('key-') ? keyTones(name.slice(4)) : undefined;
  if (hz) return { repeats: false, beats: [{ hz, seconds: 0.12, gain: 0.2 }] };
  return Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
}

/** Both frequencies of a key, in Hz (ITU-T Q.23); nothing for what is no key. */
export function keyTones(key: string): readonly [number, number] | undefined {
  const place = key.length === 1 ? KEYPAD.indexOf(key) : -1;
  const row = ROWS[Math.floor(place / 4)];
  const column = COLUMNS[place % 4];
  return place < 0 || row === undefined || column === undefined ? undefined : [row, column];
}

/** Rising and falling over 8 ms, so that nothing clicks. */
const EDGE_S = 0.008;

/** One turn of a sound as samples from -1 to 1. @param rate - Samples a second. */
export function synthesize({ beats }: Tone, rate: number): Float32Array<ArrayBuffer> {
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
