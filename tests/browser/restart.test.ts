/** The server is killed and started again while a call rings, and while one is muted: both go on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium, firefox } from './browsers.js';
import { hearEachOther, hears, talk } from './conversation.js';
import type { Person } from './person.js';
import { networkAddress } from './server.js';
import { DIALECTS, TestEnv } from './test-env.js';

const ALICE_HZ = 620;
const BOB_HZ = 1_170;
let env: TestEnv;

beforeAll(async () => {
  env = await TestEnv.open({ apart: true, media: ['127.0.0.1', networkAddress()] });
});

afterAll(() => env?.close());

/** From now on the page records events of calls. */
function watch(): void {
  const { harness } = window;
  const notes: string[] = [];
  Object.assign(window, { notes });
  harness.current.on('state', (state) => notes.push(state));
  harness.current.on('audio', (state) => notes.push(`audio ${state}`));
  harness.client.on('call', () => notes.push('call'));
  harness.client.on('incoming', () => notes.push('incoming'));
}

const notesOf = (person: Person): Promise<string[]> =>
  person.page.evaluate(() => (window as unknown as { notes: string[] }).notes);

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

  /** The server is away for a moment, and both pages are back. */
  async function restart(): Promise<void> {
    const both = [alice, bob];
    for (const one of both) await one.page.evaluate(watch);
    const away = await Promise.all(both.map((one) => one.does('emitted', 'client')));
    await env.server.crash();
    await env.server.startAgain();
    for (const [index, one] of both.entries()) {
      const emitted = async (): Promise<string[]> =>
        (await one.does('emitted', 'client')).slice(away[index]?.length);
      await expect.poll(emitted, { timeout: 15_000 }).toEqual(['reconnecting', 'connected']);
    }
  }

  test('a call that rings is answered afterwards', async () => {
    const ringing = bob.does('awaitCall');
    await alice.call('bob');
    await ringing;
    await alice.until('state', 'ringing', 10_000);
    await restart();
    await bob.does('accept');
    expect(await Promise.all([alice.does('whenUp'), bob.does('whenUp')])).toEqual([true, true]);
    await hearEachOther(alice, bob);
    expect(await notesOf(bob)).toEqual(['answering', 'up', 'audio connected']);
    expect(await notesOf(alice)).not.toContain('ended');
    expect(await notesOf(alice)).not.toContain('call');
    const ended = bob.does('whenEnded');
    await alice.hangUp();
    expect(await ended).toMatchObject({ cause: 'normal', by: 'peer' });
  });

  test('a muted call stays muted', async () => {
    await talk(alice, bob);
    await hearEachOther(alice, bob);
    await alice.mute(true);
    await restart();
    await bob.does('whenSounding');
    await hears(alice, bob, 15_000);
    expect((await bob.hears(alice, 800)).ratio).toBeLessThan(0);
    await alice.mute(false);
    await hears(bob, alice);
    for (const one of [alice, bob]) {
      expect(await notesOf(one)).toEqual(['audio interrupted', 'audio connected']);
    }
    await alice.hangUp();
    await bob.does('whenEnded');
  });
});
