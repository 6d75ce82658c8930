/** The server is killed during a call and started again: the call goes on, and neither page gets an `ended` event. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium, firefox } from './browsers.js';
import { hearEachOther, talk } from './conversation.js';
import type { Person } from './person.js';
import { networkAddress } from './server.js';
import { DIALECTS, TestEnv } from './test-env.js';

const ALICE_HZ = 620;
const BOB_HZ = 1_170;
/** How long both may be without the other's voice once the server is back. */
const GAP_MS = 15_000;
let env: TestEnv;

beforeAll(async () => {
  env = await TestEnv.open({ apart: true, media: ['127.0.0.1', networkAddress()] });
});

afterAll(() => env?.close());

/** Until packets come again that are not those of before. */
const audible = (person: Person): Promise<void> =>
  person.page.evaluate(async () => {
    const call = window.harness.current;
    const connection = call.connection;
    while (call.connection === connection || (await call.sample()).packetsReceived < 5) {
      await new Promise((later) => setTimeout(later, 20));
    }
  });

describe.each([
  ['Chromium', chromium],
  ['Firefox', firefox],
] as const)('%s', (_name, launch) => {
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    const application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
    alice = await env.person(launch({ hz: ALICE_HZ }), 'alice', ALICE_HZ, application);
    bob = await env.person(launch({ hz: BOB_HZ }), 'bob', BOB_HZ);
  });

  test('a call outlives its server', async () => {
    const id = await talk(alice, bob);
    await hearEachOther(alice, bob);
    const emitted = await Promise.all([alice, bob].map((each) => each.does('emitted', 'client')));
    await env.server.crash();
    await Promise.all([alice, bob].map((each) => each.until('client', 'reconnecting', 10_000)));
    const back = [audible(alice), audible(bob)];
    await env.server.startAgain();
    const since = Date.now();
    await Promise.all(back);
    process.stdout.write(`the server is back: sound is back after ${Date.now() - since} ms\n`);
    expect(Date.now() - since).toBeLessThan(GAP_MS);
    await hearEachOther(alice, bob, GAP_MS);
    expect((await alice.facts()).id).toBe(id);
    for (const [each, before] of [
      [alice, emitted[0]],
      [bob, emitted[1]],
    ] as const) {
      expect((await each.does('emitted', 'client')).slice(before?.length)).toEqual([
        'reconnecting',
        'connected',
      ]);
    }
    const ended = bob.does('whenEnded');
    await alice.hangUp();
    expect(await ended).toMatchObject({ cause: 'normal', by: 'peer' });
    const record = await env.server.record(id);
    expect(record.legs.map(({ cause }) => cause)).toEqual(['normal', 'normal']);
    // The callback leaves after the page is notified; one more would come a moment later.
    const callbacks = (): number =>
      env.web.at('/hangup').filter(({ fields }) => fields['CallSid']?.includes(id)).length;
    await expect.poll(callbacks, { timeout: 20_000 }).toBe(1);
    await new Promise((later) => setTimeout(later, 1_000));
    expect(callbacks()).toBe(1);
  });
});
