/** The softphone in a real browser, with an ear in its page that knows people by the tone of their microphone. */
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { expect } from 'vitest';
import type { PageHost } from './browsers.js';
import type { TestEnv } from './test-env.js';

/** Where screenshots go. */
export const PICTURES: string = fileURLToPath(new URL('../../.build/pictures/', import.meta.url));
mkdirSync(PICTURES, { recursive: true });

declare global {
  interface Window {
    /** Who is heard: the loudest tone of each call that sounds, in Hz. */
    tones(): Promise<number[]>;
  }
}

/** Puts an ear behind the browser's own interface, and leaves the microphone's tone as it is; runs in the page. */
function installTones(): void {
  const peers: RTCPeerConnection[] = [];
  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Peer {
    constructor(how?: RTCConfiguration) {
      super(how);
      peers.push(this);
    }
  };
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  mediaDevices.getUserMedia = ({ audio } = {}) =>
    open({ audio: { ...(typeof audio === 'object' && audio), ...plain } });

  async function tone(context: AudioContext, track: MediaStreamTrack): Promise<number> {
    const analyser = new AnalyserNode(context, { fftSize: 8_192, smoothingTimeConstant: 0 });
    const source = context.createMediaStreamSource(new MediaStream([track]));
    source.connect(analyser);
    await new Promise((later) => setTimeout(later, 400));
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    source.disconnect();
    const loudest = bins.indexOf(Math.max(...bins));
    return (bins[loudest] ?? -200) > -60 ? (loudest * context.sampleRate) / 8_192 : 0;
  }

  window.tones = async () => {
    const context = new AudioContext();
    await context.resume();
    const tracks = peers
      .filter(({ connectionState }) => connectionState === 'connected')
      .flatMap((peer) => peer.getReceivers().map(({ track }) => track));
    const tones = await Promise.all(tracks.map((track) => tone(context, track)));
    await context.close();
    return tones.filter((hz) => hz > 0).map(Math.round);
  };
}

/** Opens the softphone by a link that signs in. */
export async function visit(
  env: TestEnv,
  browser: PageHost,
  name: string,
  application?: string,
): Promise<Page> {
  const page = await browser.newPage();
  await page.evaluateOnNewDocument(installTones);
  await page.goto(`${env.server.url}/#token=${await env.token(name, application)}`);
  await page.waitForFunction(
    () => document.querySelector('#state-text')?.textContent === 'Ready for calls',
  );
  return page;
}

/** Waits until an element says what is expected. */
export async function says(page: Page, selector: string, wanted: RegExp): Promise<void> {
  const said = (): Promise<string> =>
    page.evaluate((where) => document.querySelector(where)?.textContent ?? '', selector);
  await expect.poll(said, { timeout: 15_000, interval: 50 }).toMatch(wanted);
}

/** Waits until these tones are heard, one of each call, and no other. */
export async function hears(page: Page, ...hz: number[]): Promise<void> {
  const tones = (): Promise<number[]> => page.evaluate(() => window.tones());
  const fits = (found: number[]): boolean =>
    found.length === hz.length &&
    hz.every((wanted) => found.some((tone) => Math.abs(tone - wanted) < 15));
  await expect.poll(tones, { timeout: 15_000, interval: 10 }).toSatisfy(fits);
}

/** Presses a button that can be seen. */
export async function press(page: Page, selector: string): Promise<void> {
  const button = await page.waitForSelector(`${selector}:not(:disabled)`, {
    visible: true,
    timeout: 10_000,
  });
  await button?.click();
}

/** The card of a call, by who is at its other end. */
export async function cardOf(page: Page, name: string): Promise<string> {
  const find = (): Promise<number> =>
    page.$$eval(
      '.live:not([data-state="ended"])',
      (all, who) => all.findIndex((one) => one.querySelector('.name')?.textContent === who),
      name,
    );
  await expect.poll(find, { timeout: 15_000, interval: 50 }).toBeGreaterThanOrEqual(0);
  // A mark that stays where it is when further calls come.
  const mark = `call-${name}`;
  await page.$$eval(
    '.live:not([data-state="ended"])',
    (all, who, id) => {
      for (const one of all) if (one.querySelector('.name')?.textContent === who) one.id = id;
    },
    name,
    mark,
  );
  return `#${mark}`;
}

/** Types into the field and calls. */
export async function dials(page: Page, to: string): Promise<void> {
  await page.$eval('#to', (field) => {
    (field as HTMLInputElement).value = '';
  });
  await page.type('#to', to);
  await page.keyboard.press('Enter');
}

/** Takes pictures at both widths and in both schemes; nothing may stick out or be cut off. */
export async function pictures(page: Page, name: string): Promise<void> {
  for (const [size, width, height] of [
    ['wide', 1_100, 900],
    ['narrow', 360, 740],
  ] as const) {
    await page.setViewport({ width, height });
    for (const scheme of ['light', 'dark']) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      await new Promise((later) => setTimeout(later, 150));
      const cut = await page.$$eval('button', (all) =>
        all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent),
      );
      expect(cut).toEqual([]);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over).toBeLessThanOrEqual(0);
      if (size === 'wide') expect(await violations(page)).toEqual([]);
      await page.screenshot({
        path: `${PICTURES}softphone-${name}-${size}-${scheme}.png`,
        fullPage: size === 'narrow',
      });
    }
  }
  await page.setViewport({ width: 1_100, height: 900 });
}

/** Ends or declines the call that keys mean, if there is one: one key moves the focus, another presses the button. */
export async function endByKey(page: Page): Promise<void> {
  if (!(await page.$('.live'))) return;
  await page.keyboard.press('e');
  await page.keyboard.press('Enter');
}

/** What axe finds wrong with the page as it is, by rule. */
export async function violations(page: Page): Promise<string[]> {
  const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
  await page.evaluate(`${axe}; undefined`);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(document);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}
