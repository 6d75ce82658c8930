/** Two people talk through an application's document, in each browser and each dialect. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium, firefox, type PageHost } from './browsers.js';
import { hearEachOther, talk } from './conversation.js';
import type { Person } from './person.js';
import { DIALECTS, type Dialect, TestEnv } from './test-env.js';

const ALICE_HZ = 620;
const BOB_HZ = 1_170;
/** What the page says along with its call. */
const ASIDE = { parameters: { shoe: 'left' }, headers: { 'X-PH-Colour': 'red' } };
let env: TestEnv;

beforeAll(async () => {
  env = await TestEnv.open();
});

afterAll(() => env?.close());

/** One does not hear the other any more, once what was under way has been played. */
async function hearNothing(ear: Person, voice: Person): Promise<void> {
  const hear = async (): Promise<number> => (await ear.hears(voice, 600)).level;
  await expect.poll(hear, { timeout: 6_000, interval: 10 }).toBeLessThan(0.002);
}

/** One hears something that is not the other. */
async function hearMusic(ear: Person, voice: Person): Promise<void> {
  const hear = async (): Promise<boolean> => {
    const { level, ratio } = await ear.hears(voice, 600);
    return level > 0.01 && ratio < 0;
  };
  await expect.poll(hear, { timeout: 6_000, interval: 10 }).toBe(true);
}

describe.each([
  ['Chromium', chromium],
  ['Firefox', firefox],
] as const)('%s', (_name, launch) => {
  let [hers, his]: PageHost[] = [];

  beforeAll(async () => {
    hers = await env.keep<PageHost>(launch({ hz: ALICE_HZ }));
    his = await env.keep<PageHost>(launch({ hz: BOB_HZ }));
  });

  afterAll(() => Promise.all([hers?.close(), his?.close()]));

  describe.each(['twilio', 'plivo'] as const)('through a document for %s', (dialect: Dialect) => {
    let alice: Person;
    let bob: Person;
    let application: string;

    beforeAll(async () => {
      application = await env.application(dialect, DIALECTS[dialect].dial('bob'));
      if (!hers || !his) throw new Error('there is no browser');
      alice = await env.person(hers, 'alice', ALICE_HZ, application);
      bob = await env.person(his, 'bob', BOB_HZ);
    });

    afterAll(() => Promise.all([alice?.page.close(), bob?.page.close()]));

    test('audio flows both ways within a second, and the record is right', async () => {
      const answering = bob.does('answerNext');
      await alice.call('bob');
      expect(await answering).toContain('alice');
      await Promise.all([alice.does('whenUp'), bob.does('whenUp')]);
      const [atAlice, atBob] = await Promise.all([alice.hears(bob), bob.hears(alice)]);
      for (const measured of [atAlice, atBob]) {
        // The first 200 ms in which the tone is 20 dB over everything else end this late.
        expect(measured.after, `${measured.ratios}`).toBeLessThan(1_000);
      }
      const { id } = await alice.facts();
      await alice.hangUp();
      expect(await bob.does('whenEnded')).toMatchObject({ cause: 'normal', by: 'peer' });
      const record = await env.server.record(id);
      expect(record).toMatchObject({ dialect, cause: 'normal', callee: 'bob' });
      expect(record.caller).toContain('alice');
      expect(record.legs).toHaveLength(2);
      expect(record.answered_s).toBeGreaterThan(1);
      for (const leg of record.legs) {
        expect(leg.media?.codec).toContain('opus');
        expect(leg.media?.received.packets).toBeGreaterThan(50);
      }
      const [asked] = env.web.at(env.pathOf(application));
      expect(asked?.fields['CallStatus']).toBe('ringing');
    });

    test('muting, keys, holding, and hanging up from the other side', async () => {
      await talk(alice, bob, ASIDE);
      await hearEachOther(alice, bob);

      await alice.mute(true);
      await hearNothing(bob, alice);
      await alice.mute(false);
      await hearEachOther(alice, bob);

      await alice.press('5#');
      await bob.until('digit', '5', 3_000);
      await bob.until('digit', '#', 3_000);

      await alice.page.evaluate(() => window.harness.current.sendMessage('lunch?'));
      await bob.until('message', 'lunch?', 3_000);

      await bob.hold();
      await Promise.all([hearMusic(alice, bob), hearNothing(bob, alice)]);
      await bob.resume();
      await hearEachOther(alice, bob);

      const { id } = await alice.facts();
      await bob.hangUp();
      // The document has nothing to say after its dial, so that the caller's call ends, too.
      expect(await alice.does('whenEnded')).toMatchObject({
        cause: 'document-ended',
        by: 'server',
      });
      const record = await env.server.record(id);
      const callee = record.legs.find((leg) => leg.peer.includes('bob'));
      expect(callee).toMatchObject({ cause: 'normal', ended_by: 'peer' });
      expect([...alice.faults, ...bob.faults]).toEqual([]);
    });
  });
});

describe('who does not answer', () => {
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    const application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
    alice = await env.person(chromium({ hz: ALICE_HZ }), 'alice', ALICE_HZ, application);
    bob = await env.person(chromium({ hz: BOB_HZ }), 'bob', BOB_HZ);
  });

  test('has another device that was quicker', async () => {
    const second = await env.person(chromium({ hz: 1_830 }), 'bob', 1_830);
    const [here, there] = [bob.does('awaitCall'), second.does('awaitCall')];
    await alice.call('bob');
    await Promise.all([here, there]);
    await second.does('accept');
    expect(await second.does('whenUp')).toBe(true);
    expect(await bob.does('whenEnded')).toMatchObject({ cause: 'answered-elsewhere' });
    expect((await alice.hears(second)).ratio).toBeGreaterThan(20);
    await alice.hangUp();
    await second.does('whenEnded');
    await second.browser.close();
  });
});
