/** What surrounds calls in the softphone: devices, quality, what people think, the network, a reloaded page. */
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { chromium, type PageHost } from './browsers.js';
import { plugIn } from './fake-microphones.js';
import {
  cardOf,
  dials,
  endByKey,
  hears,
  PICTURES,
  pictures,
  press,
  says,
  visit,
} from './softphone.js';
import { DIALECTS, TestEnv } from './test-env.js';

const ALICE_HZ = 620;
const BOB_HZ = 1_170;
const DESK_HZ = 500;
const HEADSET_HZ = 830;
let env: TestEnv;
let alice: Page;
let bob: Page;
let application: string;

beforeAll(async () => {
  env = await TestEnv.open();
  application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
  alice = await visit(env, await env.keep(chromium({ hz: ALICE_HZ })), 'alice', application);
  bob = await visit(env, await env.keep(chromium({ hz: BOB_HZ })), 'bob');
});

afterAll(() => env?.close());

afterEach(async () => {
  for (const page of [alice, bob]) {
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await endByKey(page);
    await page.waitForFunction(() => document.querySelector('.live') === null);
  }
});

/** Somebody's own browser: a page behind another one is put to sleep. */
const another = (): Promise<PageHost> => env.keep(chromium({ hz: ALICE_HZ }));

async function talk(page = alice, name = 'alice'): Promise<void> {
  await dials(page, 'bob');
  await press(bob, `${await cardOf(bob, name)} .answer`);
  await says(page, '.live .what', /^Talking$/);
}

test('the quality of a call is seen in figures and words', async () => {
  await talk();
  await says(alice, '.live .grade', /^Excellent$/);
  await says(alice, '.live .loss', /^\d+(\.\d)? %$/);
  await says(alice, '.live .trip', /^\d+ ms$/);
  await says(alice, '.live .codec', /^Opus$/);
  await alice.waitForFunction(
    () =>
      (document.querySelector('.spark polyline')?.getAttribute('points') ?? '').split(' ').length >
      12,
  );
  await pictures(alice, 'call');
  await alice.screenshot({ path: `${PICTURES}softphone-quality.png` });
  await bob.keyboard.press('m');
  await says(alice, '.live .faults', /The other party sends silence/);
  await pictures(alice, 'fault');
  await bob.keyboard.press('m');
  // A microphone that plays a steady tone is taken for one that is stuck: only what was told of Bob is over.
  await says(alice, '.live .faults', /^((?!other party sends).)*$/s);
});

test('another microphone is chosen in a call, and its loss is shown', async () => {
  const page = await visit(env, await another(), 'erin', application);
  await plugIn(page, [
    { id: 'desk', hz: DESK_HZ },
    { id: 'headset', hz: HEADSET_HZ },
  ]);
  // The browser's own devices make way for these.
  await page.evaluate(() => navigator.mediaDevices.dispatchEvent(new Event('devicechange')));
  await says(page, '#polite', /desk, headset was plugged in/);
  await talk(page, 'erin');
  await hears(bob, DESK_HZ);
  await press(page, '#sound > summary');
  await page.waitForSelector('#microphone option[value="headset"]');
  await page.waitForFunction(
    () =>
      Number(document.getElementById('microphone-level')?.style.getPropertyValue('--level')) > 0.1,
  );
  await page.select('#microphone', 'headset');
  await hears(bob, HEADSET_HZ);
  await pictures(page, 'devices');
  await page.evaluate(() => window.fakeMicrophones.unplug('headset'));
  await says(page, '#notices', /headset was unplugged.*default microphone takes over/s);
  await says(page, '#microphone option:checked', /unplugged/);
  await hears(bob, DESK_HZ);
  await page.evaluate((hz) => window.fakeMicrophones.plug({ id: 'headset', hz }), HEADSET_HZ);
  await hears(bob, HEADSET_HZ);
  expect(await page.$('.notice')).toBeNull();

  await press(page, '.live .noise');
  await page.waitForSelector('.live .noise[aria-pressed="true"]:not(:disabled)');
  await press(page, '.live .noise');
  await page.waitForSelector('.live .noise[aria-pressed="false"]:not(:disabled)');
  await press(page, '.live .hangup');
  await says(bob, '#recent li:first-child', /erin/);
});

test('speaker and ringer are chosen, tried with a tone, and kept for the next time', async () => {
  const page = await visit(env, await env.keep(chromium({ hz: ALICE_HZ, devices: 3 })), 'dave');
  await press(page, '#sound > summary');
  const ids = await page.waitForFunction(() => {
    const all = [...document.querySelectorAll<HTMLOptionElement>('#speaker option')];
    return all.length > 2 && all.map(({ value }) => value);
  });
  const [, first = '', second = ''] = (await ids.jsonValue()) as string[];
  await page.select('#speaker', first);
  await page.select('#ringer', second);
  await press(page, '#speaker-test');
  await press(page, '#ringer-test');
  await page.reload();
  const shown = (name: string): Promise<string> =>
    page.$eval(`#${name}`, (select) => (select as HTMLSelectElement).value);
  await expect.poll(() => shown('speaker'), { timeout: 10_000 }).toBe(first);
  await expect.poll(() => shown('ringer'), { timeout: 10_000 }).toBe(second);
  expect(await page.$('.notice')).toBeNull();
});

