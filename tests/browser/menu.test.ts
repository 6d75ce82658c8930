/** A menu that listens to keys: the prompt stops with the first key, and the keys choose what is heard next. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium } from './browsers.js';
import type { Person } from './person.js';
import { type Dialect, TestEnv } from './test-env.js';
import { toneFile } from './tones.js';

const PROMPT_HZ = 700;
const CHOSEN_HZ = 1_300;
let env: TestEnv;

const MENUS: Record<Dialect, (url: string) => string> = {
  twilio: () =>
    '<Gather numDigits="2" action="/twilio/chosen"><Play loop="9">/prompt.wav</Play></Gather>',
  plivo: (url) =>
    `<GetDigits numDigits="2" digitTimeout="20" action="${url}/plivo/chosen"><Play loop="9">${url}/prompt.wav</Play></GetDigits>`,
};

beforeAll(async () => {
  env = await TestEnv.open();
  const { pages, url } = env.web;
  pages.set('/prompt.wav', readFileSync(toneFile(PROMPT_HZ)));
  pages.set('/chosen.wav', readFileSync(toneFile(CHOSEN_HZ)));
  for (const dialect of ['twilio', 'plivo']) {
    pages.set(`/${dialect}/chosen`, `<Response><Play loop="9">${url}/chosen.wav</Play></Response>`);
  }
});

afterAll(() => env?.close());

/** Waits until somebody hears a tone, or hears it no more. */
async function hears(caller: Person, hz: number, wanted: boolean): Promise<void> {
  const audible = async (): Promise<boolean> => (await caller.does('hear', hz, 400)).ratio > 20;
  await expect.poll(audible, { timeout: 10_000, interval: 10 }).toBe(wanted);
}

test.each(['twilio', 'plivo'] as const)('a menu in %s', async (dialect) => {
  const menu = `<Response>${MENUS[dialect](env.web.url)}</Response>`;
  const application = await env.application(dialect, menu);
  const caller = await env.person(chromium({ hz: 300 }), `caller-${dialect}`, 300, application);
  await caller.call('menu');
  expect(await caller.does('whenUp')).toBe(true);
  await hears(caller, PROMPT_HZ, true);
  await caller.press('4');
  await hears(caller, PROMPT_HZ, false);
  await hears(caller, CHOSEN_HZ, false);
  await caller.press('2');
  await hears(caller, CHOSEN_HZ, true);
  const [asked, ...more] = env.web.at(`/${dialect}/chosen`);
  expect(asked?.fields['Digits']).toBe('42');
  expect(more).toHaveLength(0);
  await caller.hangUp();
});
