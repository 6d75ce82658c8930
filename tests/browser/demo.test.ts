/** What a newcomer sees: one command, two links, a call each way through a document of each dialect. */
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium, type PageHost } from './browsers.js';
import { OffhookServer } from './server.js';

let server: OffhookServer;
const browsers: PageHost[] = [];
const people: { page: Page; name: string }[] = [];

beforeAll(async () => {
  server = await OffhookServer.start({ demo: true });
  for (let tries = 0; server.links.length < 2 && tries < 50; tries++) {
    await new Promise((later) => setTimeout(later, 100));
  }
  expect(server.links, server.said).toHaveLength(2);
  for (const [index, link] of server.links.entries()) {
    const browser = await chromium({ hz: index === 0 ? 620 : 1_170 });
    browsers.push(browser);
    const page = await browser.newPage();
    await page.goto(link);
    await page.waitForSelector('#state[data-state="connected"]');
    people.push({ page, name: await page.$eval('#who-name', (who) => who.textContent ?? '') });
  }
});

afterAll(async () => {
  await Promise.allSettled(browsers.map((browser) => browser.close()));
  await server?.stop();
});

/** Waits until an element says what is expected. */
async function says(page: Page, selector: string, wanted: string): Promise<void> {
  await page.waitForFunction(
    (where, text) => document.querySelector(where)?.textContent?.includes(text),
    { timeout: 15_000 },
    selector,
    wanted,
  );
}

test('one command prints one link per person', () => {
  expect(people.map(({ name }) => name)).toEqual(['alice', 'bob']);
});

test.each([
  [0, 1],
  [1, 0],
])('person %i calls person %i, with audio in both directions', async (from, to) => {
  const [caller, callee] = [people[from], people[to]];
  if (!caller || !callee) throw new Error('there is no page');
  await caller.page.click('#to', { count: 3 });
  await caller.page.keyboard.type(callee.name);
  await caller.page.keyboard.press('Enter');
  await says(callee.page, '.live .what', 'Is calling you');
  await callee.page.click('.answer');
  for (const { page } of [caller, callee]) {
    await says(page, '.live .what', 'Talking');
    await page.waitForFunction(
      () => {
        const bar = document.querySelector<HTMLElement>('.fill.output');
        return Number(bar?.style.getPropertyValue('--level')) > 0.1;
      },
      { timeout: 10_000 },
    );
  }
  await callee.page.click('.hangup');
  await says(caller.page, '#recent li:first-child', 'They hung up');
  await says(callee.page, '#recent li:first-child', 'You hung up');
});

test('a call to an unknown name fails with a message', async () => {
  const [alice] = people;
  if (!alice) throw new Error('there is no page');
  await alice.page.click('#to', { count: 3 });
  await alice.page.keyboard.type('nobody-of-that-name');
  await alice.page.keyboard.press('Enter');
  await alice.page.waitForFunction(() => document.querySelectorAll('#recent li').length === 3, {
    timeout: 30_000,
  });
});
