/** A microphone that hears a person in a noisy room: speech of the server's own synthesiser, and noise at a known level. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waveFile } from './tones.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RATE = 48_000;
/** Between the sentences there is nothing but the room. */
const PAUSE_S = 1;
const SENTENCES = [
  'Good morning, this is the front desk. How may I help you today?',
  'Please hold the line while I look for your order.',
];
const SPEAK = `
import json, sys
from offhook.speech import espeak
voice = espeak.find()
said = [
    voice.speak(espeak.Utterance(text=text, names=("en-us", "en"), woman=False, rate=1, pitch=1, volume=1)).tolist()
    for text in json.load(sys.stdin)
]
json.dump({"rate": voice.rate_hz, "said": said}, sys.stdout)
`;

/** Sound of a room, and what is known about it. */
export interface Room {
  /** A WAV file of it; it loops without a gap. */
  readonly file: string;
  /** The speech alone, at 48 kHz. */
  readonly clean: Float32Array;
  readonly seconds: number;
}

function resample(samples: readonly number[], from: number): Float32Array {
  const length = Math.floor((samples.length * RATE) / from);
  return Float32Array.from({ length }, (_, index) => {
    const at = (index * from) / RATE;
    const before = Math.floor(at);
    const [one = 0, two = 0] = [samples[before], samples[before + 1]];
    return (one + (two - one) * (at - before)) / 32_768;
  });
}

/** The sentences with pauses between, the voice at -22 dBFS while it sounds. */
function speech(sentences: readonly string[]): Float32Array {
  const answer = execFileSync(join(ROOT, '.venv/bin/python'), ['-c', SPEAK], {
    input: JSON.stringify(sentences),
    maxBuffer: 64 * 1024 * 1024,
    encoding: 'utf8',
    cwd: ROOT,
  });
  const { rate, said } = JSON.parse(answer) as { rate: number; said: number[][] };
  const pause = new Float32Array(PAUSE_S * RATE);
  const parts = said.flatMap((samples) => [pause, resample(samples, rate)]);
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  const gain = 10 ** (-22 / 20) / Math.sqrt(voicedPower(all));
  return all.map((sample) => sample * gain);
}

/** Mean power while somebody speaks: of all 10 ms within 30 dB of the loudest. */
function voicedPower(samples: Float32Array): number {
  const powers: number[] = [];
  for (let at = 0; at + 480 <= samples.length; at += 480) {
    const frame = samples.subarray(at, at + 480);
    powers.push(frame.reduce((sum, sample) => sum + sample * sample, 0) / 480);
  }
  const loud = powers.filter((power) => power > Math.max(...powers) / 1_000);
  return loud.reduce((sum, power) => sum + power, 0) / loud.length;
}

/** Noise that falls by 3 dB an octave, as that of fans and streets does; the same each time. */
function noise(length: number): Float32Array {
  let seed = 1;
  const chance = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 31 - 1;
  };
  // Paul Kellet's filter.
  const poles = [0.997_65, 0.963, 0.57] as const;
  const gains = [0.099_046, 0.296_516_4, 1.052_691_3] as const;
  const state = [0, 0, 0];
  return Float32Array.from({ length }, () => {
    const white = chance();
    for (const [index, pole] of poles.entries()) {
      state[index] = (state[index] ?? 0) * pole + white * (gains[index] ?? 0);
    }
    return state.reduce((sum, part) => sum + part, 0.1848 * white);
  });
}

/** Somebody speaks in a noisy room. @param ratio - Decibels of speech over noise; without one, there is no noise. */
export function room(ratio?: number, sentences: readonly string[] = SENTENCES): Room {
  const clean = speech(sentences);
  const rush = noise(clean.length);
  const power = rush.reduce((sum, sample) => sum + sample * sample, 0) / rush.length;
  const gain = ratio === undefined ? 0 : Math.sqrt(voicedPower(clean) / 10 ** (ratio / 10) / power);
  const noisy = clean.map((sample, index) => sample + gain * (rush[index] ?? 0));
  return { file: waveFile('room', noisy), clean, seconds: clean.length / RATE };
}
