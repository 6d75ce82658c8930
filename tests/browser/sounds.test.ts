/** Sounds that a client makes by itself: measured in the elements that play them, on pages that forbid much. */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium, firefox, type PageHost } from './browsers.js';
import { install } from './harness.js';
import { Person } from './person.js';
import { DIALECTS, TestEnv } from './test-env.js';

let env: TestEnv;
let application: string;

beforeAll(async () => {
  env = await TestEnv.open();
  // It rings for as long as a busy machine takes to listen.
  const document = DIALECTS.twilio.dial('bob').replace('timeout="20"', 'timeout="90"');
  application = await env.application('twilio', document);
});

afterAll(() => env?.close());

type Name = 'incoming' | 'ringing' | 'connecting' | 'ended' | 'keys';

/** How much of a page's sound is each of some tones, at best, while it is listened to. */
async function ratiosOf(person: Person, name: Name, tones: readonly number[]): Promise<number[]> {
  const played = await person.does('hearPlayed', tones, 2_800, name);
  return played.map(({ ratios }) => Math.max(...ratios));
}

/** How much of a page's sound is this tone, at best, while it is listened to. */
async function ratioOf(person: Person, name: Name, hz: number): Promise<number> {
  return Math.max(...(await ratiosOf(person, name, [hz])));
}

/**
 * Tries a sound. Some are shorter than what an ear takes in at once, or over before Chromium's capture has begun: again
 * and again, then, which Firefox cannot capture.
 */
async function tries(person: Person, name: Name): Promise<void> {
  await person.page.evaluate(async (which) => {
    const { sounds } = window.harness.client;
    await sounds.test(which);
    const element = sounds.element(which, '5');
    element.loop = 'captureStream' in element;
  }, name);
}

/** The bell of somebody's page, which is silent for seconds between two rings. */
async function hears(person: Person, hz: number, ratio: number): Promise<void> {
  await expect
    .poll(() => ratioOf(person, 'incoming', hz), { timeout: 20_000, interval: 10 })
    .toBeGreaterThan(ratio);
}

describe.each([
  ['Chromium', chromium],
  ['Firefox', firefox],
] as const)('%s', (_name, launch) => {
  let hers: PageHost;
  let his: PageHost;

  beforeAll(async () => {
    hers = await env.keep<PageHost>(launch({ hz: 620 }));
    his = await env.keep<PageHost>(launch({ hz: 1_170 }));
  });

  afterAll(() => Promise.all([hers?.close(), his?.close()]));

  test('the caller gets the ringing tone, the callee rings, and both stop in time', async () => {
    const alice = await env.tab(hers, 'alice', 620, { sounds: true }, application);
    const bob = await env.tab(his, 'bob', 1_170, { sounds: true });
    await alice.call('bob');
    await bob.does('awaitCall');
    // The server's own ring-back tone: nothing of ours is in its way.
    const ring = async (): Promise<number> =>
      Math.max(...(await alice.does('hear', 440, 4_500)).ratios);
    await expect.poll(ring, { timeout: 15_000 }).toBeGreaterThan(-6);
    expect(
      await alice.page.evaluate(() => window.harness.client.sounds.element('ringing').paused),
    ).toBe(true);
    // The bell has two notes at once; each is half of it.
    await hears(bob, 880, -6);
    await bob.does('accept');
    await alice.does('whenUp');
    const silent = (person: Person): Promise<boolean> =>
      person.page.evaluate(() =>
        (['incoming', 'ringing', 'connecting'] as const).every(
          (name) => window.harness.client.sounds.element(name).paused,
        ),
      );
    expect([await silent(alice), await silent(bob)]).toEqual([true, true]);
    await alice.hangUp();
    await bob.does('whenEnded');
    expect([...alice.faults, ...bob.faults]).toEqual([]);
    await Promise.all([alice.page.close(), bob.page.close()]);
  });

  test.each([
    ['ringing', 425, 20],
    ['connecting', 440, -8],
    ['ended', 380, 10],
  ] as const)('%s can be tried, and is heard', async (name, hz, ratio) => {
    const alice = await env.tab(hers, 'alice', 620, { sounds: true }, application);
    const measuring = ratioOf(alice, name, hz);
    await tries(alice, name);
    expect(await measuring).toBeGreaterThan(ratio);
    await alice.page.close();
  });

  test('a missing file delays no call, and the built-in sound rings', async () => {
    const gone = `${env.server.url}/sdk/sounds/no-such-file.wav`;
    const alice = await env.tab(hers, 'alice', 620, {}, application);
    const bob = await env.tab(his, 'bob', 1_170, { sounds: { incoming: gone } });
    await alice.call('bob');
    await bob.does('awaitCall');
    await hears(bob, 880, -6);
    await alice.hangUp();
    await bob.does('whenEnded');
    await Promise.all([alice.page.close(), bob.page.close()]);
  });

  test('our own files are served, and one of them can take the place of another', async () => {
    const ring = `${env.server.url}/sdk/sounds/ringing.wav`;
    const alice = await env.tab(hers, 'alice', 620, {}, application);
    const bob = await env.tab(his, 'bob', 1_170, { sounds: { incoming: ring } });
    await alice.call('bob');
    await bob.does('awaitCall');
    await hears(bob, 425, 20);
    await alice.hangUp();
    await bob.does('whenEnded');
    await Promise.all([alice.page.close(), bob.page.close()]);
  });

  describe('a page whose content policy knows no sound but its own', () => {
    let pages: Server;
    let url: string;

    beforeAll(async () => {
      pages = createServer((_question, answer) => {
        const from = env.server.url;
        answer.setHeader('content-type', 'text/html');
        answer.setHeader(
          'content-security-policy',
          `default-src 'none'; script-src ${from}; connect-src ${from} ${from.replace('http', 'ws')}`,
        );
        answer.end(
          `<!doctype html><title>strict</title><script src="${from}/sdk/offhook.js"></script>`,
        );
      });
      await new Promise<void>((ready) => pages.listen(0, '127.0.0.1', ready));
      const address = pages.address();
      url = `http://localhost:${typeof address === 'object' && address ? address.port : 0}`;
    });

    afterAll(() => pages?.close());

    test('rings all the same', async () => {
      const alice = await env.tab(hers, 'alice', 620, {}, application);
      const bob = new Person(his, await his.newPage(), 1_170);
      await bob.page.goto(url);
      await bob.page.evaluate(install, false);
      await bob.arrives({
        url: env.server.url,
        token: await env.token('bob'),
        sounds: true,
      });
      await alice.call('bob');
      await bob.does('awaitCall');
      await hears(bob, 880, -6);
      await alice.hangUp();
      await bob.does('whenEnded');
      await Promise.all([alice.page.close(), bob.page.close()]);
    });
  });
});

