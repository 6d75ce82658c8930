/** Devices that come and go, in a call, heard at the other end. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium, firefox } from './browsers.js';
import { plugIn } from './fake-microphones.js';
import type { Person } from './person.js';
import { DIALECTS, TestEnv } from './test-env.js';

const DESK_HZ = 500;
const HEADSET_HZ = 830;
let env: TestEnv;
let application: string;

beforeAll(async () => {
  env = await TestEnv.open();
  application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
});

afterAll(() => env?.close());

describe.each([
  ['Chromium', chromium],
  ['Firefox', firefox],
] as const)('%s', (_name, launch) => {
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    alice = await env.person(launch({ hz: 620 }), 'alice', 620, application);
    bob = await env.person(launch({ hz: 1_170 }), 'bob', 1_170);
    await plugIn(alice.page, [{ id: 'desk', hz: DESK_HZ }]);
  });

  afterAll(() => Promise.all([alice?.page.close(), bob?.page.close()]));

  async function talk(): Promise<void> {
    const answering = bob.does('answerNext');
    await alice.call('bob');
    await answering;
    await alice.does('whenUp');
    await bob.does('whenSounding');
  }

  async function hears(hz: number): Promise<void> {
    const hear = async (): Promise<number> => (await bob.does('hear', hz, 800)).ratio;
    await expect.poll(hear, { timeout: 8_000, interval: 10 }).toBeGreaterThan(20);
  }

  const heardOf = (): Promise<string[]> =>
    alice.page.evaluate(() => window.harness.emitted('devices'));

  test('a chosen headset that is unplugged falls back, and comes back', async () => {
    await alice.page.evaluate(
      (hz) => window.fakeMicrophones.plug({ id: 'headset', hz }),
      HEADSET_HZ,
    );
    await talk();
    await hears(DESK_HZ);

    await alice.page.evaluate(() => window.harness.client.devices.useInput('headset'));
    await hears(HEADSET_HZ);
    expect(await alice.page.evaluate(() => window.fakeMicrophones.on())).toEqual(['headset']);

    await alice.page.evaluate(() => window.fakeMicrophones.unplug('headset'));
    await alice.until('devices', '- headset, lost input', 5_000);
    await hears(DESK_HZ);

    await alice.page.evaluate(
      (hz) => window.fakeMicrophones.plug({ id: 'headset', hz }),
      HEADSET_HZ,
    );
    await alice.until('devices', '+ headset', 5_000);
    await hears(HEADSET_HZ);

    await alice.hangUp();
    await bob.does('whenEnded');
    expect(await alice.page.evaluate(() => window.fakeMicrophones.on())).toEqual([]);
    expect(await heardOf()).toContain('+ headset');
    expect([...alice.faults, ...bob.faults]).toEqual([]);
  });

  test('a muted call stays muted with another microphone', async () => {
    await alice.page.evaluate(() => window.harness.client.devices.useInput('desk'));
    await talk();
    await alice.mute(true);
    await alice.page.evaluate(() => window.harness.client.devices.useInput('headset'));
    const level = async (): Promise<number> => (await bob.does('hear', HEADSET_HZ, 600)).level;
    await expect.poll(level, { timeout: 6_000, interval: 10 }).toBeLessThan(0.002);
    await alice.mute(false);
    await hears(HEADSET_HZ);
    await alice.hangUp();
    await bob.does('whenEnded');
  });

  test('a processor of the page changes sent and received audio within the call', async () => {
    await talk();
    await hears(HEADSET_HZ);
    for (const [way, ear, hz] of [
      ['local', bob, 2_000],
      ['remote', alice, 2_300],
    ] as const) {
      await alice.page.evaluate(
        (direction, wanted) => {
          const made = new Map<MediaStream, AudioContext>();
          // Whatever is said, a tone is heard, so that nothing of it is left to be mistaken for it.
          const processor = {
            async create(stream: MediaStream): Promise<MediaStream> {
              const context = new AudioContext();
              const source = context.createMediaStreamSource(stream);
              const level = context.createGain();
              level.gain.value = 0;
              const tone = context.createOscillator();
              tone.frequency.value = wanted;
              const out = context.createMediaStreamDestination();
              source.connect(level).connect(out);
              tone.connect(out);
              tone.start();
              made.set(out.stream, context);
              return out.stream;
            },
            async destroy(stream: MediaStream): Promise<void> {
              await made.get(stream)?.close();
            },
          };
          return window.harness.client.devices.process(processor, direction);
        },
        way,
        hz,
      );
      const played = async (): Promise<number> =>
        ear === bob
          ? (await bob.does('hear', hz, 800)).ratio
          : ((await alice.does('hearPlayed', [hz], 800))[0]?.ratio ?? Number.NaN);
      await expect.poll(played, { timeout: 8_000, interval: 10 }).toBeGreaterThan(20);
      await alice.page.evaluate(
        (direction) => window.harness.client.devices.process(undefined, direction),
        way,
      );
    }
    await hears(HEADSET_HZ);
    await alice.hangUp();
    await bob.does('whenEnded');
  });
});
