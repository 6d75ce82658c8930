/** The example applications, started by the one command of their READMEs, with people who hear each other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { afterAll, expect, test, vi } from 'vitest';
import { chromium, type PageHost } from './browsers.js';
import { freePort } from './serving.js';
import { waveFile } from './tones.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RATE = 48_000;
const SYLLABLES_HZ = 4;
const ALICE_HZ = 500;
const BOB_HZ = 900;
const CAROL_HZ = 1_600;
/** A tone that is so much louder than all others, in dB. */
const CLEAR_DB = 10;
vi.setConfig({ testTimeout: 240_000 });
const folder = mkdtempSync(join(tmpdir(), 'offhook-examples-'));
const running: ChildProcess[] = [];
const browsers: PageHost[] = [];
const faults: string[] = [];
let port: number | undefined;

declare global {
  interface Window {
    connections: RTCPeerConnection[];
  }
}

afterAll(async () => {
  await Promise.allSettled(browsers.map((browser) => browser.close()));
  // The first example has started the server, which the others use.
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  await Promise.all(running.map((child) => new Promise((over) => child.once('exit', over))));
  rmSync(folder, { recursive: true, force: true });
});

/** Starts an example as its README says; gives its address. */
async function start(name: string): Promise<string> {
  port ??= await freePort();
  const own = await freePort();
  const clean = Object.entries(process.env).filter(([key]) => !key.startsWith('OFFHOOK_'));
  const child = spawn(join(ROOT, '.venv/bin/python'), ['examples/start.py', name, String(own)], {
    cwd: ROOT,
    detached: true,
    env: {
      ...Object.fromEntries(clean),
      OFFHOOK_DATA_DIR: join(folder, 'data'),
      OFFHOOK_PORT: String(port),
    },
  });
  running.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      said += piece.toString();
    });
  }
  const url = `http://127.0.0.1:${own}`;
  const answers = async (): Promise<boolean> =>
    (await fetch(url).catch(() => undefined))?.ok ?? false;
  await vi.waitFor(async () => expect(await answers(), said).toBe(true), {
    // Two Python programs start, and so does a server.
    timeout: 120_000,
    interval: 200,
  });
  return url;
}

/** A tone that comes and goes as syllables do: a steady one would count as noise. */
function voice(hz: number): string {
  const sample = (index: number): number => {
    const envelope = 0.5 - 0.5 * Math.cos((2 * Math.PI * SYLLABLES_HZ * index) / RATE);
    return 0.4 * envelope ** 2 * Math.sin((2 * Math.PI * hz * index) / RATE);
  };
  return waveFile(
    `voice-${hz}`,
    Float32Array.from({ length: 2 * RATE }, (_, n) => sample(n)),
  );
}

/** Somebody's page, whose connections can be listened to. */
async function open(url: string, hz: number): Promise<Page> {
  const browser = await chromium({ file: voice(hz) });
  browsers.push(browser);
  const page = await browser.newPage();
  await page.setViewport({ width: 480, height: 720 });
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.evaluateOnNewDocument(() => {
    window.connections = [];
    const Original = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Original {
      constructor(...given: ConstructorParameters<typeof Original>) {
        super(...given);
        window.connections.push(this);
      }
    };
    const devices = navigator.mediaDevices;
    const ask = devices.getUserMedia.bind(devices);
    // Noise suppression would take the tones of the test for noise.
    devices.getUserMedia = (): Promise<MediaStream> =>
      ask({
        audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      });
  });
  await page.goto(url);
  return page;
}

/** How much louder a tone is than the loudest other one in what a page receives within a second, in dB. */
function loudness(page: Page, hz: number, others: readonly number[]): Promise<number> {
  return page.evaluate(
    async (wanted, rest) => {
      const receiver = window.connections.at(-1)?.getReceivers()[0];
      if (!receiver) return -99;
      const context = new AudioContext({ sampleRate: 16_000 });
      await context.resume();
      const analyser = new AnalyserNode(context, { fftSize: 8_192, smoothingTimeConstant: 0 });
      context.createMediaStreamSource(new MediaStream([receiver.track])).connect(analyser);
      await new Promise((later) => setTimeout(later, 1_000));
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(bins);
      await context.close();
      const level = (tone: number): number => {
        const middle = Math.round((tone * 8_192) / 16_000);
        return Math.max(...bins.slice(middle - 8, middle + 9), -120);
      };
      return level(wanted) - Math.max(...rest.map(level), -90);
    },
    hz,
    others,
  );
}

async function hears(page: Page, hz: number, wanted: boolean): Promise<void> {
  const others = [ALICE_HZ, BOB_HZ, CAROL_HZ, 2_300].filter((other) => other !== hz);
  const audible = async (): Promise<boolean> => (await loudness(page, hz, others)) > CLEAR_DB;
  await expect.poll(audible, { timeout: 40_000 }).toBe(wanted);
}

