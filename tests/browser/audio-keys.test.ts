/** Keys as tones within what is said: both frequencies of ITU-T Q.23, heard at the other end, muted or not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium, firefox } from './browsers.js';
import type { Person } from './person.js';
import { listen, RECORDING_RATE } from './recorder.js';
import { DIALECTS, TestEnv } from './test-env.js';

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477, 1633];
const PAD = ['123A', '456B', '789C', '*0#D'];
/** 50 ms. */
const WINDOW = RECORDING_RATE / 20;
let env: TestEnv;
let application: string;

beforeAll(async () => {
  env = await TestEnv.open();
  application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
});

afterAll(() => env?.close());

/** Amplitude of one frequency in a piece of sound (Goertzel's way). */
function amplitude(samples: Float32Array, hz: number): number {
  let [re, im] = [0, 0];
  for (const [index, sample] of samples.entries()) {
    const angle = (2 * Math.PI * hz * index) / RECORDING_RATE;
    re += sample * Math.cos(angle);
    im += sample * Math.sin(angle);
  }
  return (2 * Math.hypot(re, im)) / samples.length;
}

/** A key that stands out of a piece of sound. */
interface Key {
  readonly key: string;
  readonly row: number;
  readonly column: number;
}

/** As ITU-T Q.24 wants receivers to be: one row and one column, 10 dB over all others, neither 8 dB over the other. */
function keyIn(samples: Float32Array): Key | undefined {
  const strongest = (group: readonly number[]): [place: number, amplitude: number] | undefined => {
    const all = group.map((hz) => amplitude(samples, hz));
    const most = Math.max(...all);
    const others = all.filter((one) => one !== most);
    return most > 0.02 && others.every((one) => one < most / 3)
      ? [all.indexOf(most), most]
      : undefined;
  };
  const [row, column] = [strongest(ROWS), strongest(COLUMNS)];
  if (!row || !column || Math.abs(20 * Math.log10(column[1] / row[1])) > 8) return undefined;
  return { key: PAD[row[0]]?.[column[0]] ?? '', row: row[1], column: column[1] };
}

/** The keys in what was heard, each once however long it sounded, as loud as it was in its midst. */
function keysIn(recorded: Float32Array): Key[] {
  const found: Key[] = [];
  let before: Key | undefined;
  for (let at = 0; at + WINDOW <= recorded.length; at += WINDOW / 4) {
    const key = keyIn(recorded.subarray(at, at + WINDOW));
    if (key && key.key === before?.key) {
      if (key.row + key.column > before.row + before.column) found.splice(-1, 1, key);
    } else if (key) found.push(key);
    before = key && found.at(-1);
  }
  return found;
}

describe.each([
  ['Chromium', chromium],
  ['Firefox', firefox],
] as const)('%s', (_name, launch) => {
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    alice = await env.person(launch({ hz: 300 }), 'alice', 300, application);
    bob = await env.person(launch({ hz: 1_170 }), 'bob', 1_170);
    const answering = bob.does('answerNext');
    await alice.call('bob');
    await answering;
    await alice.does('whenUp');
    await bob.does('whenSounding');
  });

  afterAll(() => Promise.all([alice?.page.close(), bob?.page.close()]));

  const press = (digits: string, how?: { events?: boolean; inBand?: boolean }): Promise<void> =>
    alice.page.evaluate((keys, ways) => window.harness.current.sendDigits(keys, ways), digits, how);

  test('digits of a muted user reach the other party, and nothing else', async () => {
    await alice.mute(true);
    const [recorded] = await Promise.all([
      listen(bob.page, 4),
      press('159D*0#', { inBand: true, events: false }),
    ]);
    await alice.mute(false);
    const keys = keysIn(recorded);
    expect(keys.map(({ key }) => key).join('')).toBe('159D*0#');
    for (const { row, column } of keys) {
      // -11 and -9 dBm0, as amplitudes 0.196 and 0.247: the column 2 dB over the row, give or take a codec.
      expect(20 * Math.log10(row / 0.196)).toBeGreaterThan(-4);
      expect(20 * Math.log10(row / 0.196)).toBeLessThan(4);
      expect(20 * Math.log10(column / 0.247)).toBeGreaterThan(-4);
      expect(20 * Math.log10(column / 0.247)).toBeLessThan(4);
    }
    expect(amplitude(recorded.subarray(-RECORDING_RATE), 300)).toBeLessThan(0.002);
  });

  test('the voice is sent during the tones, and after them', async () => {
    const [recorded] = await Promise.all([
      listen(bob.page, 2),
      press('1', { inBand: true, events: false }),
    ]);
    expect(keysIn(recorded).map(({ key }) => key)).toEqual(['1']);
    const hear = async (): Promise<number> => (await bob.does('hear', 300, 800)).ratio;
    await expect.poll(hear, { timeout: 6_000, interval: 10 }).toBeGreaterThan(20);
  });

  test('in-band tones and events are the same digits, each emitted once', async () => {
    const before = (await bob.does('emitted', 'digit')).length;
    const [recorded] = await Promise.all([listen(bob.page, 3), press('42', { inBand: true })]);
    await expect
      .poll(() => bob.does('emitted', 'digit'), { timeout: 3_000 })
      .toHaveLength(before + 2);
    expect(new Set(keysIn(recorded).map(({ key }) => key))).toEqual(new Set(['4', '2']));
    expect([...alice.faults, ...bob.faults]).toEqual([]);
  });
});
