/** Somebody speaks while muted: the page is told, and the other end hears nothing of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium } from './browsers.js';
import { listen, powers } from './ear.js';
import { DIALECTS, Office } from './office.js';
import type { Person } from './person.js';
import { type Room, room } from './speech.js';

let office: Office;
let application: string;

beforeAll(async () => {
  office = await Office.open();
  application = await office.application('twilio', DIALECTS.twilio.dial('bob'));
});

afterAll(() => office?.close());

describe('Chromium', () => {
  let talking: Room;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    // 15 dB: a fan in the room, which is no speech.
    talking = room(15);
    alice = await office.person(chromium({ file: talking.file }), 'alice', 0, application);
    bob = await office.person(chromium({ hz: 1_170 }), 'bob', 1_170);
    const answering = bob.does('answerNext');
    await alice.call('bob');
    await answering;
    await alice.does('whenUp');
    await bob.does('whenSounding');
  });

  afterAll(() => Promise.all([alice?.page.close(), bob?.page.close()]));

  const spells = async (): Promise<number> => (await alice.does('told', 'voice')).length;

  test('each spell is reported once, and no sound of it is sent', async () => {
    await listen(bob.page, 2);
    expect(await spells()).toBe(0);
    await alice.mute(true);
    // What is under way is heard still.
    await listen(bob.page, 1);
    const before = await spells();
    const heard = await listen(bob.page, 2 * talking.seconds);
    const told = (await spells()) - before;
    // Two sentences a turn, each of which may be one spell or, at a comma, two.
    expect(told).toBeGreaterThanOrEqual(3);
    expect(told).toBeLessThanOrEqual(8);
    expect(Math.max(...powers(heard))).toBeLessThan(1e-6);
    await alice.mute(false);
    const unmuted = await spells();
    await listen(bob.page, talking.seconds);
    expect(await spells()).toBe(unmuted);
    expect([...alice.faults, ...bob.faults]).toEqual([]);
  });

  test('a microphone with a level listener is closed with the last call', async () => {
    const level = alice.page.evaluate(
      () =>
        new Promise<number>((told) => {
          window.harness.client.devices.on('level', (loudness) => loudness > 0 && told(loudness));
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
