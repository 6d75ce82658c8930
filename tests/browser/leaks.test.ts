/** Two hundred calls in one page leave nothing behind. */
import type { CDPSession } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownChromium } from './browsers.js';
import { takesAllCalls } from './conversation.js';
import type { Person } from './person.js';
import { DIALECTS, TestEnv } from './test-env.js';

const CALLS = 200;
/** What is loaded with the first calls stays; it must not grow with every call. */
const WARM_UP = 20;
const KINDS = ['peers', 'elements', 'contexts', 'listeners', 'nodes'] as const;
/** The newest calls may be held by the browser itself for a moment; what leaks is there 180 times, and stays. */
const HELD = 5;
let env: TestEnv;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  env = await TestEnv.open();
  const application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
  const hers = await env.keep(ownChromium({ hz: 620 }));
  const his = await env.keep(ownChromium({ hz: 1_170 }));
  // With the sounds that pages have by default: they are where elements would be left behind.
  alice = await env.tab(hers, 'alice', 620, { sounds: true }, application);
  bob = await env.tab(his, 'bob', 1_170, { sounds: true });
});

afterAll(() => env?.close());

interface Left {
  readonly heap: number;
  readonly listeners: number;
  readonly nodes: number;
  readonly peers: number;
  readonly elements: number;
  readonly contexts: number;
}

/** Counts what is there, once everything that can be thrown away was. */
async function left(person: Person, cdp: CDPSession): Promise<Left> {
  await person.page.evaluate(() => new Promise((later) => setTimeout(later, 500)));
  for (let turn = 0; turn < 3; turn++) await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  const metric = (name: string): number => metrics.find((one) => one.name === name)?.value ?? 0;
  const count = async (prototype: string): Promise<number> => {
    const { result } = await cdp.send('Runtime.evaluate', { expression: `${prototype}.prototype` });
    const { objects } = await cdp.send('Runtime.queryObjects', {
      prototypeObjectId: result.objectId ?? '',
    });
    const length = await cdp.send('Runtime.callFunctionOn', {
      objectId: objects.objectId ?? '',
      functionDeclaration: 'function () { return this.length; }',
    });
    await cdp.send('Runtime.releaseObject', { objectId: objects.objectId ?? '' });
    return length.result.value as number;
  };
  return {
    heap: metric('JSHeapUsedSize'),
    listeners: metric('JSEventListeners'),
    nodes: metric('Nodes'),
    peers: await count('RTCPeerConnection'),
    elements: await count('HTMLAudioElement'),
    contexts: await count('AudioContext'),
  };
}

/** Calls so often, one after the other, each until it is heard. */
function callOften(times: number): Promise<void> {
  return alice.page.evaluate(async (count) => {
    const { client } = window.harness;
    for (let turn = 0; turn < count; turn++) {
      const call = await client.call('bob');
      await call.whenAnswered();
      while ((await call.sample()).packetsReceived === 0) {
        await new Promise((later) => setTimeout(later, 5));
      }
      call.hangup();
      await call.whenEnded();
    }
  }, times);
}

test(`${CALLS} calls in a row leave nothing behind in either page`, async () => {
  await takesAllCalls(bob);
  const people = [alice, bob];
  const doors = await Promise.all(people.map((person) => person.page.createCDPSession()));
  for (const door of doors) await door.send('Performance.enable');
  const look = (): Promise<Left[]> =>
    Promise.all(people.map((person, at) => left(person, doors[at] as CDPSession)));
  await callOften(WARM_UP);
  const before = await look();
  await callOften(CALLS - WARM_UP);
  const good = (now: Left, at: number): boolean =>
    KINDS.every((kind) => now[kind] <= (before[at] as Left)[kind] + HELD);
  let after = await look();
  for (let again = 0; again < 10 && !after.every(good); again++) after = await look();
  for (const [at, then] of before.entries()) {
    const now = after[at] as Left;
    process.stdout.write(`heap ${then.heap} -> ${now.heap}, ${JSON.stringify({ ...now })}\n`);
    for (const kind of KINDS) expect(now[kind], kind).toBeLessThanOrEqual(then[kind] + HELD);
    // A kilobyte a call would be 180 kB; what the engine keeps for speed comes and goes.
    expect(now.heap - then.heap).toBeLessThan(400_000);
  }
}, 300_000);
