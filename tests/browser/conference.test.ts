/** A conference of three pages on two media threads: each hears the others, and none hears its own voice. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium } from './browsers.js';
import type { Person } from './person.js';
import { listen } from './recorder.js';
import { type Dialect, TestEnv } from './test-env.js';
import { waveFile } from './tones.js';

const TONES = [500, 900, 1_600] as const;
const RATE = 48_000;
const SYLLABLES_HZ = 4;
let env: TestEnv;

const ROOMS: Record<Dialect, string> = {
  twilio: '<Response><Dial><Conference beep="false">room</Conference></Dial></Response>',
  plivo: '<Response><Conference>room</Conference></Response>',
};

beforeAll(async () => {
  env = await TestEnv.open({ settings: { WORKERS: '2' } });
});

afterAll(() => env?.close());

/** A tone that comes and goes as syllables do: a steady one would count as noise. */
function syllables(hz: number): string {
  const sample = (index: number): number => {
    const envelope = 0.5 - 0.5 * Math.cos((2 * Math.PI * SYLLABLES_HZ * index) / RATE);
    return 0.4 * envelope ** 2 * Math.sin((2 * Math.PI * hz * index) / RATE);
  };
  return waveFile(
    `syllables-${hz}`,
    Float32Array.from({ length: 2 * RATE }, (_, n) => sample(n)),
  );
}

/** Energy of each tone in what is heard, in dB below all of it. */
function shares(samples: Float32Array): number[] {
  const rate = 16_000;
  const total = samples.reduce((sum, sample) => sum + sample * sample, 0) || 1e-12;
  const width = rate / 10;
  return TONES.map((hz) => {
    let power = 0;
    for (let start = 0; start + width <= samples.length; start += width) {
      let [re, im] = [0, 0];
      for (let n = 0; n < width; n++) {
        const sample = samples[start + n] ?? 0;
        re += sample * Math.cos((2 * Math.PI * hz * n) / rate);
        im += sample * Math.sin((2 * Math.PI * hz * n) / rate);
      }
      power += (2 * (re * re + im * im)) / width;
    }
    return 10 * Math.log10(power / total);
  });
}

/** Which tones are heard within some seconds: those with a good part of the energy. */
async function tonesOf(person: Person): Promise<number[]> {
  const found = shares(await listen(person.page, 3));
  return TONES.filter((_, index) => (found[index] ?? -99) > -12);
}

test.each(['twilio', 'plivo'] as const)('a conference in %s', async (dialect) => {
  const application = await env.application(dialect, ROOMS[dialect]);
  const people: Person[] = [];
  for (const hz of TONES) {
    const browser = chromium({ file: syllables(hz) });
    const person = await env.person(browser, `${dialect}-${hz}`, hz, application);
    await person.call('room');
    expect(await person.does('whenUp')).toBe(true);
    people.push(person);
  }
  for (const person of people) {
    const others = TONES.filter((hz) => hz !== person.hz);
    await expect.poll(() => tonesOf(person), { timeout: 20_000 }).toEqual(others);
  }
  for (const person of people) await person.hangUp();
});
