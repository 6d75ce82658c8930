/** Speech while muted: the page gets an event, and the other end hears nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium } from './browsers.js';
import type { Person } from './person.js';
import { listen, powers } from './recorder.js';
import { type Room, room } from './speech.js';
import { DIALECTS, TestEnv } from './test-env.js';

let env: TestEnv;
let application: string;

beforeAll(async () => {
  env = await TestEnv.open();
  application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
});

afterAll(() => env?.close());

describe('Chromium', () => {
  let talking: Room;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    // 15 dB: a fan in the room, which is no speech.
    talking = room(15);
    alice = await env.person(chromium({ file: talking.file }), 'alice', 0, application);
    bob = await env.person(chromium({ hz: 1_170 }), 'bob', 1_170);
    const answering = bob.does('answerNext');
    await alice.call('bob');
    await answering;
    await alice.does('whenUp');
    await bob.does('whenSounding');
  });

  afterAll(() => Promise.all([alice?.page.close(), bob?.page.close()]));

  const spells = async (): Promise<number> => (await alice.does('emitted', 'voice')).length;

  test('each spell is reported once, and no sound of it is sent', async () => {
    await listen(bob.page, 2);
    expect(await spells()).toBe(0);
    await alice.mute(true);
    // What is under way is heard still.
    await listen(bob.page, 1);
    const before = await spells();
    const recorded = await listen(bob.page, 2 * talking.seconds);
    const events = (await spells()) - before;
    // Two sentences a turn, each of which may be one spell or, at a comma, two.
    expect(events).toBeGreaterThanOrEqual(3);
    expect(events).toBeLessThanOrEqual(8);
    expect(Math.max(...powers(recorded))).toBeLessThan(1e-6);
    await alice.mute(false);
    const unmuted = await spells();
    await listen(bob.page, talking.seconds);
    expect(await spells()).toBe(unmuted);
    expect([...alice.faults, ...bob.faults]).toEqual([]);
  });

  test('a microphone with a level listener is closed with the last call', async () => {
    const level = alice.page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          window.harness.client.devices.on(
            'level',
            (loudness) => loudness > 0 && resolve(loudness),
          );
        }),
    );
    expect(await level).toBeGreaterThan(0);
    const live = (): Promise<boolean> =>
      alice.page.evaluate(async () => {
        const stream = window.harness.current.localStream;
        return stream?.getAudioTracks().some(({ readyState }) => readyState === 'live') ?? false;
      });
    expect(await live()).toBe(true);
    await alice.hangUp();
    await alice.does('whenEnded');
    expect(await live()).toBe(false);
  });
});
