/** Several calls in the softphone: waiting, swapping, handing on, joining, writing. */
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chromium } from './browsers.js';
import { cardOf, dials, endByKey, hears, pictures, press, says, visit } from './softphone.js';
import { DIALECTS, TestEnv } from './test-env.js';

const ALICE_HZ = 620;
const BOB_HZ = 1_170;
const CAROL_HZ = 1_830;
let env: TestEnv;
let alice: Page;
let bob: Page;
let carol: Page;

beforeAll(async () => {
  env = await TestEnv.open();
  const toBob = await env.application('twilio', DIALECTS.twilio.dial('bob'));
  const toCarol = await env.application('plivo', DIALECTS.plivo.dial('carol'));
  alice = await visit(env, await env.keep(chromium({ hz: ALICE_HZ })), 'alice', toBob);
  bob = await visit(env, await env.keep(chromium({ hz: BOB_HZ })), 'bob', toCarol);
  carol = await visit(env, await env.keep(chromium({ hz: CAROL_HZ })), 'carol', toBob);
});

afterAll(() => env?.close());

afterEach(async () => {
  for (const page of [alice, bob, carol]) {
    for (let calls = 0; calls < 3; calls++) {
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await endByKey(page);
    }
    await page.waitForFunction(() => document.querySelector('.live') === null);
  }
});

/** Alice calls Bob, who takes it. */
async function talk(): Promise<void> {
  await dials(alice, 'bob');
  const card = await cardOf(bob, 'alice');
  await press(bob, `${card} .answer`);
  await says(alice, '.live .what', /^Talking$/);
  await says(bob, `${card} .what`, /^Talking$/);
}

describe('a second call', () => {
  test('waits, is taken while the first is held, and the two are swapped', async () => {
    await talk();
    await hears(bob, ALICE_HZ);
    await dials(carol, 'bob');
    const second = await cardOf(bob, 'carol');
    const first = await cardOf(bob, 'alice');
    await says(bob, `${second} .answer`, /^Hold and answer$/);
    await pictures(bob, 'waiting');
    await press(bob, `${second} .answer`);
    await says(bob, `${second} .what`, /^Talking$/);
    await says(bob, `${first} .what`, /^On hold$/);
    await says(alice, '.live .what', /They have put you on hold/);
    await hears(bob, CAROL_HZ);
    await pictures(bob, 'held');

    await press(bob, `${first} .swap`);
    await says(bob, `${second} .what`, /^On hold$/);
    await says(bob, `${first} .what`, /^Talking$/);
    await hears(bob, ALICE_HZ);
    await hears(alice, BOB_HZ);

    await bob.keyboard.press('s');
    await says(bob, `${first} .what`, /^On hold$/);
    await hears(bob, CAROL_HZ);
    await press(bob, `${second} .hangup`);
    await press(bob, `${first} .hold`);
    await says(bob, `${first} .what`, /^Talking$/);
    await hears(bob, ALICE_HZ);
  });

  test('is taken in place of the first', async () => {
    await talk();
    await dials(carol, 'bob');
    const second = await cardOf(bob, 'carol');
    await press(bob, `${second} .replace`);
    await says(bob, `${second} .what`, /^Talking$/);
    await says(alice, '#recent li:first-child', /The call ended|They hung up/);
    await hears(bob, CAROL_HZ);
    await hears(carol, BOB_HZ);
  });

  test('is declined, and the first call is not affected', async () => {
    await talk();
    await dials(carol, 'bob');
    await press(bob, `${await cardOf(bob, 'carol')} .decline`);
    await says(carol, '#recent li:first-child', /bob/);
    await says(bob, `${await cardOf(bob, 'alice')} .what`, /^Talking$/);
    await hears(bob, ALICE_HZ);
  });
});

describe('a transfer', () => {
  test('without asking: the name, Enter, and the two talk', async () => {
    await talk();
    await bob.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await bob.keyboard.press('t');
    await bob.keyboard.type('carol');
    await pictures(bob, 'transfer');
    await bob.keyboard.press('Enter');
    await says(bob, '#recent li:first-child', /alice.*You transferred it/s);
    await press(carol, `${await cardOf(carol, 'alice')} .answer`);
    await says(alice, '.live .name', /^carol$/);
    await hears(alice, CAROL_HZ);
    await hears(carol, ALICE_HZ);
  });

  test('after asking: the first is held, and the two are joined by a button', async () => {
    await talk();
    const first = await cardOf(bob, 'alice');
    await press(bob, `${first} .transfer`);
    await bob.keyboard.type('carol');
    await press(bob, `${first} .ask`);
    await press(carol, `${await cardOf(carol, 'bob')} .answer`);
    const second = await cardOf(bob, 'carol');
    await says(bob, `${second} .what`, /^Talking$/);
    await says(bob, `${first} .what`, /^On hold$/);
    await hears(bob, CAROL_HZ);
    await press(bob, `${first} .join`);
    await says(bob, '#recent li:first-child', /You transferred it/);
    await says(alice, '.live .name', /^carol$/);
    await says(carol, '.live .name', /^alice$/);
    await says(alice, '.live .what', /^Talking$/);
    await hears(alice, CAROL_HZ);
    await hears(carol, ALICE_HZ);
    expect(await bob.$('.live:not([data-state="ended"])')).toBeNull();
  });

  test('to an unknown name fails with a message, and the call goes on', async () => {
    await talk();
    const first = await cardOf(bob, 'alice');
    await press(bob, `${first} .transfer`);
    await bob.keyboard.type('nobody-there');
    await bob.keyboard.press('Enter');
    await says(bob, '.notice', /no device of that name can be reached/);
    await says(bob, `${first} .what`, /^Talking$/);
    await hears(bob, ALICE_HZ);
    await hears(alice, BOB_HZ);
    await press(bob, '.notice .dismiss');
  });
});

test('both exchange messages, with a count of unread ones', async () => {
  await talk();
  const card = await cardOf(bob, 'alice');
  await press(alice, '.live .write');
  await alice.keyboard.type('room 4, second floor');
  await alice.keyboard.press('Enter');
  await says(bob, `${card} .write`, /^Write · 1$/);
  await press(bob, `${card} .write`);
  await says(bob, `${card} .said`, /alice: room 4, second floor/);
  await says(bob, `${card} .write`, /^Write$/);
  await bob.keyboard.type('thanks');
  await bob.keyboard.press('Enter');
  await says(alice, '.live .said', /bob: thanks/);
  await bob.waitForFunction(() => !document.querySelector('.said [data-sending]'));
  await pictures(bob, 'messages');
  // A message that waits for the server is readable, too.
  await bob.$eval('.said [data-mine]', (item) => item.setAttribute('data-sending', 'true'));
  await pictures(bob, 'message-sending');
  await bob.$eval('.said [data-mine]', (item) => item.removeAttribute('data-sending'));
});
