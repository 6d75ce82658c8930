/** Offers in a running call: one at a time, glare, refusals, silence. */
import { describe, expect, test } from 'vitest';
import { Offers } from '../../src/core/offers.js';

const half = (): Offers => new Offers(() => 0.5);

describe('our own offers', () => {
  test('one goes out at once, the next after its answer', () => {
    const offers = half();
    expect(offers.request(0, 'hold')).toEqual([{ step: 'offer', number: 1, reason: 'hold' }]);
    expect(offers.request(1, 'restart')).toEqual([]);
    expect(offers.accepted(2, 1, 'a')).toEqual([
      { step: 'apply', sdp: 'a' },
      { step: 'done', reason: 'hold' },
      { step: 'offer', number: 2, reason: 'restart' },
    ]);
  });

  test('a request is queued once, and resume cancels an unsent hold', () => {
    const offers = half();
    offers.request(0, 'update');
    offers.request(1, 'hold');
    offers.request(1, 'hold');
    expect(offers.request(2, 'resume')).toEqual([
      { step: 'failed', reason: 'hold', failure: 'superseded' },
    ]);
    expect(offers.accepted(3, 1, 'a').at(-1)).toEqual({
      step: 'offer',
      number: 2,
      reason: 'resume',
    });
    expect(offers.accepted(4, 2, 'b')).toHaveLength(2);
  });

  test('a refusal rolls back with its reason', () => {
    const offers = half();
    offers.request(0, 'hold');
    expect(offers.refused(1, 1, 'not-now')).toEqual([
      { step: 'roll-back' },
      { step: 'failed', reason: 'hold', failure: 'not-now' },
    ]);
  });

  test('answers to other offers are left alone', () => {
    const offers = half();
    offers.request(0, 'hold');
    expect(offers.accepted(1, 7, 'x')).toEqual([]);
    expect(offers.refused(1, 7, 'x')).toEqual([]);
    expect(offers.failed(1, 7, 'x')).toEqual([]);
  });

  test('an offer fails after half a minute without an answer', () => {
    const offers = half();
    offers.request(5, 'restart');
    expect(offers.wakeAt()).toBe(30_005);
    expect(offers.wake(30_004)).toEqual([]);
    expect(offers.wake(30_005)).toEqual([
      { step: 'roll-back' },
      { step: 'failed', reason: 'restart', failure: 'no-reply' },
    ]);
    expect(offers.accepted(30_006, 1, 'late')).toEqual([]);
  });

  test('an offer that could not be created does not block the next', () => {
    const offers = half();
    offers.request(0, 'hold');
    offers.request(0, 'restart');
    expect(offers.failed(1, 1, 'negotiation-failed')).toEqual([
      { step: 'failed', reason: 'hold', failure: 'negotiation-failed' },
      { step: 'offer', number: 2, reason: 'restart' },
    ]);
  });
});

describe('glare', () => {
  test("the server's offer goes first, ours is repeated after 1 to 2 s", () => {
    const offers = half();
    offers.request(0, 'hold');
    expect(offers.offered(1, 'theirs')).toEqual([
      { step: 'roll-back' },
      { step: 'answer', number: 1, sdp: 'theirs' },
    ]);
    expect(offers.refused(10, 1, 'glare')).toEqual([]);
    expect(offers.wakeAt()).toBe(1_510);
    expect(offers.wake(1_509)).toEqual([]);
    expect(offers.wake(1_510)).toEqual([{ step: 'offer', number: 2, reason: 'hold' }]);
  });

  test('a newer request replaces the one that had glare', () => {
    const offers = half();
    offers.request(0, 'hold');
    offers.offered(1, 'theirs');
    offers.request(2, 'resume');
    offers.refused(10, 1, 'glare');
    expect(offers.wake(1_510)).toEqual([{ step: 'offer', number: 2, reason: 'resume' }]);
    expect(offers.accepted(1_600, 2, 'a')).toHaveLength(2);
    expect(offers.wakeAt()).toBeUndefined();
  });

  test('an offer of the server in between is just answered', () => {
    expect(half().offered(3, 'x')).toEqual([{ step: 'answer', number: 3, sdp: 'x' }]);
  });
});
