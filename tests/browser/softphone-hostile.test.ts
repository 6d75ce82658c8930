/** What callers choose themselves, names and messages, is text in the softphone and never markup. */
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium } from './browsers.js';
import { dials, press, says, visit } from './softphone.js';
import { DIALECTS, TestEnv } from './test-env.js';

const NAME = '<img src=x onerror=window.harmed=1>';
const MESSAGE = '<script>window.harmed=2</script><b onclick="window.harmed=3">bold</b>\u202e';
let env: TestEnv;
let caller: Page;
let bob: Page;

beforeAll(async () => {
  env = await TestEnv.open();
  const application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
  caller = await visit(env, await env.keep(chromium({ hz: 620 })), NAME, application);
  bob = await visit(env, await env.keep(chromium({ hz: 1_170 })), 'bob');
});

afterAll(() => env?.close());

// Threat: stored-scripts
test('a name and a message with markup run no script and make no element', async () => {
  const faults: string[] = [];
  for (const page of [caller, bob]) page.on('pageerror', (error) => faults.push(String(error)));
  await says(caller, '#who-name', /<img src=x/);
  await dials(caller, 'bob');
  await says(bob, '.live .name', /^<img src=x onerror=window\.harmed=1>$/);
  await press(bob, '.live .answer');
  await says(caller, '.live .what', /^Talking$/);
  expect(await bob.title()).toContain('offhook');
  await press(caller, '.live .write');
  await caller.type('.live .text', MESSAGE);
  await caller.keyboard.press('Enter');
  await press(bob, '.live .write');
  await says(bob, '.live .said', /<script>window\.harmed=2<\/script>/);
  await press(caller, '.live .hangup');
  await says(bob, '#recent', /<img src=x/);
  for (const page of [caller, bob]) {
    expect(await page.$$('img[src="x"], .live b, #recent img, .said script')).toEqual([]);
    expect(await page.evaluate(() => 'harmed' in window)).toBe(false);
  }
  expect(faults).toEqual([]);
});
