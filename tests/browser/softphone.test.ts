/** The page at `/`: everything by keyboard, at the width of a telephone, in both schemes, in words for all. */
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium } from './browsers.js';
import { endByKey, PICTURES, says, visit } from './softphone.js';
import { DIALECTS, TestEnv } from './test-env.js';

let env: TestEnv;
let alice: Page;
let bob: Page;
let application: string;

beforeAll(async () => {
  env = await TestEnv.open();
  application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
  alice = await visit(env, await env.keep(chromium({ hz: 620 })), 'alice', application);
  bob = await visit(env, await env.keep(chromium({ hz: 1_170 })), 'bob', application);
});

afterAll(() => env?.close());

const focused = (page: Page): Promise<string> =>
  page.evaluate(
    () => document.activeElement?.textContent?.trim() || document.activeElement?.id || '',
  );

describe('by keyboard alone', () => {
  test('the link has signed in and is gone from the address', async () => {
    expect(await alice.evaluate(() => location.hash)).toBe('');
    await says(alice, '#who-name', /^alice$/);
    await says(alice, '#state-text', /^Ready for calls$/);
    await alice.reload();
    await says(alice, '#state-text', /^Ready for calls$/);
  });

  test('dialling, answering, muting, holding, keys, hanging up', async () => {
    await alice.keyboard.type('bob');
    await alice.keyboard.press('Enter');
    await says(bob, '.live .what', /Is calling you/);
    expect(await bob.title()).toContain('alice is calling');
    expect(await focused(bob)).toBe('Answer');
    expect(await bob.$eval('#assertive', (element) => element.textContent)).toContain('alice');
    await bob.keyboard.press('Enter');
    await says(alice, '.live .what', /^Talking$/);
    await says(bob, '.live .what', /^Talking$/);
    // Never on a button that would end the call by another Enter.
    expect(await focused(bob)).toBe('alice');

    await alice.keyboard.press('m');
    await says(alice, '.live .what', /You are muted/);
    await alice.keyboard.press('m');
    await alice.keyboard.press('h');
    await says(alice, '.live .what', /On hold/);
    await alice.keyboard.press('h');
    await says(alice, '.live .what', /^Talking$/);
    await alice.keyboard.press('5');
    await says(bob, '#polite', /They pressed 5/);
    await says(alice, '.live .pressed', /^5$/);

    await endByKey(alice);
    await says(alice, '#recent', /bob.*Outgoing.*You hung up/s);
    await says(bob, '#recent', /alice.*Incoming.*They hung up/s);
    expect(await focused(alice)).toBe('to');
  });

  test('declining is shown on both sides', async () => {
    await alice.keyboard.press('Enter');
    await says(bob, '.live .what', /Is calling you/);
    await endByKey(bob);
    await says(alice, '#recent li:first-child', /bob/);
    await says(bob, '#recent li:first-child', /You declined/);
  });

  test('every control can be reached, and has a name', async () => {
    await alice.$eval('#sound', (panel) => {
      (panel as HTMLDetailsElement).open = true;
    });
    await says(alice, '#microphone', /Fake/);
    const nameless = await alice.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, input, select, textarea, a')]
        .filter((element) => element.checkVisibility())
        .filter(
          (element) =>
            !(
              element.textContent?.trim() ||
              element.ariaLabel ||
              document.querySelector(`label[for="${element.id}"]`)
            ),
        )
        .map((element) => element.outerHTML),
    );
    expect(nameless).toEqual([]);
    const controls = await alice.$$eval('button, input, select, summary', (all) => {
      const seen = all.filter((element) => element.checkVisibility() && element.tabIndex >= 0);
      // Who was called twice can be called again by either of two buttons that look the same.
      return new Set(seen.map((element) => element.outerHTML)).size;
    });
    const reached = new Set<string>();
    await alice.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    for (let step = 0; step < controls + 8; step++) {
      await alice.keyboard.press('Tab');
      reached.add(await alice.evaluate(() => document.activeElement?.outerHTML ?? ''));
    }
    expect(reached.size).toBeGreaterThanOrEqual(controls);
  });
});

describe('signing in by hand', () => {
  test('a wrong password is shown with its hint, the right one opens the phone', async () => {
    const page = await (await env.keep(chromium({ hz: 620 }))).newPage();
    await page.goto(env.server.url);
    const password = await env.endpoint('erin');
    expect(await focused(page)).toBe('endpoint');
    await page.keyboard.type('erin');
    await page.keyboard.press('Tab');
    await page.keyboard.type('not-this-one');
    await page.keyboard.press('Enter');
    await says(page, '.notice', /name or the password is wrong.*new password/s);
    expect(await focused(page)).toBe('password');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await says(page, '#who-name', /^erin$/);
    expect(await page.$('.notice')).toBeNull();
  });

  test('a short link that is over leads to the form, and says so once', async () => {
    const page = await (await env.keep(chromium({ hz: 620 }))).newPage();
    await page.goto(`${env.server.url}/s/${'0'.repeat(32)}`);
    await says(page, '.notice', /does not sign in any more.*new one, or sign in below/s);
    expect(await focused(page)).toBe('endpoint');
    expect(await page.evaluate(() => location.pathname + location.hash)).toBe('/');
    await page.reload();
    await page.waitForSelector('#sign-in:not([hidden])');
    expect(await page.$('.notice')).toBeNull();
  });

  test('a token that is nonsense leads to the form, with the reason', async () => {
    const page = await (await env.keep(chromium({ hz: 620 }))).newPage();
    await page.goto(`${env.server.url}/#token=nonsense`);
    await says(page, '.notice', /access token is not valid/);
    await page.waitForSelector('#sign-in:not([hidden])');
  });
});

describe('looks', () => {
  const sizes = [
    ['desktop', 1_100, 760],
    ['telephone', 375, 812],
    ['small', 320, 640],
  ] as const;

  test.each(
    sizes,
  )('%s: nothing sticks out, nothing is refused by the content policy', async (name, width, height) => {
    const refused: string[] = [];
    alice.on('console', (message) => {
      if (message.type() === 'error') refused.push(message.text());
    });
    await alice.setViewport({ width, height });
    await alice.reload();
    await says(alice, '#state-text', /^Ready for calls$/);
    await alice.keyboard.type('bob');
    await alice.keyboard.press('Enter');
    await says(bob, '.live .what', /Is calling you/);
    await bob.keyboard.press('a');
    await says(alice, '.live .what', /^Talking$/);
    await new Promise((later) => setTimeout(later, 1_200));
    for (const scheme of ['light', 'dark']) {
      await alice.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      await new Promise((later) => setTimeout(later, 200));
      const cut = await alice.$$eval('button', (all) =>
        all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent),
      );
      expect(cut).toEqual([]);
      const wide = await alice.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide).toBeLessThanOrEqual(0);
      await alice.screenshot({ path: `${PICTURES}softphone-${name}-${scheme}.png` });
    }
    await alice.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
    // What was moving when the wish came may come to its end.
    await new Promise((later) => setTimeout(later, 300));
    const moving = await alice.evaluate(() => document.getAnimations().length);
    expect(moving).toBe(0);
    await endByKey(alice);
    await says(bob, '#recent li:first-child', /They hung up/);
    expect(refused).toEqual([]);
  });
});