test('speech while muted shows a hint with a button to unmute', async () => {
  const page = await visit(env, await another(), 'fred', application);
  await page.evaluate((hz) => {
    const context = new AudioContext();
    const out = context.createMediaStreamDestination();
    const voice = new GainNode(context, { gain: 0.0005 });
    const tone = new OscillatorNode(context, { frequency: hz });
    tone.connect(voice).connect(out);
    tone.start();
    window.speak = () => {
      voice.gain.value = 0.5;
    };
    navigator.mediaDevices.getUserMedia = async () => out.stream.clone();
  }, ALICE_HZ);
  await talk(page, 'fred');
  await press(page, '.live .mute');
  await says(page, '.live .what', /You are muted/);
  await new Promise((later) => setTimeout(later, 800));
  await page.evaluate(() => window.speak?.());
  await page.waitForSelector('.live .hush', { visible: true });
  // The hint stays while its button has the focus.
  await page.focus('.live .unmute');
  await pictures(page, 'hush');
  await press(page, '.live .unmute');
  await says(page, '.live .what', /^Talking$/);
  await page.waitForSelector('.live .hush', { hidden: true });
  await hears(bob, ALICE_HZ);
  await press(page, '.live .hangup');
  await says(bob, '#recent li:first-child', /fred/);
});

test('stars, words and a comment arrive with the call', async () => {
  await talk();
  // Nobody is asked about a call that they never were in.
  await says(bob, '.live .what', /^Talking$/);
  const id = await bob.$eval('.live', (card) => card.getAttribute('data-id') ?? '');
  const call = await alice.$eval('.live', (card) => card.getAttribute('data-id') ?? '');
  expect(id).not.toBe('');
  await press(alice, '.live .hangup');
  await says(bob, '.rating .question', /How was the call with alice/);
  expect(await bob.evaluate(() => document.activeElement?.id)).toBe('to');
  await press(bob, '.stars label:nth-of-type(2)');
  await press(bob, '.issues label:first-of-type');
  await bob.type('.rating .note', 'as in a church');
  await pictures(bob, 'rating');
  await press(bob, '.rating [type="submit"]');
  await says(bob, '.rating', /Thank you/);
  await env.server.record(call);
  const { items } = await env.server.api<{ items: unknown[] }>('GET', `/calls/${call}/feedback`);
  expect(items).toMatchObject([
    { leg: id, party: 'bob', score: 2, issues: ['echo'], note: 'as in a church' },
  ]);
  await press(alice, '.rating .dismiss');
  expect(await alice.$('.rating')).toBeNull();
});

test('the network check shows its progress and a verdict', async () => {
  await press(alice, '#check-go');
  await says(alice, '#check-words', /Sound gets through/);
  await alice.waitForFunction(
    () => (document.querySelector<HTMLProgressElement>('#check-progress')?.value ?? 0) > 0.2,
  );
  await pictures(alice, 'checking');
  await press(alice, '#check-go');
  await says(alice, '#check-words', /Calls will sound as good as they can/);
  await says(alice, '#check-figures', /Round trip\d+ ms.*UDP/);
  await pictures(alice, 'checked');
});

test.each([
  'a link',
  'the form',
] as const)('a page that was signed in by %s and is reloaded is back in its call', async (how) => {
  const gina = await visit(env, await another(), `gina-${how.length}`, application);
  const password = how === 'the form' ? await env.endpoint('gina', application) : 'password';
  if (how === 'the form') {
    await press(gina, '#sign-out');
    await gina.type('#endpoint', 'gina');
    await gina.type('#password', password);
    await gina.keyboard.press('Enter');
    await says(gina, '#who-name', /^gina$/);
  }
  const name = how === 'the form' ? 'gina' : `gina-${how.length}`;
  await talk(gina, name);
  await hears(bob, ALICE_HZ);
  // What the page keeps while it is away is seen by the next one before any script of ours runs.
  await gina.evaluateOnNewDocument(() => {
    (window as { kept?: string }).kept = JSON.stringify(sessionStorage);
  });
  for (let time = 0; time < 2; time++) {
    await gina.reload();
    await says(gina, '.live .name', /^bob$/);
    await says(gina, '.live .what', /^Talking$/);
    await hears(gina, BOB_HZ);
    await hears(bob, ALICE_HZ);
    expect(await gina.evaluate(() => (window as { kept?: string }).kept)).not.toContain(password);
  }
  await press(gina, '.live .hangup');
  await says(bob, '#recent li:first-child', new RegExp(name));
  await gina.close();
});

test('a call that cannot be resumed is reported, with the sign-in form', async () => {
  const password = await env.endpoint('hugo', application);
  const hugo = await (await another()).newPage();
  await hugo.goto(env.server.url);
  await hugo.type('#endpoint', 'hugo');
  await hugo.type('#password', password);
  await hugo.keyboard.press('Enter');
  await says(hugo, '#who-name', /^hugo$/);
  await talk(hugo, 'hugo');
  await env.server.api('DELETE', '/endpoints/hugo');
  await hugo.reload();
  await says(hugo, '#notices .message', /^You are signed out\.$/);
  await hugo.waitForSelector('#password', { visible: true });
  await hugo.close();
  await press(bob, '.live .hangup');
});
