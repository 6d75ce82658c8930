/** The server is killed during calls and started again: what both parties and the application are told. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium, firefox } from './browsers.js';
import { hearEachOther, talk } from './conversation.js';
import { DIALECTS, Office } from './office.js';
import type { Person } from './person.js';
import { networkAddress } from './server.js';

const ALICE_HZ = 620;
const BOB_HZ = 1_170;
let office: Office;

beforeAll(async () => {
  office = await Office.open({ apart: true, media: ['127.0.0.1', networkAddress()] });
});

afterAll(() => office?.close());

describe.each([
  ['Chromium', chromium],
  ['Firefox', firefox],
] as const)('%s', (_name, launch) => {
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    const application = await office.application('twilio', DIALECTS.twilio.dial('bob'));
    alice = await office.person(launch({ hz: ALICE_HZ }), 'alice', ALICE_HZ, application);
    bob = await office.person(launch({ hz: BOB_HZ }), 'bob', BOB_HZ);
  });

  test('both parties learn that the server was away, and can talk again', async () => {
    const id = await talk(alice, bob);
    await hearEachOther(alice, bob);
    const endings = Promise.all([alice.does('whenEnded'), bob.does('whenEnded')]);
    await office.server.crash();
    await Promise.all([alice, bob].map((each) => each.until('client', 'reconnecting', 10_000)));
    await office.server.startAgain();
    for (const ending of await endings) {
      expect(ending).toMatchObject({ cause: 'server-restarted', by: 'server' });
      expect(ending?.message).toMatch(/server/i);
    }
    const record = await office.server.record(id);
    expect(record.legs.map(({ cause }) => cause)).toEqual(['server-restarted', 'server-restarted']);
    expect(record.answered_s).toBeGreaterThan(0);
    await Promise.all([alice, bob].map((each) => each.does('register')));
    await talk(alice, bob);
    await hearEachOther(alice, bob);
    await alice.hangUp();
    expect(await bob.does('whenEnded')).toMatchObject({ cause: 'normal', by: 'peer' });
  });
});
