/** Calls that were not answered look like that, and no key ends a call by accident. */
import { connect } from 'node:net';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chromium } from './browsers.js';
import { cardOf, dials, endByKey, pictures, press, says, visit } from './softphone.js';
import { TestEnv } from './test-env.js';

/** As the demonstration: a failed dial is followed by a spoken sentence, in a call that is answered. */
const DOCUMENT =
  '<Response><Dial answerOnBridge="true" timeout="20"><Client>bob</Client></Dial><Say>Nobody took the call.</Say><Pause length="20"/></Response>';
const ABSENT = DOCUMENT.replace('>bob<', '>zaphod<');

let env: TestEnv;
let alice: Page;
let bob: Page;
let carol: Page;

beforeAll(async () => {
  env = await TestEnv.open({ apart: true });
  const toBob = await env.application('twilio', DOCUMENT);
  const toNobody = await env.application('twilio', ABSENT);
  await env.endpoint('zaphod');
  alice = await visit(env, await env.keep(chromium({ hz: 620 })), 'alice', toBob);
  bob = await visit(env, await env.keep(chromium({ hz: 1_170 })), 'bob');
  carol = await visit(env, await env.keep(chromium({ hz: 1_830 })), 'carol', toNobody);
});

afterAll(() => env?.close());

afterEach(async () => {
  for (const page of [alice, bob, carol]) {
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await endByKey(page);
    await page.waitForFunction(() => document.querySelector('.live') === null);
  }
});

const visible = (page: Page, selector: string): Promise<boolean> =>
  page.$eval(selector, (element) => (element as HTMLElement).checkVisibility());

describe('a dial that is not answered', () => {
  test('shows that it was declined, during the announcement and afterwards', async () => {
    await dials(alice, 'bob');
    await press(bob, `${await cardOf(bob, 'alice')} .decline`);
    await says(alice, '.live .what', /declined/);
    expect(await alice.$eval('.live', (card) => (card as HTMLElement).dataset['failed'])).toBe(
      'true',
    );
    expect(await visible(alice, '.live .quality')).toBe(false);
    await pictures(alice, 'declined');
    await endByKey(alice);
    await says(alice, '#recent li:first-child .why', /declined/);
    expect(await alice.$eval('#recent li', (item) => (item as HTMLElement).dataset['good'])).toBe(
      'false',
    );
    expect(await alice.$('.rating')).toBeNull();
  });

  test('shows that the other party could not be reached', async () => {
    await dials(carol, 'zaphod');
    await says(carol, '.live .what', /They cannot be reached/);
    expect(await visible(carol, '.live .quality')).toBe(false);
    await endByKey(carol);
    expect(await carol.$eval('#recent li', (item) => (item as HTMLElement).dataset['good'])).toBe(
      'false',
    );
  });

  test('is a missed call at the other end', async () => {
    await dials(alice, 'bob');
    await cardOf(bob, 'alice');
    await endByKey(alice);
    await says(bob, '#recent li:first-child .why', /Missed/);
    await says(bob, '#recent li:first-child .when', /\d:\d\d/);
    await pictures(bob, 'missed');
  });
});

describe('keys', () => {
  test('Escape and a second Enter end no call', async () => {
    await dials(alice, 'bob');
    await alice.keyboard.press('Enter');
    await press(bob, `${await cardOf(bob, 'alice')} .answer`);
    await bob.keyboard.press('Enter');
    await says(alice, '.live .what', /^Talking$/);
    for (const key of ['Escape', 'Enter', ' ', 'Escape'] as const) {
      await alice.keyboard.press(key);
      await bob.keyboard.press(key);
    }
    await alice.focus('#to');
    await alice.keyboard.press('Escape');
    await press(alice, '.live .pad');
    await alice.keyboard.press('Escape');
    await says(alice, '.live .what', /^Talking$/);
    await says(bob, '.live .what', /^Talking$/);
  });

  test('single letters can be switched off', async () => {
    await dials(alice, 'bob');
    await press(bob, `${await cardOf(bob, 'alice')} .answer`);
    await says(bob, '.live .what', /^Talking$/);
    const choose = (): Promise<void> =>
      bob.$eval('#single-keys', (box) => (box as HTMLInputElement).click());
    await choose();
    await bob.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await bob.keyboard.press('m');
    await bob.keyboard.press('h');
    expect(await bob.$eval('.live .mute', (button) => button.ariaPressed)).toBe('false');
    await says(bob, '.live .what', /^Talking$/);
    await choose();
    await bob.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await bob.keyboard.press('m');
    await says(bob, '.live .what', /You are muted/);
  });

  test('signing out in a call asks first', async () => {
    await dials(alice, 'bob');
    await press(bob, `${await cardOf(bob, 'alice')} .answer`);
    await says(alice, '.live .what', /^Talking$/);
    await press(alice, '#sign-out');
    await alice.waitForSelector('#leaving[open]');
    await pictures(alice, 'leaving');
    await press(alice, '#leaving [value="stay"]');
    await says(alice, '.live .what', /^Talking$/);
    await press(alice, '#sign-out');
    await press(alice, '#leaving [value="sign-out"]');
    await says(bob, '#recent li:first-child .why', /They hung up/);
    await says(alice, '#state-text', /^Signed out$/);
    alice = await visit(
      env,
      alice.browserContext(),
      'alice',
      await env.application('twilio', DOCUMENT),
    );
  });
});

test('a second call that is answered and swapped raises no error', async () => {
  const faults: string[] = [];
  bob.on('pageerror', (error) => faults.push(String(error)));
  const dave = await visit(
    env,
    await env.keep(chromium({ hz: 1_830 })),
    'dave',
    await env.application('twilio', DOCUMENT),
  );
  await dials(alice, 'bob');
  await press(bob, `${await cardOf(bob, 'alice')} .answer`);
  await says(bob, '.live .what', /^Talking$/);
  await dials(dave, 'bob');
  await press(bob, `${await cardOf(bob, 'dave')} .answer`);
  await says(bob, `${await cardOf(bob, 'alice')} .what`, /^On hold$/);
  await press(bob, `${await cardOf(bob, 'alice')} .swap`);
  await says(bob, `${await cardOf(bob, 'dave')} .what`, /^On hold$/);
  await new Promise((later) => setTimeout(later, 500));
  expect(faults).toEqual([]);
  await endByKey(dave);
  await endByKey(alice);
});

test('without a server the strip shows no quality, and a banner names the problem', async () => {
  await dials(alice, 'bob');
  await press(bob, `${await cardOf(bob, 'alice')} .answer`);
  await says(alice, '.live .grade', /^Excellent$/);
  const { port } = env.server;
  await env.server.crash();
  expect(await refused(port)).toBe(true);
  await says(alice, '.live .grade', /^No sound$/);
  expect(
    await alice.$eval('.live .quality', (strip) => (strip as HTMLElement).dataset['bars']),
  ).toBe('0');
  await says(alice, '.live .loss', /^–$/);
  await says(alice, '#notices', /connection to the server is lost/);
  await pictures(alice, 'server-gone');
  await env.server.startAgain();
  await says(alice, '#state-text', /^Ready for calls$/);
  expect(await alice.$eval('#notices', (all) => all.textContent ?? '')).not.toMatch(
    /connection to the server is lost/,
  );
});

/** Whether connections are refused there. */
const refused = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => done(false)).once('error', () => done(true));
  });
