/** Access tokens are renewed by the server's clock, and asked for no more often than makes sense. */
import { describe, expect, test } from 'vitest';
import { TokenKeeper } from '../../src/client/token-keeper.js';
import { OffhookError } from '../../src/core/errors.js';
import { Time } from './harness.js';

const NOW_S = 1_800_000_000;

interface Kept {
  readonly keeper: TokenKeeper;
  readonly time: Time;
  /** When a token was asked for. */
  readonly asked: number[];
  readonly failures: string[];
}

/** @param skewS - How far the device's clock is ahead of the server's. */
function keep(skewS: number, accept: (keeper: TokenKeeper) => void): Kept {
  const time = new Time();
  const asked: number[] = [];
  const failures: string[] = [];
  const platform = {
    timers: { now: () => time.now, after: (ms: number, run: () => void) => time.after(ms, run) },
    wallTime: () => (NOW_S + skewS) * 1000 + time.now,
  };
  const refresh = (): string => {
    asked.push(time.now);
    return 'token';
  };
  const keeper: TokenKeeper = new TokenKeeper(platform, refresh, {
    renewed: async () => accept(keeper),
    failed: ({ code }) => void failures.push(code),
  });
  return { keeper, time, asked, failures };
}

describe.each([0, 172_800, -172_800])('with a clock that is %d s ahead', (skewS) => {
  test("a token is renewed a minute before it expires by the server's clock", async () => {
    const { keeper, time, asked } = keep(skewS, () => undefined);
    keeper.expires({ expires_at: NOW_S + 3600, expires_in_s: 3600 });
    await time.pass(3_539_000);
    expect([asked, keeper.left]).toEqual([[], 61_000]);
    await time.pass(2_000);
    expect(asked).toEqual([3_540_000]);
  });

  test.each(['accepted', 'refused'])('expired tokens that are %s make no loop', async (how) => {
    const { keeper, time, asked, failures } = keep(skewS, (kept) => {
      if (how === 'refused') throw new OffhookError('access-token-expired');
      kept.expires({ expires_at: NOW_S, expires_in_s: 0 });
    });
    keeper.expires({ expires_at: NOW_S, expires_in_s: 0 });
    await time.pass(100_000);
    expect(asked).toHaveLength(10);
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10_000);
    expect(failures).toHaveLength(how === 'refused' ? 10 : 0);
  });
});

test('without the remaining time the expiry date is used', () => {
  const { keeper } = keep(0, () => undefined);
  keeper.expires({ expires_at: NOW_S + 100 });
  expect(keeper.left).toBe(100_000);
  keeper.expires({ expires_at: null });
  expect(keeper.left).toBeNull();
});
