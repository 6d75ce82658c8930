/** When the media path is restarted. */
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
  recovery.observe(0, 'expected');
  recovery.observe(100, 'connected');
  return recovery;
}

describe('recovery', () => {
  test('a path that recovers needs no restart', () => {
    const recovery = connected();
    recovery.observe(1_000, 'disconnected');
    recovery.observe(2_000, 'connected');
    expect(steps(recovery, 60_000)).toEqual([]);
  });

  test('a lost path is restarted with growing gaps, then given up', () => {
    const recovery = connected();
    recovery.observe(1_000, 'disconnected');
    recovery.observe(2_600, 'connecting');
    recovery.observe(20_000, 'failed');
    expect(steps(recovery, 90_000)).toEqual([
      [2_500, 'restart'],
      [6_500, 'restart'],
      [14_500, 'restart'],
      [30_500, 'restart'],
      [31_000, 'give-up'],
    ]);
  });

  test('the server sets how long a path may be lost', () => {
    const recovery = new Recovery(60_000);
    recovery.observe(100, 'connected');
    recovery.observe(1_000, 'failed');
    expect(steps(recovery, 90_000).at(-1)).toEqual([61_000, 'give-up']);
  });

  test('a path that recovers in time is kept', () => {
    const recovery = connected();
    recovery.observe(1_000, 'disconnected');
    recovery.observe(30_900, 'connected');
    recovery.observe(50_000, 'disconnected');
    expect(steps(recovery, 79_000).map(([, step]) => step)).not.toContain('give-up');
  });

  test('a lost path is restarted at once, whatever the browser reports', () => {
    const recovery = connected();
    recovery.observe(1_000, 'lost');
    expect(steps(recovery, 2_000)).toEqual([[1_000, 'restart']]);
    recovery.observe(2_000, 'restored');
    expect(steps(recovery, 60_000)).toEqual([]);
  });

  test('a failed path is restarted at once, at most every four seconds', () => {
    const recovery = connected();
    recovery.observe(1_000, 'failed');
    expect(steps(recovery, 1_000)).toEqual([[1_000, 'restart']]);
    recovery.observe(1_200, 'failed');
    expect(steps(recovery, 5_000)).toEqual([[5_000, 'restart']]);
  });

  test('another network restarts the path', () => {
    const recovery = connected();
    recovery.observe(1_000, 'network-changed');
    expect(steps(recovery, 60_000)).toEqual([[1_300, 'restart']]);
  });

  test('a call without a path is given up after twenty seconds', () => {
    const recovery = new Recovery();
    recovery.observe(5_000, 'expected');
    recovery.observe(9_000, 'expected');
    expect(steps(recovery, 60_000)).toEqual([[25_000, 'give-up']]);
  });

  test('a closed path needs nothing', () => {
    const recovery = connected();
    recovery.observe(1_000, 'failed');
    recovery.observe(1_000, 'closed');
    expect(recovery.wakeAt()).toBeUndefined();
  });
});

describe('while the link is away', () => {
  test('the limit for a lost path does not run', () => {
    const recovery = connected();
    recovery.observe(1_000, 'failed');
    recovery.observe(2_000, 'link-lost');
    recovery.observe(3_000, 'link-lost');
    expect(steps(recovery, 60_000).map(([, step]) => step)).not.toContain('give-up');
    recovery.observe(62_000, 'link-restored');
    expect(steps(recovery, 120_000).at(-1)).toEqual([91_000, 'give-up']);
  });

  test('a path that is lost has all of its time afterwards', () => {
    const recovery = connected();
    recovery.observe(1_000, 'link-lost');
    recovery.observe(20_000, 'failed');
    recovery.observe(60_000, 'link-restored');
    expect(steps(recovery, 120_000).at(-1)).toEqual([90_000, 'give-up']);
  });

  test('the limit for a first path does not run', () => {
    const recovery = new Recovery();
    recovery.observe(0, 'link-lost');
    recovery.observe(5_000, 'expected');
    expect(recovery.wakeAt()).toBeUndefined();
    recovery.observe(50_000, 'link-restored');
    expect(steps(recovery, 90_000)).toEqual([[70_000, 'give-up']]);
  });
});
