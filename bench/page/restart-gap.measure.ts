/** How long two pages in a call are without each other's sound once their killed server serves again. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium } from '../../tests/browser/browsers.js';
import { talk } from '../../tests/browser/conversation.js';
import type { Person } from '../../tests/browser/person.js';
import { DIALECTS, TestEnv } from '../../tests/browser/test-env.js';

const RESTARTS = Number(process.env['MEASURED_CALLS'] ?? 20);
/** Packets of 20 ms after which a voice is there. */
const PACKETS = 5;
let env: TestEnv;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  env = await TestEnv.open({ apart: true });
  const application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
  alice = await env.person(chromium({ hz: 620 }), 'alice', 620, application);
  bob = await env.person(chromium({ hz: 1_170 }), 'bob', 1_170);
});

afterAll(() => env?.close());

/** When the page has had sound on another connection than now, by the clock that all pages of a machine share. */
const soundIsBack = (person: Person): Promise<number> =>
  person.page.evaluate(async (packets) => {
    const call = window.harness.current;
    const before = call.connection;
    while (call.connection === before || (await call.sample()).packetsReceived < packets) {
      await new Promise((later) => setTimeout(later, 5));
    }
    return Date.now();
  }, PACKETS);

test('from the start of the server to sound at both ends', async () => {
  await talk(alice, bob);
  const gaps: number[] = [];
  for (let turn = 0; turn < RESTARTS; turn++) {
    const known = (await alice.does('emitted', 'client')).length;
    await env.server.crash();
    const back = Promise.all([soundIsBack(alice), soundIsBack(bob)]);
    await env.server.startAgain();
    const serves = Date.now();
    gaps.push(Math.max(...(await back)) - serves);
    expect((await alice.does('emitted', 'client')).slice(known)).toContain('connected');
  }
  expect((await alice.facts()).state).toBe('up');
  const place = process.env['MEASURED_INTO'];
  if (place) writeFileSync(place, JSON.stringify(gaps));
  else process.stdout.write(`${gaps.join(' ')} ms\n`);
});
