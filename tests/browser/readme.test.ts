/** What a newcomer copies from the README: the application, the commands and the pages, as they stand there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium } from './browsers.js';
import { Office } from './office.js';
import type { Person } from './person.js';
import { freePort } from './server.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readFileSync(`${ROOT}README.md`, 'utf8');
const CAROL_HZ = 620;
const BOB_HZ = 1_170;
let office: Office;
let application: ChildProcess;
let pages: Server;
let address: string;
let shown = '';
let carol: Page;
let bob: Person;
let password = '';

/** The code blocks of a kind, in order. */
function blocks(kind: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, code = '']) => code,
  );
}

beforeAll(async () => {
  office = await Office.open();
  const port = await freePort();
  const [code = ''] = blocks('python');
  expect(code).toContain('9000');
  application = spawn(`${ROOT}.venv/bin/python`, ['-c', code.replace('9000', String(port))]);
  const commands = blocks('sh').join('').split('\n');
  for (const line of commands.filter((one) => one.startsWith('offhook '))) {
    const [, ...words] = line.replace('9000', String(port)).split(' ');
    password = /password:? *(\S+)/i.exec(office.server.command(...words))?.[1] ?? password;
  }
  pages = createServer((_question, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end(`<!doctype html><title>mine</title>${shown}`);
  });
  await new Promise<void>((ready) => pages.listen(0, '127.0.0.1', ready));
  const place = pages.address();
  address = `http://localhost:${typeof place === 'object' && place ? place.port : 0}/`;
  carol = await (await office.keep(chromium({ hz: CAROL_HZ }))).newPage();
  carol.on('dialog', (question) => void question.accept(password));
  bob = await office.person(chromium({ hz: BOB_HZ }), 'bob', BOB_HZ);
});

afterAll(async () => {
  application?.kill();
  pages?.close();
  await office?.close();
});

/** Opens a page of the README's, its server being the one of this test. */
async function visit(page: string): Promise<void> {
  const { url } = office.server;
  shown = page
    .replaceAll('http://localhost:8480', url)
    .replaceAll('ws://localhost:8480', url.replace('http', 'ws'));
  await carol.goto(address);
}

/** Bob takes the call, hears who calls, and ends it. */
async function bobTalks(): Promise<void> {
  expect(await bob.does('answerNext')).toMatch(/carol/);
  const hear = async (): Promise<number> => (await bob.does('hear', CAROL_HZ, 800)).ratio;
  await expect.poll(hear, { timeout: 10_000, interval: 10 }).toBeGreaterThan(6);
  await bob.hangUp();
}

test('the first page calls Bob through the first application, and says how it ended', async () => {
  const [page = ''] = blocks('html');
  await visit(page);
  await carol.click('#call');
  await bobTalks();
  await carol.waitForFunction(() => document.querySelector('#call')?.textContent !== 'Call Bob', {
    timeout: 15_000,
  });
});

test("the page that speaks Plivo's API calls Bob", async () => {
  const [, page = ''] = blocks('html');
  expect(page).toContain('plivo.js');
  await visit(page);
  await bobTalks();
});

test("the page that speaks Twilio's API calls Bob", async () => {
  const [, , page = ''] = blocks('html');
  expect(page).toContain('twilio.js');
  const { items } = await office.server.api<{ items: { id: string }[] }>('GET', '/applications');
  const token = await office.token('carol', items[0]?.id);
  await visit(`<script>const token = '${token}';</script>${page}`);
  await bobTalks();
});