async function fill(page: Page, field: string, text: string): Promise<void> {
  await page.locator(`#${field}`).fill(text);
}

async function says(page: Page, text: string): Promise<void> {
  const status = (): Promise<string> =>
    page.$eval('#status', (element) => element.textContent ?? '');
  await expect.poll(status, { timeout: 40_000 }).toContain(text);
}

test('the softphone: two people, and a number', async () => {
  const url = await start('softphone');
  const [alice, bob] = [await open(url, ALICE_HZ), await open(url, BOB_HZ)];
  for (const [page, name] of [
    [alice, 'alice'],
    [bob, 'bob'],
  ] as const) {
    await fill(page, 'name', name);
    await page.locator('#sign-in button').click();
    await says(page, 'Signed in');
  }
  await fill(alice, 'to', 'bob');
  await alice.locator('#call').click();
  await says(bob, 'alice calls');
  await bob.locator('#call').click();
  await says(alice, 'Talking with bob');
  await hears(bob, ALICE_HZ, true);
  await hears(alice, BOB_HZ, true);
  await bob.locator('#mute').click();
  await hears(alice, BOB_HZ, false);
  await bob.locator('#hang-up').click();
  await says(alice, 'ended');
  await fill(alice, 'to', '+12025550103');
  await alice.locator('#call').click();
  await says(alice, 'ended');
  expect(faults).toEqual([]);
});

test('the walkie-talkie: only the one who holds the button is heard', async () => {
  const url = await start('walkie-talkie');
  const [alice, bob] = [await open(url, ALICE_HZ), await open(url, BOB_HZ)];
  for (const [page, name] of [
    [alice, 'alice'],
    [bob, 'bob'],
  ] as const) {
    await fill(page, 'name', name);
    await page.locator('#sign-in button').click();
    await says(page, 'On channel-1');
  }
  await hears(bob, ALICE_HZ, false);
  await alice.locator('#talk').scroll();
  const button = await alice.$('#talk');
  await button?.hover();
  await alice.mouse.down();
  await hears(bob, ALICE_HZ, true);
  await alice.mouse.up();
  await hears(bob, ALICE_HZ, false);
  await bob.focus('#talk');
  await bob.keyboard.down(' ');
  await hears(alice, BOB_HZ, true);
  await bob.keyboard.up(' ');
  await bob.locator('#off').click();
  await says(bob, 'Switched off');
  expect(faults).toEqual([]);
});

test('click to call: a visitor waits for an agent', async () => {
  const url = await start('click-to-call');
  const [visitor, agent] = [await open(url, ALICE_HZ), await open(`${url}/agent`, BOB_HZ)];
  await visitor.locator('#call').click();
  await says(visitor, 'in the queue');
  const waiting = (): Promise<string> =>
    agent.$eval('#waiting', (element) => element.textContent ?? '');
  await expect.poll(waiting).toBe('1');
  await agent.locator('#take:enabled').click();
  await says(agent, 'Talking');
  await hears(agent, ALICE_HZ, true);
  await hears(visitor, BOB_HZ, true);
  await expect.poll(waiting).toBe('0');
  await visitor.locator('#hang-up').click();
  await says(agent, 'Free');
  expect(faults).toEqual([]);
});

test('the conference: a link, who speaks, and a moderator who mutes and removes', async () => {
  const url = await start('conference');
  const alice = await open(url, ALICE_HZ);
  const link = await alice.evaluate(() => location.href);
  expect(link).toContain('?room=');
  const bob = await open(link, BOB_HZ);
  for (const [page, name] of [
    [alice, 'alice'],
    [bob, 'bob'],
  ] as const) {
    await fill(page, 'name', name);
    await page.locator('#sign-in button').click();
    await says(page, 'You are in');
  }
  const people = (page: Page): Promise<string[]> =>
    page.$$eval('#people li span', (spans) => spans.map((span) => span.textContent ?? ''));
  await expect.poll(() => people(bob)).toEqual(['alice', 'bob (you)']);
  await hears(bob, ALICE_HZ, true);
  await hears(alice, BOB_HZ, true);
  await expect.poll(() => alice.$('#people li.speaks'), { timeout: 40_000 }).not.toBeNull();
  expect(await bob.$$('#people li button')).toHaveLength(0);
  await alice.locator('#people li:nth-child(2) button:nth-of-type(1)').click();
  await hears(alice, BOB_HZ, false);
  await expect.poll(() => people(bob)).toEqual(['alice', 'bob (you), muted']);
  await alice.locator('#people li:nth-child(2) button:nth-of-type(2)').click();
  await says(bob, 'You have left');
  await expect.poll(() => people(alice)).toEqual(['alice (you)']);
  expect(faults).toEqual([]);
});
