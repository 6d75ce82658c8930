/**
 * What a newcomer copies from the README: every command and every file, in order, as they stand there. Only the three
 * ports are others, for those of the README may be taken on this machine.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { chromium, type PageHost } from './browsers.js';
import { Person } from './person.js';
import { freePort } from './serving.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readFileSync(`${ROOT}README.md`, 'utf8');
const CAROL_HZ = 620;
const BOB_HZ = 1_170;
const folder = mkdtempSync(join(tmpdir(), 'offhook-readme-'));
const ports = new Map<string, string>();
const running: ChildProcess[] = [];
const browsers: PageHost[] = [];
/** What each terminal has printed, by its command. */
const printed = new Map<string, string>();
let carol: Page;
let bob: Person;
/** The link that the server printed for alice. */
let alices = '';
/** What carol types into the next question of a page. */
let typed = '';
const faults: string[] = [];

/** The blocks of a kind, in order, with the ports of this test. */
function blocks(kind: string): string[] {
  const found = README.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\`$`, 'gms'));
  return [...found].map(([, block = '']) => moved(block));
}

function moved(text: string): string {
  return [...ports].reduce((all, [from, to]) => all.replaceAll(from, to), text);
}

/** The block that begins so; the README must have it. */
function block(kind: string, start: string): string {
  const found = blocks(kind).find((each) => each.includes(start));
  if (found === undefined) throw new Error(`the README has no ${kind} block with ${start}`);
  return found;
}

/** The environment of somebody who has never run offhook. */
function environment(): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('OFFHOOK_'));
  return {
    ...Object.fromEntries(clean),
    OFFHOOK_PORT: ports.get('8480') ?? '',
    PYTHONUNBUFFERED: '1',
    XDG_DATA_HOME: folder,
  };
}

/** Opens a terminal in a folder and types a block that goes on running. */
function terminal(script: string, cwd: string): void {
  const shell = spawn('bash', ['-euc', script], { cwd, env: environment(), detached: true });
  running.push(shell);
  printed.set(script, '');
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.on('data', (piece: Buffer) => {
      printed.set(script, (printed.get(script) ?? '') + piece.toString());
    });
  }
}

/** Waits until a terminal has printed something. */
async function says(script: string, what: RegExp): Promise<string> {
  const said = (): string => printed.get(script) ?? '';
  await vi.waitFor(() => expect(said()).toMatch(what), { timeout: 120_000, interval: 100 });
  return said();
}

beforeAll(async () => {
  for (const port of ['8480', '9000', '9001']) ports.set(port, String(await freePort()));
  const run = block('sh', 'make run');
  terminal(run, ROOT);
  const said = await says(run, /hold for 24 hours/);
  writeFileSync(join(folder, 'hello.py'), block('python', 'BaseHTTPRequestHandler'));
  terminal(block('sh', 'hello.py'), folder);
  for (const [name, part] of [
    ['index.html', 'offhook.js'],
    ['plivo.html', 'plivo.js'],
    ['twilio.html', 'twilio.js'],
  ] as const) {
    expect(README).toContain(`\`${name}\``);
    writeFileSync(join(folder, name), block('html', part));
  }
  terminal(block('sh', 'http.server'), folder);
  await says(block('sh', 'http.server'), /Serving HTTP/);
  carol = await (await keep(chromium({ hz: CAROL_HZ }))).newPage();
  carol.on('dialog', (question) => void question.accept(typed));
  carol.on('pageerror', (error) => faults.push(String(error)));
  const link = /^bob,.*\n\s+(\S+)$/m.exec(said)?.[1] ?? '';
  const opened = await fetch(link, { redirect: 'manual' });
  const token = /#token=(.+)$/.exec(opened.headers.get('location') ?? '')?.[1] ?? '';
  const url = `http://localhost:${ports.get('8480')}`;
  bob = await Person.open(await keep(chromium({ hz: BOB_HZ })), url, BOB_HZ);
  await bob.arrives({ token });
  alices = /^alice,.*\n\s+(\S+)$/m.exec(said)?.[1] ?? '';
}, 180_000);

