/** When a path counts as dead. */
import { expect, test } from 'vitest';
import { PathWatch } from '../../src/quality/path-watch.js';
import { sample } from '../../src/quality/sample.js';

const EMPTY = sample([], undefined, 0);

/** Seconds: bytes that came, checks sent and answered until then. `!` where the path has died. */
function story(...seconds: [number, number | undefined, number | undefined][]): string {
  const watch = new PathWatch();
  return seconds
    .map(([bytesReceived, checksSent, checksAnswered], second) => {
      const since = { ...EMPTY.since, bytesReceived };
      const taken = { ...EMPTY, since, checksSent, checksAnswered, timestamp: 1_000 * second };
      return watch.take(taken) ? '!' : '.';
    })
    .join('');
}

test('nothing comes and nobody answers', () => {
  expect(story([4_000, 1, 1], [4_000, 2, 2], [0, 4, 2])).toBe('..!');
});

test('a far end that is silent is not a dead path', () => {
  expect(story([4_000, 1, 1], [0, 2, 2], [0, 3, 3])).toBe('...');
});

test('a check that is late while sound comes is no reason', () => {
  expect(story([4_000, 1, 1], [4_000, 3, 1])).toBe('..');
});

test('a path has some seconds before it is called dead again', () => {
  const dead: [number, number, number][] = Array.from({ length: 9 }, (_, n) => [0, n + 1, 0]);
  expect(story(...dead)).toBe('.!.....!.');
});

test('a browser that does not tell of checks is left alone', () => {
  expect(story([4_000, undefined, undefined], [0, undefined, undefined])).toBe('..');
});
