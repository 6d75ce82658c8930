/** Pages of another host that take our scripts: the server is where the script came from, whatever its address. */

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium } from './browsers.js';
import { TestEnv } from './test-env.js';

const ROOT = new URL('../../', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('sdk/package.json', ROOT), 'utf8')) as {
  version: string;
};

let env: TestEnv;
let pages: Server;
let elsewhere: string;
let browser: ReturnType<typeof chromium>;

beforeAll(async () => {
  env = await TestEnv.open();
  browser = env.keep(chromium({ hz: 620 }));
  pages = createServer((question, answer) => {
    const [, copy] = /^\/copy\/([a-z-]+\.js)$/.exec(question.url ?? '') ?? [];
    if (copy) {
      answer.setHeader('content-type', 'text/javascript');
      answer.end(readFileSync(new URL(`server/offhook/static/sdk/${copy}`, ROOT)));
      return;
    }
    const script = decodeURIComponent(question.url?.split('?script=')[1] ?? '');
    answer.setHeader('content-type', 'text/html');
    answer.end(`<!doctype html><title>elsewhere</title><script src="${script}"></script>`);
  });
  await new Promise<void>((ready) => pages.listen(0, '127.0.0.1', ready));
  const address = pages.address();
  elsewhere = `http://localhost:${typeof address === 'object' && address ? address.port : 0}`;
});

afterAll(async () => {
  pages?.close();
  await env?.close();
});

/** What a page that has loaded this script is told when it comes in by a token. */
async function comesIn(script: string, credentials: string): Promise<unknown> {
  const page = await (await browser).newPage();
  await page.goto(`${elsewhere}/?script=${encodeURIComponent(script)}`);
  const emitted = await page.evaluate(async (token) => {
    const { Twilio, Plivo } = window as unknown as {
      // biome-ignore lint/suspicious/noExplicitAny: three different interfaces.
      readonly [name: string]: any;
    };
    return new Promise((done) => {
      if (Plivo) {
        const { client } = new Plivo({ permOnClick: true, debug: 'OFF' });
        client.on('onConnectionChange', ({ state }: { state: string }) => done(state));
        client.login('carol', token);
      } else if (Twilio.Connection) {
        Twilio.Device.setup(token);
        Twilio.Device.ready(() => done('ready'));
        Twilio.Device.error((error: { code: number }) => done(error.code));
      } else {
        const device = new Twilio.Device(token);
        device.on('registered', () => done('registered'));
        device.on('error', (error: { code: number }) => done(error.code));
        void device.register().catch(() => undefined);
      }
    });
  }, credentials);
  await page.close();
  return emitted;
}

describe.each([
  ['twilio', 'registered', 31005],
  ['twilio-client', 'ready', 31005],
  ['plivo', 'connected', 'disconnected'],
])('%s.js', (name, good, bad) => {
  const credentials = (): Promise<string> =>
    name === 'plivo' ? env.endpoint('carol') : env.token('bob');

  test.each([
    ['', ''],
    [`${version}/`, ''],
    [`${version}/`, '?v=1'],
    ['', '#v1'],
  ])('at /sdk/%s…%s finds its server', async (folder, rest) => {
    const script = `${env.server.url}/sdk/${folder}${name}.js${rest}`;
    expect(await comesIn(script, await credentials())).toBe(good);
  });

  test('of an unreachable server fails at once', async () => {
    // The page's own host has no link: it answers with a page.
    expect(await comesIn(`/copy/${name}.js`, await credentials())).toBe(bad);
  });
});
