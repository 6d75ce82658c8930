/** A page is reloaded in the middle of a call: the call goes on in the next one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium, firefox } from './browsers.js';
import { hearEachOther, talk } from './conversation.js';
import type { Person } from './person.js';
import { DIALECTS, TestEnv } from './test-env.js';

const ALICE_HZ = 620;
const BOB_HZ = 1_170;
let env: TestEnv;

beforeAll(async () => {
  env = await TestEnv.open();
});

afterAll(() => env?.close());

describe.each([
  ['Chromium', chromium],
  ['Firefox', firefox],
] as const)('%s', (_name, launch) => {
  let alice: Person;
  let bob: Person;
  let application: string;

  beforeAll(async () => {
    application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
    alice = await env.person(launch({ hz: ALICE_HZ }), 'alice', ALICE_HZ, application);
    bob = await env.person(launch({ hz: BOB_HZ }), 'bob', BOB_HZ);
  });

  test.each(['caller', 'callee'] as const)('the %s is back, and can hang up', async (who) => {
    const id = await talk(alice, bob, { parameters: { shoe: 'left' } });
    await hearEachOther(alice, bob);
    const mine = who === 'caller' ? alice : bob;
    const theirs = who === 'caller' ? bob : alice;
    await mine.reloads(await env.token(who === 'caller' ? 'alice' : 'bob', application));
    await mine.does('whenSounding');
    const backMs = await mine.page.evaluate(() => Math.round(performance.now()));
    process.stdout.write(`${_name}: sound is back ${backMs} ms after the ${who}'s reload\n`);
    await hearEachOther(alice, bob);
    expect(await mine.facts()).toMatchObject({ state: 'up' });
    expect((await mine.facts()).duration).toBeGreaterThan(2);
    await mine.hangUp();
    expect(await theirs.does('whenEnded')).toMatchObject(
      who === 'caller'
        ? { cause: 'normal', by: 'peer' }
        : { cause: 'document-ended', by: 'server' },
    );
    const record = await env.server.record(id);
    expect(record.journal.map(({ event }) => event)).toContain('page-reattached');
  });
});
