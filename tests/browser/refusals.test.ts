/** Wrong passwords, old tokens, microphones that are not there: each by its own code, with a hint. */
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BLANK, chromium } from './browsers.js';
import { install } from './harness.js';
import { TestEnv } from './test-env.js';
import { outdated, resigned } from './tokens.js';

let env: TestEnv;
let page: Page;

beforeAll(async () => {
  env = await TestEnv.open({ apart: true });
  await env.endpoint('carol');
  page = await visit(env.keep(chromium({ hz: 620 })));
});

afterAll(() => env?.close());

async function visit(browser: ReturnType<typeof chromium>): Promise<Page> {
  const opened = await (await browser).newPage();
  await opened.goto(env.server.url + BLANK);
  await opened.addScriptTag({ url: '/sdk/offhook.js' });
  await opened.evaluate(install, false);
  return opened;
}

/** What a log-in ends with. */
function enter(
  on: Page,
  options: Record<string, unknown>,
): Promise<{ code: string; hint: string }> {
  return on.evaluate(
    (given) =>
      window.harness.connect(given).then(
        (name) => ({ code: `welcome ${name}`, hint: '' }),
        (error: { code: string; hint: string }) => ({ code: error.code, hint: error.hint }),
      ),
    options,
  );
}

/** What calling ends with. */
function call(on: Page): Promise<string> {
  return on.evaluate(() =>
    window.harness.call('bob').then(
      () => 'ringing',
      (error: { code: string }) => error.code,
    ),
  );
}

describe('logging in', () => {
  test('the right password lets in', async () => {
    const password = await env.endpoint('carol');
    expect((await enter(page, { endpoint: 'carol', password })).code).toBe('welcome carol');
  });

  test('a wrong password and an unknown name give the same error', async () => {
    const wrong = await enter(page, { endpoint: 'carol', password: 'wrong-password' });
    const unknown = await enter(page, { endpoint: 'nobody', password: 'wrong-password' });
    expect(wrong.code).toBe('bad-credentials');
    expect(unknown).toEqual(wrong);
    expect(wrong.hint).not.toBe('');
  });

  test('ten wrong passwords block the name from this address', async () => {
    await env.endpoint('dave');
    const codes: string[] = [];
    for (let tries = 0; tries < 11; tries++) {
      codes.push((await enter(page, { endpoint: 'dave', password: `wrong-${tries}` })).code);
    }
    expect(codes.slice(0, 10)).toEqual(Array(10).fill('bad-credentials'));
    expect(codes[10]).toBe('blocked');
  });

  test('invalid and early tokens give different errors', async () => {
    const token = await env.token('carol');
    expect((await enter(page, { token: 'none' })).code).toBe('invalid-access-token');
    const now = Math.floor(Date.now() / 1_000);
    const early = { nbf: now + 3_600, exp: now + 7_200 };
    const future = resigned(token, early, env.server.secret);
    expect((await enter(page, { token: future })).code).toBe('access-token-not-valid-yet');
  });

  test('an expired token is replaced by the refresh function, once', async () => {
    const token = await env.token('carol');
    const result = await page.evaluate(
      async (expired, fresh) => {
        const client = await window.Offhook.connect({ token: expired, refreshToken: () => fresh });
        const name = client.identity?.name;
        client.close();
        return name;
      },
      resigned(token, outdated(), env.server.secret),
      token,
    );
    expect(result).toBe('carol');
  });
});

describe('the microphone', () => {
  test('that is missing fails before the call rings', async () => {
    const deaf = await visit(env.keep(chromium({})));
    await enter(deaf, { token: await env.token('carol', await anyApplication()) });
    expect(await call(deaf)).toBe('microphone-missing');
  });

  test('that is denied fails before the call rings', async () => {
    const shy = await visit(env.keep(chromium({ hz: 620, allowed: false })));
    await enter(shy, { token: await env.token('carol', await anyApplication()) });
    expect(await call(shy)).toBe('microphone-denied');
  });
});

function anyApplication(): Promise<string> {
  return env.application('twilio', '<Response><Hangup/></Response>');
}
