/** When a path counts as dead. */
import { expect, test } from 'vitest';
import { PathWatch } from '../../src/quality/path-watch.js';
import { sample } from '../../src/quality/sample.js';

const EMPTY = sample([], undefined, 0);

/** Seconds: bytes that came, checks sent and answered until then. `!` where it died, `+` where it works again. */
function story(...seconds: [number, number | undefined, number | undefined][]): string {
  const watch = new PathWatch();
  return seconds
    .map(([bytesReceived, checksSent, checksAnswered], second) => {
      const interval = { ...EMPTY.interval, bytesReceived };
      const taken = { ...EMPTY, interval, checksSent, checksAnswered, timestamp: 1_000 * second };
      const sign = watch.take(taken);
      return sign === 'lost' ? '!' : sign === 'restored' ? '+' : '.';
    })
    .join('');
}

test('no packets and no answered checks are a lost path', () => {
  expect(story([4_000, 1, 1], [4_000, 2, 2], [0, 4, 2])).toBe('..!');
});

test('a silent remote party is no lost path', () => {
  expect(story([4_000, 1, 1], [0, 2, 2], [0, 3, 3])).toBe('...');
});

test('a late check is ignored while audio arrives', () => {
  expect(story([4_000, 1, 1], [4_000, 3, 1])).toBe('..');
});

test('a lost path is reported every few seconds', () => {
  const dead: [number, number, number][] = Array.from({ length: 9 }, (_, n) => [0, n + 1, 0]);
  expect(story(...dead)).toBe('.!.....!.');
});

test('a browser without check counters reports no loss', () => {
  expect(story([4_000, undefined, undefined], [0, undefined, undefined])).toBe('..');
});

test('a restored path is reported once', () => {
  expect(story([4_000, 1, 1], [0, 2, 1], [0, 3, 2], [0, 4, 3])).toBe('.!+.');
  expect(story([4_000, 1, 1], [0, 2, 1], [90, 3, 1], [90, 4, 1])).toBe('.!+.');
});

test('counters of another candidate pair are ignored', () => {
  expect(story([4_000, 9, 9], [0, 10, 9], [0, 1, 0], [0, 2, 0])).toBe('.!..');
});