describe('Chromium with several devices', () => {
  test('each kind of sound goes to its own output, also when it begins', async () => {
    const his = await env.keep(chromium({ hz: 1_170, devices: 3 }));
    const alice = await env.person(chromium({ hz: 620 }), 'alice', 620, application);
    const bob = await env.tab(his, 'bob', 1_170, { sounds: true });
    const [speaker, ringer] = await bob.page.evaluate(async () => {
      const { devices } = window.harness.client;
      const stream = await devices.requestPermission();
      for (const track of stream.getTracks()) track.stop();
      const outputs = (await devices.list('output'))
        .map(({ deviceId }) => deviceId)
        .filter((id) => id !== 'default');
      const [one = '', two = ''] = outputs;
      await devices.speaker.set(one);
      await devices.ringer.set([two]);
      return [one, two];
    });
    expect(speaker).not.toBe(ringer);
    await alice.call('bob');
    await bob.does('awaitCall');
    await hears(bob, 880, -6);
    await bob.does('accept');
    await bob.does('whenSounding');
    const places = await bob.page.evaluate(async () => {
      const { client, current } = window.harness;
      await client.sounds.test('keys');
      const of = (element: HTMLAudioElement | undefined): string | undefined => element?.sinkId;
      return [
        of(current.element),
        of(client.sounds.element('incoming')),
        of(client.sounds.element('key-5')),
      ];
    });
    expect(places).toEqual([speaker, ringer, speaker]);
    const nowhere = bob.page.evaluate(() =>
      window.harness.client.devices.speaker.set('nowhere').catch(({ code }) => code),
    );
    expect(await nowhere).toBe('output-refused');
    await alice.hangUp();
    await bob.does('whenEnded');
    expect([...alice.faults, ...bob.faults]).toEqual([]);
  });
});

describe('Chromium that keeps pages silent until they are touched', () => {
  test('rings from the first gesture on', async () => {
    const his = await env.keep(chromium({ hz: 1_170, loud: false }));
    const alice = await env.person(chromium({ hz: 620 }), 'alice', 620, application);
    const bob = await env.tab(his, 'bob', 1_170, { sounds: true });
    await alice.call('bob');
    await bob.does('awaitCall');
    const playing = (): Promise<boolean> =>
      bob.page.evaluate(() => !window.harness.client.sounds.element('incoming').paused);
    expect(await playing()).toBe(false);
    await bob.page.mouse.click(10, 10);
    await expect.poll(playing, { timeout: 10_000 }).toBe(true);
    await hears(bob, 880, -6);
    await alice.hangUp();
    await bob.does('whenEnded');
  });
});

describe('Chromium', () => {
  test('a key sounds as its two tones', async () => {
    const hers = await env.keep(chromium({ hz: 620 }));
    const alice = await env.tab(hers, 'alice', 620, { sounds: true }, application);
    const measuring = ratiosOf(alice, 'keys', [770, 1_336]);
    await tries(alice, 'keys');
    const [row, column] = await measuring;
    expect(row).toBeGreaterThan(-6);
    expect(column).toBeGreaterThan(-6);
    await alice.page.close();
  });
});
