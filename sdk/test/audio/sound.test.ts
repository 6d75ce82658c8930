/** The sounds that are computed, the bar that shows loudness, and the element that plays. */
import { describe, expect, test } from 'vitest';
import { barLevel } from '../../src/audio/sound.js';
import { Speaker } from '../../src/audio/speaker.js';
import { synthesize, type ToneName, tone } from '../../src/audio/tones.js';
import { settle } from '../client/world.js';

const RATE = 8_000;

/** How much of one frequency is in the samples (Goertzel's way). */
function power(samples: Float32Array, hz: number): number {
  let [re, im] = [0, 0];
  for (const [index, sample] of samples.entries()) {
    re += sample * Math.cos((2 * Math.PI * hz * index) / RATE);
    im += sample * Math.sin((2 * Math.PI * hz * index) / RATE);
  }
  return (re * re + im * im) / samples.length ** 2;
}

describe('tones', () => {
  test.each([
    ['1', 697, 1209],
    ['5', 770, 1336],
    ['9', 852, 1477],
    ['0', 941, 1336],
    ['#', 941, 1477],
    ['D', 941, 1633],
  ])('key %s sounds as ITU-T Q.23 says', (key, row, column) => {
    const wanted = tone(`key-${key}`);
    if (!wanted) throw new Error('no tone');
    const samples = synthesize(wanted, RATE);
    const grid = [697, 770, 852, 941, 1209, 1336, 1477, 1633];
    const loud = grid.toSorted((a, b) => power(samples, b) - power(samples, a)).slice(0, 2);
    expect(loud.toSorted((a, b) => a - b)).toEqual([row, column]);
  });

  test.each<ToneName>([
    'incoming',
    'ringing',
    'ended',
    'key-1',
  ])('%s neither clips nor clicks', (name) => {
    const wanted = tone(name);
    if (!wanted) throw new Error('no tone');
    const samples = synthesize(wanted, RATE);
    expect(Math.max(...samples)).toBeLessThan(0.5);
    expect(Math.abs(samples[0] ?? 1)).toBeLessThan(0.01);
    expect(Math.abs(samples.at(-1) ?? 1)).toBeLessThan(0.01);
    expect(power(samples, 0)).toBeLessThan(1e-4);
  });

  test('there is no tone of an unknown name', () => {
    for (const name of ['key-', 'key-x', 'key-12', 'toString'] as ToneName[]) {
      expect(tone(name)).toBeUndefined();
    }
  });
});

test('the bar goes from -60 to -6 dBFS', () => {
  expect(barLevel(0)).toBe(0);
  expect(barLevel(0.0005)).toBe(0);
  expect(barLevel(10 ** (-33 / 20))).toBeCloseTo(0.5);
  expect(barLevel(0.9)).toBe(1);
});

describe('the speaker', () => {
  class Element {
    autoplay = false;
    volume = 1;
    srcObject: unknown = null;
    plays: (() => Promise<void>)[] = [];
    play = (): Promise<void> => this.plays.shift()?.() ?? Promise.resolve();
    pause(): void {}
    setAttribute(): void {}
  }
  const refusal = (): Promise<void> =>
    Promise.reject(Object.assign(new Error('no'), { name: 'NotAllowedError' }));

  test('waits for a gesture where the browser wants one, then plays by itself', async () => {
    const element = new Element();
    element.plays = [refusal];
    const page = new EventTarget();
    const told: string[] = [];
    const speaker = new Speaker(element as unknown as HTMLAudioElement, page, {
      blocked: () => told.push('blocked'),
      playing: () => told.push('playing'),
    });
    speaker.play({} as MediaStream);
    await settle();
    expect(told).toEqual(['blocked']);
    page.dispatchEvent(new Event('keydown'));
    await settle();
    expect(told).toEqual(['blocked', 'playing']);
    page.dispatchEvent(new Event('keydown'));
    await settle();
    expect(told).toHaveLength(2);
  });

  test('keeps silent about interruptions, and after it was closed', async () => {
    const element = new Element();
    element.plays = [() => Promise.reject(new Error('interrupted')), refusal];
    const told: string[] = [];
    const news = { blocked: () => told.push('b'), playing: () => told.push('p') };
    const speaker = new Speaker(element as unknown as HTMLAudioElement, undefined, news);
    speaker.play({} as MediaStream);
    await settle();
    speaker.play({} as MediaStream);
    speaker.setVolume(7);
    speaker.close();
    await settle();
    expect(told).toEqual([]);
    expect(element.volume).toBe(1);
    expect(element.srcObject).toBeNull();
  });
});
