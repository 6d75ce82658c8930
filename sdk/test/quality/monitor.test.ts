/** When warnings are raised and taken back. */
import { describe, expect, test } from 'vitest';
import { Monitor } from '../../src/quality/monitor.js';
import {
  above,
  always,
  below,
  nativeRules,
  often,
  onAverage,
  type Rule,
  unchanging,
} from '../../src/quality/rules.js';
import { type QualitySample, sample } from '../../src/quality/sample.js';

const EMPTY = sample([], undefined, 0);
const rtt = ({ rttMs }: QualitySample): number | undefined => rttMs;

/** The monitor's result for these values, one a second: `+` raised, `-` taken back, `.` nothing. */
function story(rule: Rule, values: readonly (number | undefined)[], patience = { standMs: 0 }) {
  const monitor = new Monitor([rule], patience);
  return values
    .map((rttMs, second) => {
      const [warning] = monitor.take({ ...EMPTY, rttMs, timestamp: 1_000 * second });
      return warning === undefined ? '.' : warning.raised ? '+' : '-';
    })
    .join('');
}

describe('often', () => {
  const rule = often('high-rtt', rtt, above(400));

  test('three of the last five raise it, none of five takes it back', () => {
    expect(story(rule, [500, 1, 500, 1, 500, 1, 1, 1, 1, 1, 1])).toBe('....+....-.');
  });

  test('two of five do not', () => {
    expect(story(rule, [500, 1, 1, 1, 500, 1, 1, 1, 500, 1])).toBe('..........');
  });

  test('a missing value does not count', () => {
    expect(story(rule, [500, undefined, 500, undefined, 500])).toBe('....+');
  });
});

test('always: three of three, and two that are not', () => {
  const rule = always('low', rtt, below(1), 3, 2);
  expect(story(rule, [0, 0, 5, 0, 0, 0, 5, 0, 5, 5])).toBe('.....+...-');
});

test('on average', () => {
  const rule = onAverage('loss', rtt, 3, 3, 1);
  expect(story(rule, [9, 9, 9, 0, 0, 0])).toBe('..+..-');
});

test('unchanging: a level that does not move at all', () => {
  const rule = unchanging('still', rtt, 1, 4);
  expect(story(rule, [5, 5, 5, 5, 5, 50, 5, 5, 5, 5])).toBe('...+.-...+');
});

test('a warning stays for a minimum time', () => {
  const rule = often('high-rtt', rtt, above(400), [1, 1]);
  expect(story(rule, [500, 1, 1, 1, 1, 1], { standMs: 5_000 })).toBe('+....-');
});

test('nothing is judged in the first seconds', () => {
  const monitor = new Monitor([often('x', rtt, above(400), [1, 1])], { startMs: 3_000 });
  const at = (second: number) =>
    monitor.take({ ...EMPTY, rttMs: 500, timestamp: 1_000 * second }).length;
  expect([0, 1, 2, 3].map(at)).toEqual([0, 0, 0, 1]);
  expect(monitor.standing).toEqual(['x']);
});

test('a pause resets the window', () => {
  const monitor = new Monitor([often('x', rtt, above(400), [2, 2])]);
  const take = (second: number) =>
    monitor.take({ ...EMPTY, rttMs: 500, timestamp: 1_000 * second }).length;
  expect(take(0)).toBe(0);
  monitor.reset();
  expect(take(1)).toBe(0);
  expect(take(2)).toBe(1);
});

test('a warning carries the values that were judged', () => {
  const monitor = new Monitor([often('x', rtt, above(400), [2, 2])]);
  monitor.take({ ...EMPTY, rttMs: 450, timestamp: 0 });
  expect(monitor.take({ ...EMPTY, rttMs: 500, timestamp: 1_000 })).toMatchObject([
    { name: 'x', raised: true, value: 500, values: [450, 500], threshold: 400 },
  ]);
});

test('a good call raises no native warning, a bad one raises many', () => {
  const good = { ...EMPTY, rttMs: 20, jitterMs: 2, mos: 4.3, inboundLoss: 0, outboundLoss: 0 };
  const interval = { ...EMPTY.interval, bytesReceived: 4_000, bytesSent: 4_000 };
  const bad = { ...good, rttMs: 900, jitterMs: 80, mos: 1.5, inboundLoss: 0.2, outboundLoss: 0.3 };
  const names = (sample: QualitySample): string[] => {
    const monitor = new Monitor(nativeRules());
    const taken = Array.from({ length: 12 }, (_, second) =>
      monitor.take({ ...sample, timestamp: 1_000 * second, inputLevel: second / 20 }),
    );
    return taken.flat().map(({ name }) => name);
  };
  expect(names({ ...good, interval })).toEqual([]);
  expect(names({ ...bad, interval: EMPTY.interval }).toSorted()).toEqual([
    'high-inbound-loss',
    'high-jitter',
    'high-outbound-loss',
    'high-rtt',
    'low-mos',
    'no-inbound-bytes',
    'no-outbound-bytes',
  ]);
});
