/** The sounds that are computed, the bar that shows loudness, and the context that is there while it is needed. */
import { describe, expect, test } from 'vitest';
import { synthesize, type ToneName, tone } from '../../src/audio/built-in-sounds.js';
import { barLevel, SharedAudioContext } from '../../src/audio/shared-audio-context.js';
import { settle } from '../client/harness.js';
import { FakeAudioPlatform, FakeContext, FakeMic } from './fakes.js';

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
  ])('key %s has the tones of ITU-T Q.23', (key, row, column) => {
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
    'connecting',
    'answered',
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

describe('the audio context', () => {
  test('is shared, and closed after the last use', () => {
    const world = new FakeAudioPlatform();
    const sound = new SharedAudioContext(world);
    expect(world.contexts).toHaveLength(0);
    const [one, two] = [sound.acquire(), sound.acquire()];
    expect(one?.context).toBe(two?.context);
    one?.release();
    one?.release();
    expect(world.open).toBe(1);
    two?.release();
    expect(world.open).toBe(0);
    sound.acquire();
    expect(world.contexts).toHaveLength(2);
  });

  test('that is suspended is resumed at the first gesture', async () => {
    const world = new FakeAudioPlatform();
    const context = new FakeContext();
    context.state = 'suspended';
    let refusals = 1;
    context.resume = async () => {
      if (refusals-- > 0) throw new Error('no gesture yet');
      context.state = 'running';
    };
    const sound = new SharedAudioContext({
      ...world,
      makeContext: () => context as unknown as AudioContext,
    });
    const borrowed = sound.acquire();
    await settle();
    expect(context.state).toBe('suspended');
    world.page.dispatchEvent(new Event('touchend'));
    await settle();
    expect(context.state).toBe('running');
    borrowed?.release();
    expect(context.state).toBe('closed');
  });

  test('measures a stream until the meter is closed', () => {
    const world = new FakeAudioPlatform();
    const sound = new SharedAudioContext(world);
    const meter = sound.meter(world.makeStream([new FakeMic('desk')] as never));
    world.context.loudness = 0.1;
    expect(meter?.rms()).toBeCloseTo(0.1);
    expect(meter?.level()).toBeCloseTo(40 / 54);
    expect(meter?.peak()).toBeCloseTo(-20);
    meter?.close();
    expect(world.context.sources[0]?.node.next.size).toBe(0);
    expect(world.open).toBe(0);
  });

  test('is not needed where there is no Web Audio', () => {
    const sound = new SharedAudioContext({
      ...new FakeAudioPlatform(),
      makeContext: () => undefined,
    });
    expect(sound.acquire()).toBeUndefined();
    expect(sound.meter({} as MediaStream)).toBeUndefined();
  });
});
