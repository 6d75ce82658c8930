/** How long it takes from `call()` until the caller's page plays the voice of a party that answers at once. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium } from '../../tests/browser/browsers.js';
import { takesAllCalls } from '../../tests/browser/conversation.js';
import type { Person } from '../../tests/browser/person.js';
import { DIALECTS, TestEnv } from '../../tests/browser/test-env.js';

const CALLS = Number(process.env['MEASURED_CALLS'] ?? 50);
/** The first calls of a page load and compile what the others find. */
const WARM_UP = 5;
const BOB_HZ = 1_170;
let env: TestEnv;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  env = await TestEnv.open();
  const application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
  alice = await env.person(chromium({ hz: 620 }), 'alice', 620, application);
  bob = await env.person(chromium({ hz: BOB_HZ }), 'bob', BOB_HZ);
});

afterAll(() => env?.close());

/** Calls so often, one after the other; gives the milliseconds until each was heard. Runs in the page. */
async function callOften(times: number, hz: number): Promise<number[]> {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 512 });
  const samples = new Float32Array(analyser.fftSize);
  const step = (2 * Math.PI * hz) / context.sampleRate;

  /** Whether more than half of the power of the last 11 ms is in the tone: a ring-back tone is not an answer. */
  function audible(): boolean {
    analyser.getFloatTimeDomainData(samples);
    let [re, im, power] = [0, 0, 0];
    for (const [at, sample] of samples.entries()) {
      re += sample * Math.cos(step * at);
      im += sample * Math.sin(step * at);
      power += sample * sample;
    }
    const tone = (2 * (re * re + im * im)) / samples.length;
    return power / samples.length > 1e-6 && tone > power / 2;
  }

  const took: number[] = [];
  for (let turn = 0; turn < times; turn++) {
    const began = performance.now();
    const call = await window.harness.client.call('bob');
    const [receiver] = call.connection.getReceivers();
    if (!receiver) throw new Error('the call has no receiver');
    const source = new MediaStreamAudioSourceNode(context, {
      mediaStream: new MediaStream([receiver.track]),
    });
    source.connect(analyser);
    while (!audible()) await new Promise((later) => setTimeout(later, 2));
    took.push(performance.now() - began);
    source.disconnect();
    call.hangup();
    await call.whenEnded();
  }
  await context.close();
  return took;
}

test('from call() to the first audio of the callee', async () => {
  await takesAllCalls(bob);
  const took = await alice.page.evaluate(callOften, WARM_UP + CALLS, BOB_HZ);
  const counted = took.slice(WARM_UP).map((ms) => Math.round(ms * 10) / 10);
  expect(counted).toHaveLength(CALLS);
  const place = process.env['MEASURED_INTO'];
  if (place) writeFileSync(place, JSON.stringify(counted));
  else process.stdout.write(`${counted.join(' ')} ms\n`);
});
