/** When the path of the sound is looked for anew. */
import { describe, expect, test } from 'vitest';
import { Recovery } from '../../src/core/recovery.js';

/** All steps up to a moment, with their times. */
function steps(recovery: Recovery, until: number): [number, string][] {
  const found: [number, string][] = [];
  for (let at = recovery.wakeAt(); at !== undefined && at <= until; at = recovery.wakeAt()) {
    const step = recovery.wake(at);
    if (step) found.push([at, step]);
  }
  return found;
}

function connected(): Recovery {
  const recovery = new Recovery();
  recovery.expected(0);
  recovery.saw(100, 'connected');
  return recovery;
}

describe('recovery', () => {
  test('a path that comes back by itself is left alone', () => {
    const recovery = connected();
    recovery.saw(1_000, 'disconnected');
    recovery.saw(2_000, 'connected');
    expect(steps(recovery, 60_000)).toEqual([]);
  });

  test('a path that stays away is looked for, ever more patiently', () => {
    const recovery = connected();
    recovery.saw(1_000, 'disconnected');
    expect(steps(recovery, 60_000)).toEqual([
      [2_500, 'restart'],
      [6_500, 'restart'],
      [14_500, 'restart'],
      [30_500, 'restart'],
      [46_500, 'restart'],
    ]);
  });

  test('a failed path is looked for at once, but no faster than every four seconds', () => {
    const recovery = connected();
    recovery.saw(1_000, 'failed');
    expect(steps(recovery, 1_000)).toEqual([[1_000, 'restart']]);
    recovery.saw(1_200, 'failed');
    expect(steps(recovery, 5_000)).toEqual([[5_000, 'restart']]);
  });

  test('another network means another path, even if the old one has not died yet', () => {
    const recovery = connected();
    recovery.moved(1_000);
    expect(steps(recovery, 60_000)).toEqual([[1_300, 'restart']]);
  });

  test('a call without sound after twenty seconds is given up', () => {
    const recovery = new Recovery();
    recovery.expected(5_000);
    recovery.expected(9_000);
    expect(steps(recovery, 60_000)).toEqual([[25_000, 'give-up']]);
  });

  test('a closed path asks for nothing', () => {
    const recovery = connected();
    recovery.saw(1_000, 'failed');
    recovery.saw(1_000, 'closed');
    expect(recovery.wakeAt()).toBeUndefined();
  });
});
