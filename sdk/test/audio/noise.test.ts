/** Noise reduction as a page uses it, and the frames that its worklet is made of. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Frames } from '../../src/audio/noise/frames.js';
import { NoiseReduction } from '../../src/audio/noise.js';
import type { Processor } from '../../src/audio/source.js';
import { settle } from '../client/harness.js';

class Fixture {
  readonly applied: (Processor | undefined)[] = [];
  loads = 0;
  loadFails: Error | undefined;
  createFails: Error | undefined;
  /** A call is running, so that what is applied is used at once. */
  inCall = false;
  readonly emitted: boolean[] = [];
  readonly noise: NoiseReduction = new NoiseReduction(
    async () => {
      this.loads += 1;
      if (this.loadFails) throw this.loadFails;
      return {
        create: async (stream: MediaStream) => {
          if (this.createFails) throw this.createFails;
          return stream;
        },
        destroy: async () => undefined,
      };
    },
    async (processor) => {
      if (this.inCall) await processor?.create({} as MediaStream);
      this.applied.push(processor);
    },
  );

  constructor() {
    this.noise.on('active', (active) => this.emitted.push(active));
  }
}

beforeEach(() => vi.stubGlobal('AudioWorkletNode', class {}));
afterEach(() => vi.unstubAllGlobals());

describe('noise reduction', () => {
  test('is loaded once, on first use', async () => {
    const room = new Fixture();
    expect([room.loads, room.noise.ready]).toEqual([0, false]);
    await room.noise.load();
    await room.noise.load();
    expect([room.loads, room.noise.ready, room.noise.active]).toEqual([1, true, false]);
  });

  test('starts and stops, and returns whether that was a change', async () => {
    const room = new Fixture();
    expect(await room.noise.start()).toBe(true);
    expect(await room.noise.start()).toBe(false);
    expect(room.noise.active).toBe(true);
    expect(await room.noise.stop()).toBe(true);
    expect(await room.noise.stop()).toBe(false);
    expect(room.applied.map((one) => one !== undefined)).toEqual([true, false]);
    expect(room.emitted).toEqual([true, false]);
  });

  test('that is stopped while it loads does not start', async () => {
    const room = new Fixture();
    const starting = room.noise.start();
    await room.noise.stop();
    expect(await starting).toBe(false);
    expect(room.noise.active).toBe(false);
    expect(room.applied).toEqual([]);
  });

  test('that cannot be loaded rejects, and may be tried again', async () => {
    const room = new Fixture();
    room.loadFails = new Error('404');
    await expect(room.noise.start()).rejects.toMatchObject({ code: 'noise-reduction-failed' });
    expect(room.noise.active).toBe(false);
    room.loadFails = undefined;
    expect(await room.noise.start()).toBe(true);
  });

  test('without browser support is not loaded', async () => {
    vi.stubGlobal('AudioWorkletNode', undefined);
    const room = new Fixture();
    expect(room.noise.available).toBe(false);
    await expect(room.noise.start()).rejects.toMatchObject({ code: 'not-supported' });
    expect(room.loads).toBe(0);
  });

  test('that fails in a call is not active', async () => {
    const room = new Fixture();
    room.inCall = true;
    room.createFails = new Error('another rate');
    await expect(room.noise.start()).rejects.toThrow('another rate');
    expect(room.noise.active).toBe(false);
  });

  test('that fails in the next call is inactive, with an event', async () => {
    const room = new Fixture();
    await room.noise.start();
    room.createFails = new Error('no gesture');
    await expect(room.applied[0]?.create({} as MediaStream)).rejects.toThrow('no gesture');
    await settle();
    expect(room.noise.active).toBe(false);
    expect(room.emitted).toEqual([true, false]);
    expect(room.applied.at(-1)).toBeUndefined();
  });
});

describe('frames', () => {
  const count = (from: number, length: number): Float32Array =>
    Float32Array.from({ length }, (_, index) => from + index);

  test('are whole, in order, and late by one', () => {
    const seen: number[] = [];
    const frames = new Frames(480, (frame) => {
      seen.push(frame[0] ?? Number.NaN);
      for (const [index, sample] of frame.entries()) frame[index] = -sample;
    });
    const out: number[] = [];
    for (let turn = 0; turn < 15; turn++) {
      const piece = new Float32Array(128);
      frames.pass(count(1 + 128 * turn, 128), piece);
      out.push(...piece);
    }
    expect(seen).toEqual([1, 481, 961, 1441]);
    expect(out.slice(0, 480)).toEqual(new Array(480).fill(0));
    expect(out.slice(480)).toEqual([...count(1, 1_920 - 480)].map((sample) => -sample));
  });

  test('of any size come out of pieces of any size, as they went in', () => {
    const sizes = fc.record({
      size: fc.integer({ min: 1, max: 60 }),
      piece: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(sizes, ({ size, piece }) => {
        fc.pre(piece <= size);
        const frames = new Frames(size, () => undefined);
        const out: number[] = [];
        for (let turn = 0; turn < 20; turn++) {
          const taken = new Float32Array(piece);
          frames.pass(count(1 + piece * turn, piece), taken);
          out.push(...taken);
        }
        const wanted = [...new Array(size).fill(0), ...count(1, 20 * piece)];
        expect(out).toEqual(wanted.slice(0, 20 * piece));
      }),
    );
  });
});
