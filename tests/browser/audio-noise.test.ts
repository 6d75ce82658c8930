/** Noise reduction in a call: how much less noise the other end hears, and how much of the voice is left. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium } from './browsers.js';
import type { Person } from './person.js';
import { judge, listen, thinned } from './recorder.js';
import { type Room, room } from './speech.js';
import { DIALECTS, TestEnv } from './test-env.js';

let env: TestEnv;
let application: string;

beforeAll(async () => {
  env = await TestEnv.open();
  application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
});

afterAll(() => env?.close());

describe('Chromium, with a voice 5 dB over the noise', () => {
  let noisy: Room;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    noisy = room(5);
    alice = await env.person(chromium({ file: noisy.file }), 'alice', 0, application);
    bob = await env.person(chromium({ hz: 1_170 }), 'bob', 1_170);
    const answering = bob.does('answerNext');
    await alice.call('bob');
    await answering;
    await alice.does('whenUp');
    await bob.does('whenSounding');
  });

  afterAll(() => Promise.all([alice?.page.close(), bob?.page.close()]));

  const hear = async () => judge(await listen(bob.page, noisy.seconds + 1), thinned(noisy.clean));

  test('it is started and stopped within the call', async () => {
    const before = await hear();
    expect(await alice.page.evaluate(() => window.harness.client.noise.start())).toBe(true);
    const during = await hear();
    expect(await alice.page.evaluate(() => window.harness.client.noise.stop())).toBe(true);
    const after = await hear();
    console.info('noise reduction: %o, %o, %o', before, during, after);
    // Between the sentences.
    expect(before.noise - during.noise).toBeGreaterThan(15);
    expect(Math.abs(after.noise - before.noise)).toBeLessThan(2);
    // Within them: as loud as it was said, and with the same ups and downs.
    expect(Math.abs(during.speech)).toBeLessThan(3);
    expect(during.likeness).toBeGreaterThan(0.8);
    expect([...alice.faults, ...bob.faults]).toEqual([]);
  });
});
