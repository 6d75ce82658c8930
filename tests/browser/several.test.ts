/** Several calls and several people: waiting, handing on, joining, several tabs, and what people think of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium, firefox, type PageHost } from './browsers.js';
import { hears, talk } from './conversation.js';
import { Person } from './person.js';
import { DIALECTS, TestEnv } from './test-env.js';

const ALICE_HZ = 620;
const BOB_HZ = 1_170;
const CAROL_HZ = 1_830;
let env: TestEnv;
let alice: Person;
let bob: Person;
let carol: Person;
let toBob: string;
let toCarol: string;

beforeAll(async () => {
  env = await TestEnv.open();
  toBob = await env.application('twilio', DIALECTS.twilio.dial('bob'));
  toCarol = await env.application('plivo', DIALECTS.plivo.dial('carol'));
  alice = await env.person(chromium({ hz: ALICE_HZ }), 'alice', ALICE_HZ, toBob);
  bob = await env.person(chromium({ hz: BOB_HZ }), 'bob', BOB_HZ, toCarol);
  carol = await env.person(chromium({ hz: CAROL_HZ }), 'carol', CAROL_HZ);
});

afterAll(() => env?.close());

test('a transferred party gets music, and then the target', async () => {
  const id = await talk(alice, bob);
  await hears(alice, bob);
  const ringing = carol.does('awaitCall');
  await bob.page.evaluate(() => window.harness.current.transfer('carol'));
  expect(await bob.does('whenEnded')).toMatchObject({ cause: 'transferred' });
  expect(await ringing).toContain('alice');
  const music = await alice.hears(bob, 800);
  expect(music.level).toBeGreaterThan(0.01);
  expect(music.ratio).toBeLessThan(0);
  await carol.does('accept');
  await hears(alice, carol);
  await hears(carol, alice);
  expect(await alice.does('emitted', 'notice')).toContain('transferred');
  await carol.hangUp();
  await alice.does('whenEnded');
  const record = await env.server.record(id);
  expect(record.legs.map(({ cause }) => cause)).toEqual([
    'document-ended',
    'transferred',
    'normal',
  ]);
});

test('one call waits while another is made, and then the two are one', async () => {
  await talk(alice, bob);
  const answering = carol.does('answerNext');
  await bob.hold();
  // Two pages' worth of calls in one page: the harness remembers the newest.
  await bob.page.evaluate(async () => {
    window.harness.kept = window.harness.current;
    await window.harness.call('carol');
  });
  await answering;
  await bob.does('whenUp');
  await hears(bob, carol);
  await bob.page.evaluate(async () => {
    const { kept, current } = window.harness;
    if (kept) await kept.transfer(current);
  });
  expect(await bob.does('whenEnded')).toMatchObject({ cause: 'transferred' });
  await hears(alice, carol);
  await hears(carol, alice);
  await alice.hangUp();
  expect(await carol.does('whenEnded')).toMatchObject({ cause: 'normal' });
});

test('what people think and what pages measured is kept with the call', async () => {
  const id = await talk(alice, bob);
  await bob.page.evaluate(async () => {
    let samples = 0;
    await new Promise<void>((done) => {
      window.harness.current.on('sample', () => {
        samples += 1;
        if (samples >= 11) done();
      });
    });
  });
  const bobs = (await bob.facts()).id;
  await alice.hangUp();
  await bob.does('whenEnded');
  await bob.page.evaluate(() =>
    window.harness.current.feedback({ score: 2, issues: ['echo'], note: 'as in a church' }),
  );
  await env.server.record(id);
  type Listed<Item> = { items: Item[] };
  const said = await env.server.api<Listed<{ leg: string; score: number; issues: string[] }>>(
    'GET',
    `/calls/${id}/feedback`,
  );
  expect(said.items).toMatchObject([{ leg: bobs, party: 'bob', score: 2, issues: ['echo'] }]);
  const { items } = await env.server.api<Listed<{ leg: string; samples: { mos: number }[] }>>(
    'GET',
    `/calls/${id}/quality`,
  );
  const own = items.find(({ leg }) => leg === bobs)?.samples ?? [];
  expect(own.length).toBeGreaterThanOrEqual(10);
  expect(own.at(-1)?.mos).toBeGreaterThan(4);
});

test('a muted remote party is the likely cause of silence', async () => {
  await talk(alice, bob);
  const emitted = alice.page.evaluate(
    () =>
      new Promise<string>((found) => {
        window.harness.current.on('audio-issue', ({ code, raised }) => {
          if (raised) found(code);
        });
      }),
  );
  await bob.mute(true);
  expect(await emitted).toBe('peer-silent');
  const over = alice.page.evaluate(
    () =>
      new Promise<boolean>((found) => {
        window.harness.current.on('audio-issue', ({ raised }) => found(raised));
      }),
  );
  await bob.mute(false);
  expect(await over).toBe(false);
  await alice.hangUp();
  await bob.does('whenEnded');
});

test('speech while muted is reported, and is not sent', async () => {
  const erin = await Person.open(alice.browser, env.server.url, ALICE_HZ);
  // A microphone in a quiet room, until somebody speaks.
  await erin.page.evaluate((hz) => {
    const context = new AudioContext();
    const out = context.createMediaStreamDestination();
    const voice = context.createGain();
    const tone = new OscillatorNode(context, { frequency: hz });
    const room = new GainNode(context, { gain: 0.0005 });
    tone.connect(voice).connect(out);
    tone.connect(room).connect(out);
    voice.gain.value = 0;
    tone.start();
    window.speak = () => {
      voice.gain.value = 0.5;
    };
    navigator.mediaDevices.getUserMedia = async () => out.stream.clone();
  }, ALICE_HZ);
  await erin.arrives({ token: await env.token('erin', toBob) });
  const answering = bob.does('answerNext');
  await erin.call('bob');
  await answering;
  await Promise.all([erin.does('whenUp'), bob.does('whenUp')]);
  await erin.page.evaluate(
    () =>
      new Promise<void>((noticed) => {
        window.harness.current.on('speaking-while-muted', () => noticed());
        window.harness.current.mute(true);
        setTimeout(() => window.speak?.(), 600);
      }),
  );
  expect((await bob.hears(erin, 600)).level).toBeLessThan(0.002);
  await erin.hangUp();
  await bob.does('whenEnded');
  await erin.page.close();
});

test('of two tabs one rings, both know, and one learns that the other has answered', async () => {
  const tabs = await Promise.all([
    env.tab(bob.browser, 'bob', BOB_HZ, { sounds: { incoming: true } }),
    env.tab(bob.browser, 'bob', BOB_HZ, { sounds: { incoming: true } }),
  ]);
  const ringing = tabs.map((tab) => tab.does('awaitCall'));
  await alice.call('bob');
  await Promise.all(ringing);
  const audible = (): Promise<boolean[]> =>
    Promise.all(
      tabs.map((tab) =>
        tab.page.evaluate(() => !window.harness.client.sounds.element('incoming').paused),
      ),
    );
  await expect.poll(audible, { timeout: 3_000 }).toSatisfy((playing: boolean[]) => {
    return playing.filter(Boolean).length === 1;
  });
  const [first, second] = tabs;
  await first?.does('accept');
  expect(await second?.does('whenEnded')).toMatchObject({ cause: 'answered-elsewhere' });
  expect(await audible()).toEqual([false, false]);
  await alice.hangUp();
  await first?.does('whenEnded');
  await Promise.all(tabs.map((tab) => tab.page.close()));
});

describe.each([
  ['Chromium', chromium],
  ['Firefox', firefox],
] as const)('a network check in %s', (name, launch) => {
  let browser: PageHost;

  beforeAll(async () => {
    browser = await env.keep<PageHost>(launch({ hz: 440 }));
  });

  test('reports connectivity and quality, and leaves nothing behind', async () => {
    const dave = await env.tab(browser, 'dave', 440, {});
    const report = await dave.page.evaluate(async () => {
      const { samples, ...rest } = await window.harness.client.preflight({
        seconds: 4,
        microphone: true,
      }).done;
      return { ...rest, samples: samples.length, calls: window.harness.client.calls.length };
    });
    process.stdout.write(`${name}: ${report.verdict.code}, ready in ${report.timing.readyMs} ms\n`);
    expect(report).toMatchObject({ udp: true, tcp: true, turnRequired: false, calls: 0 });
    expect(report.verdict.code).toBe('excellent');
    expect(report.samples).toBeGreaterThanOrEqual(3);
    expect(report.mos?.mean).toBeGreaterThan(4);
    expect(report.inboundLoss).toBe(0);
  });
});