afterAll(() => {
  for (const shell of running) {
    // The group: `make` and the shell have started others.
    if (shell.pid && shell.exitCode === null) process.kill(-shell.pid, 'SIGTERM');
  }
  return Promise.allSettled(browsers.map((browser) => browser.close())).then(() =>
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 }),
  );
});

async function keep(browser: Promise<PageHost>): Promise<PageHost> {
  const open = await browser;
  browsers.push(open);
  return open;
}

/** Types blocks into one terminal, in the folder of the checkout; gives what they print. */
function type(...scripts: string[]): string {
  const options = { cwd: ROOT, env: environment(), encoding: 'utf8' } as const;
  return execFileSync('bash', ['-euc', scripts.join('')], options);
}

/** Bob takes the call, hears who calls, and ends it. */
async function bobTalks(): Promise<void> {
  expect(await bob.does('answerNext')).toMatch(/carol/);
  const hear = async (): Promise<number> => (await bob.does('hear', CAROL_HZ, 800)).ratio;
  await expect.poll(hear, { timeout: 10_000, interval: 10 }).toBeGreaterThan(6);
}

/** What the page says to carol. */
async function page(text: RegExp): Promise<void> {
  const said = (): Promise<string> => carol.$eval('#said', (place) => place.textContent ?? '');
  await expect.poll(said, { timeout: 15_000, interval: 20 }).toMatch(text);
}

test('a printed link signs in, in a second tab and after a reload too', async () => {
  const browser = await keep(chromium({ hz: CAROL_HZ }));
  for (let tab = 0; tab < 2; tab += 1) {
    const softphone = await browser.newPage();
    await softphone.goto(alices);
    for (let load = 0; load < 2; load += 1) {
      await softphone.waitForFunction(
        () => document.querySelector('#state-text')?.textContent === 'Ready for calls',
      );
      expect(softphone.url()).not.toContain('token');
      await softphone.reload();
    }
  }
});

const setUp = (): string => block('sh', 'application create');
const address = (name: string): string => `http://localhost:${ports.get('9001')}/${name}`;
let password = '';

test('the commands of the third terminal make an application and an endpoint that calls through it', () => {
  const said = type(setUp());
  password = /^password +(\S+)$/m.exec(said)?.[1] ?? '';
  expect(password).toHaveLength(16);
  expect(said).toContain(`http://127.0.0.1:${ports.get('9000')}/`);
});

test('the first page shows a failed log-in, calls Bob, and shows how the call ended', async () => {
  await carol.goto(address(''));
  typed = 'not the password';
  await carol.click('#call');
  await page(/wrong/);
  typed = password;
  await carol.click('#call');
  await bobTalks();
  await page(/^Talking$/);
  await bob.hangUp();
  await page(/^The .+ ended/);
});

test("the page with Plivo's API shows a failed log-in, and calls Bob", async () => {
  typed = 'not the password';
  await carol.goto(address('plivo.html'));
  await page(/^(?!Calling)/);
  typed = password;
  const lines: string[] = [];
  carol.on('console', (line) => lines.push(line.text()));
  await carol.goto(address('plivo.html'));
  await bobTalks();
  await page(/^Talking, /);
  await bob.hangUp();
  await page(/^(?!Talking)/);
  expect(lines.join('\n')).toContain('call.started');
  expect(lines.join('\n')).not.toContain('object');
});

test("the page with Twilio's API shows a failed log-in, and calls Bob", async () => {
  typed = 'no token';
  await carol.goto(address('twilio.html'));
  await page(/^(?!Calling)/);
  const [activate = ''] = setUp().split('\n');
  typed = type(`${activate}\n`, block('sh', 'offhook token')).trim();
  await carol.goto(address('twilio.html'));
  await bobTalks();
  await page(/^Talking, CA/);
  await bob.hangUp();
  await page(/over/);
});

test('nothing of all this was left uncaught, and no block was left out', () => {
  expect(faults).toEqual([]);
  const known = [
    'make run',
    'make test',
    'hello.py',
    'application create',
    'http.server',
    'offhook token',
  ];
  for (const each of blocks('sh'))
    expect(known.filter((part) => each.includes(part))).toHaveLength(1);
  expect(blocks('html')).toHaveLength(3);
  expect(blocks('python')).toHaveLength(1);
});
