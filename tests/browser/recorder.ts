/** Records what a page plays, and compares it with the speech that was sent. */
import type { JSHandle, Page } from 'puppeteer-core';

/** Samples a second of a recording: speech needs no more. */
export const RECORDING_RATE = 16_000;
/** 10 ms. */
const FRAME = RECORDING_RATE / 100;

/** Records what the current call of a page hears. @param seconds - How long. */
export async function listen(page: Page, seconds: number): Promise<Float32Array> {
  const track = await page.evaluateHandle(
    () => window.harness.current.connection.getReceivers()[0]?.track,
  );
  const recorded = await record(page, track as JSHandle<MediaStreamTrack | undefined>, seconds);
  await track.dispose();
  return recorded;
}

/** Records a track of a page. @param seconds - How long. */
export async function record(
  page: Page,
  from: JSHandle<MediaStreamTrack | undefined>,
  seconds: number,
): Promise<Float32Array> {
  const text = await page.evaluate(
    async (track, ms, rate) => {
      if (!track) throw new Error('nothing is received');
      const recorder = new MediaRecorder(new MediaStream([track]));
      const parts: Blob[] = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      const done = new Promise((stopped) => {
        recorder.onstop = stopped;
      });
      recorder.start();
      await new Promise((later) => setTimeout(later, ms));
      recorder.stop();
      await done;
      const bytes = await new Blob(parts).arrayBuffer();
      // A track without a single packet leaves a recording with a head and no body.
      if (bytes.byteLength < 512) return '';
      const decoded = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes);
      const recorded = decoded.getChannelData(0);
      const short = Int16Array.from(recorded, (sample) => Math.round(32_767 * sample));
      let letters = '';
      for (const byte of new Uint8Array(short.buffer)) letters += String.fromCharCode(byte);
      return btoa(letters);
    },
    from,
    1_000 * seconds,
    RECORDING_RATE,
  );
  const raw = Buffer.from(text, 'base64');
  const short = new Int16Array(raw.buffer, raw.byteOffset, raw.length / 2);
  return Float32Array.from(short, (sample) => sample / 32_767);
}

/** Decibels of a tone over everything else, in the middle one of all windows of 100 ms. */
export function tone(samples: Float32Array, hz: number): number {
  const width = RECORDING_RATE / 10;
  const ratios: number[] = [];
  for (let start = 0; start + width <= samples.length; start += width / 2) {
    ratios.push(ratioOf(samples.subarray(start, start + width), hz));
  }
  return (
    ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? Number.NEGATIVE_INFINITY
  );
}

/** Power of a tone against the power of everything else in one window, by Hann and Fourier. */
function ratioOf(samples: Float32Array, hz: number): number {
  const width = samples.length;
  const windowed = samples.map(
    (sample, at) => sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * at) / width)),
  );
  const total = windowed.reduce((sum, value) => sum + value * value, 0);
  const middle = Math.round((hz * width) / RECORDING_RATE);
  let power = 0;
  for (let bin = middle - 4; bin <= middle + 4; bin++) {
    let [re, im] = [0, 0];
    for (const [at, value] of windowed.entries()) {
      const angle = (2 * Math.PI * bin * at) / width;
      re += value * Math.cos(angle);
      im += value * Math.sin(angle);
    }
    power += (2 * (re * re + im * im)) / width;
  }
  return decibels(power) - decibels(total - power);
}

/** How loud it is when it is quiet, in dBFS: a quarter of all moments are quieter than that. */
export function stillness(samples: Float32Array): number {
  const sorted = powers(samples).toSorted((a, b) => a - b);
  return decibels(sorted[Math.floor(sorted.length / 4)] ?? 0);
}

/** Every third sample of 48 kHz, after a mean of three: enough of a filter for speech. */
export function thinned(samples: Float32Array): Float32Array {
  const at = (index: number): number => samples[index] ?? 0;
  return Float32Array.from({ length: Math.floor(samples.length / 3) }, (_, index) => {
    return (at(3 * index) + at(3 * index + 1) + at(3 * index + 2)) / 3;
  });
}

/** Power of each 10 ms. */
export function powers(samples: Float32Array): number[] {
  return Array.from({ length: Math.floor(samples.length / FRAME) }, (_, index) => {
    const frame = samples.subarray(index * FRAME, (index + 1) * FRAME);
    return frame.reduce((sum, sample) => sum + sample * sample, 0) / FRAME;
  });
}

const decibels = (power: number): number => 10 * Math.log10(Math.max(power, 1e-10));

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** How alike two series are, from -1 to 1. */
function alike(one: readonly number[], two: readonly number[]): number {
  const [a, b] = [mean(one), mean(two)];
  let [both, first, second] = [0, 0, 0];
  for (const [index, value] of one.entries()) {
    const [x, y] = [value - a, (two[index] ?? 0) - b];
    both += x * y;
    first += x * x;
    second += y * y;
  }
  return both / Math.sqrt(first * second);
}

/** How a recording differs from the original speech. */
export interface Judgement {
  /** Level between the sentences, in dBFS. */
  readonly noise: number;
  /** Level of the speech in the recording relative to the original, in dB. */
  readonly speech: number;
  /** Correlation of the loudness of recording and original during speech, -1 to 1. */
  readonly likeness: number;
}

/**
 * Compares a recording with the speech that was repeated during it.
 *
 * @param recorded - At {@link RECORDING_RATE}, at least as long as the speech.
 * @param said - The same speech, played once, at {@link RECORDING_RATE}.
 */
export function judge(recorded: Float32Array, said: Float32Array): Judgement {
  const wanted = powers(said);
  const got = powers(recorded).slice(-wanted.length);
  const loudest = Math.max(...wanted);
  const turned = (by: number): number[] => [...got.slice(by), ...got.slice(0, by)];
  const shift = got
    .map((_, by) => ({ by, fit: alike(turned(by).map(Math.sqrt), wanted.map(Math.sqrt)) }))
    .reduce((best, each) => (each.fit > best.fit ? each : best)).by;
  const placed = turned(shift);
  const voiced = wanted.map((power) => power > loudest / 300);
  // Codecs and rooms smear: only what is 150 ms away from all speech is a pause.
  const quiet = wanted.map(
    (_, index) => !voiced.slice(Math.max(0, index - 15), index + 16).includes(true),
  );
  const where = (mask: readonly boolean[], values: readonly number[]): number[] =>
    values.filter((_, index) => mask[index]);
  return {
    noise: decibels(mean(where(quiet, placed))),
    speech: decibels(mean(where(voiced, placed))) - decibels(mean(where(voiced, wanted))),
    likeness: alike(where(voiced, placed).map(decibels), where(voiced, wanted).map(decibels)),
  };
}
