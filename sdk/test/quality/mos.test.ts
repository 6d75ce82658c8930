/** How good a call sounds. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Conditions, mos, opinion, rating, roughMos } from '../../src/quality/mos.js';

const PERFECT: Conditions = { rttMs: 0, jitterMs: 0, loss: 0 };

describe('the E-model', () => {
  test.each([
    // G.107, table B.1: R and the opinion that goes with it.
    [90, 4.34],
    [80, 4.03],
    [70, 3.6],
    [60, 3.1],
    [50, 2.58],
  ])('R %d is an opinion of %d', (r, score) => {
    expect(opinion(r)).toBeCloseTo(score, 1);
  });

  test('an opinion is never below 1, though the polynomial is', () => {
    expect(opinion(0)).toBe(1);
    expect(opinion(3)).toBe(1);
    expect(opinion(120)).toBe(4.5);
  });

  test('a quiet network is as good as G.711 gets', () => {
    expect(mos(PERFECT)).toBeGreaterThan(4.3);
    expect(mos(PERFECT)).toBeLessThan(4.5);
  });

  test('half a second of delay lowers the score', () => {
    expect(mos({ ...PERFECT, rttMs: 1_000 })).toBeLessThan(3);
  });

  test('concealment tolerates five per cent of loss', () => {
    expect(rating({ ...PERFECT, loss: 0.05, codec: 'pcmu/8000' })).toBeCloseTo(93.2 - 16.5, 0);
  });

  test.each(['rttMs', 'jitterMs', 'loss'] as const)('more %s never sounds better', (what) => {
    const most = what === 'loss' ? 1 : 2_000;
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: most, noNaN: true }),
        fc.double({ min: 0, max: most, noNaN: true }),
        fc.constantFrom('opus/48000/2', 'pcmu/8000', 'speex/8000', undefined),
        (a, b, codec) => {
          const [less, more] = [Math.min(a, b), Math.max(a, b)];
          const score = (value: number) => mos({ ...PERFECT, codec, [what]: value });
          // The last bits of a floating-point number are no better sound.
          expect(score(more)).toBeLessThanOrEqual(score(less) + 1e-9);
          expect(score(more)).toBeGreaterThanOrEqual(1);
        },
      ),
    );
  });
});

test('the rough score is that of older products', () => {
  expect(roughMos(93.2, { rttMs: 1, jitterMs: 0, loss: 0 })).toBeCloseTo(4.404, 2);
  expect(roughMos(93.2, { rttMs: 0, jitterMs: 0, loss: 0.5 })).toBe(1);
});
