/** The example for Electron: its page from a file, without Node, behind its own content policy. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium, type PageHost } from './browsers.js';
import type { Person } from './person.js';
import { DIALECTS, TestEnv } from './test-env.js';

const PAGE = new URL('../../examples/electron/index.html', import.meta.url);
let env: TestEnv;
let browser: PageHost;
let page: Page;
let bob: Person;
const faults: string[] = [];

beforeAll(async () => {
  // Chromium calls the origin of a file `null`, Electron `file://`.
  env = await TestEnv.open({ origins: ['null', 'file://'] });
  browser = await env.keep(chromium({ hz: 620, files: true }));
  bob = await env.person(chromium({ hz: 1_170 }), 'bob', 1_170);
  page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (line) => {
    if (line.type() === 'error') faults.push(line.text());
  });
});

afterAll(() => env?.close());

test('signs in and calls', async () => {
  const application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
  const password = await env.endpoint('alice', application);
  await page.goto(`${PAGE}?server=${encodeURIComponent(env.server.url)}`);
  expect(fileURLToPath(PAGE)).toContain('electron');
  await page.type('#name', 'alice');
  await page.type('#password', password);
  await page.click('#sign-in button');
  await page.waitForFunction(() =>
    document.querySelector('#state')?.textContent?.startsWith('Signed'),
  );
  const answering = bob.does('answerNext');
  await page.type('#to', 'bob');
  await page.click('#dial button');
  await answering;
  expect(await bob.does('whenUp')).toBe(true);
  const hear = async (): Promise<number> => (await bob.does('hear', 620, 800)).ratio;
  await expect.poll(hear, { timeout: 8_000, interval: 10 }).toBeGreaterThan(20);
  await page.click('#end');
  expect(await bob.does('whenEnded')).toMatchObject({ cause: 'normal' });
  expect(await page.evaluate(() => 'process' in window || 'require' in window)).toBe(false);
  expect(faults).toEqual([]);
});
