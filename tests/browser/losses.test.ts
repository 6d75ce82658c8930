/** What is lost comes back: sockets, pages; and what does not come back is reported. */
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium, ownChromium } from './browsers.js';
import { hears, talk } from './conversation.js';
import type { Person } from './person.js';
import { Wire } from './proxy.js';
import { DIALECTS, TestEnv } from './test-env.js';

const ALICE_HZ = 620;
const BOB_HZ = 1_170;
const CUT_MS = 20_000;
let env: TestEnv;
let wire: Wire;
let hers: Browser;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  env = await TestEnv.open();
  wire = new Wire(env.server.port);
  const url = await wire.open();
  const application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
  hers = await ownChromium({ hz: ALICE_HZ });
  alice = await env.person(hers, 'alice', ALICE_HZ, application, url);
  bob = await env.person(chromium({ hz: BOB_HZ }), 'bob', BOB_HZ);
});

afterAll(async () => {
  wire?.close();
  await env?.close();
});

test('a socket that is cut for 20 s costs not one frame of sound, and hanging up works afterwards', async () => {
  const id = await talk(alice, bob);
  await hears(bob, alice);
  const packets = (): Promise<{ received: number; lost: number }> =>
    bob.page.evaluate(async () => {
      const { packetsReceived, packetsLost } = await window.harness.current.sample();
      return { received: packetsReceived, lost: packetsLost };
    });
  const before = await packets();
  const began = Date.now();
  wire.cut();
  await alice.until('client', 'reconnecting', 2_000);
  await new Promise((later) => setTimeout(later, CUT_MS - (Date.now() - began)));
  expect((await bob.hears(alice)).ratio).toBeGreaterThan(20);
  const cut = await packets();
  const seconds = (Date.now() - began) / 1_000;
  wire.mend();
  await alice.until('client', 'connected', 8_000);
  expect(cut.lost).toBe(before.lost);
  // 50 packets a second; one of the two ends of the time measured may fall between two packets.
  expect(cut.received - before.received).toBeGreaterThan(seconds * 50 - 25);

  await alice.hangUp();
  expect(await bob.does('whenEnded')).toMatchObject({ cause: 'normal', by: 'peer' });
  const record = await env.server.record(id);
  for (const leg of record.legs) expect(leg.media?.received.lost, leg.peer).toBe(0);
  const caller = record.legs.find((leg) => leg.peer.includes('alice'));
  expect(caller?.media?.received.packets).toBeGreaterThan(record.answered_s * 50 - 50);
}, 120_000);

test('another network means another path, and the sound goes on', async () => {
  await talk(alice, bob);
  await hears(bob, alice);
  const path = (): Promise<string> =>
    alice.page.evaluate(() => {
      const sdp = window.harness.current.connection.currentLocalDescription?.sdp ?? '';
      return /a=ice-ufrag:(\S+)/.exec(sdp)?.[1] ?? '';
    });
  const before = await path();
  await alice.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect.poll(path, { timeout: 5_000 }).not.toBe(before);
  const measured = await bob.hears(alice);
  expect(measured.ratio, `${measured.ratios}`).toBeGreaterThan(20);
  expect((await alice.facts()).audio).toBe('connected');
  await bob.hangUp();
  await alice.does('whenEnded');
});

test('a killed browser ends the call of the other party within 25 s', async () => {
  const id = await talk(alice, bob);
  await hears(bob, alice);
  const ended = bob.does('whenEnded');
  const began = Date.now();
  hers.process()?.kill('SIGKILL');
  const ending = await ended;
  expect((Date.now() - began) / 1_000).toBeLessThan(25);
  expect(ending?.by).not.toBe('local');
  const record = await env.server.record(id);
  const caller = record.legs.find((leg) => leg.peer.includes('alice'));
  expect(['endpoint-lost', 'media-failed']).toContain(caller?.cause);
}, 60_000);
