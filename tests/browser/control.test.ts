/** Programs begin calls and control running ones through the API: what becomes of it is heard in the page. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium } from './browsers.js';
import { hearEachOther, hears } from './conversation.js';
import type { Person } from './person.js';
import type { CallRecord } from './server.js';
import { DIALECTS, TestEnv } from './test-env.js';
import { toneFile } from './tones.js';

const ALICE_HZ = 620;
const BOB_HZ = 1_170;
/** Of a sound file. */
const TONE_HZ = 1_830;
/** Of the sound file in another document. */
const NEXT_HZ = 2_450;
/** RTP packets of one digit at least: one for its start, and its end three times (RFC 4733 §2.5.1.4). */
const DIGIT_PACKETS = 4;
const WAIT = '<Response><Pause length="120"/></Response>';

/** A running call, as the API shows it; more than this is there. */
interface LiveCall {
  readonly id: string;
  readonly direction: string;
  readonly state: string;
  readonly legs: readonly {
    readonly id: string;
    readonly peer: string;
    readonly state: string;
    readonly bridged_with: string | null;
  }[];
}

let env: TestEnv;
let alice: Person;
let bob: Person;
let application: string;

beforeAll(async () => {
  env = await TestEnv.open();
  application = await env.application('twilio', WAIT);
  alice = await env.person(chromium({ hz: ALICE_HZ }), 'alice', ALICE_HZ);
  bob = await env.person(chromium({ hz: BOB_HZ }), 'bob', BOB_HZ);
  env.web.pages.set('/tone', readFileSync(toneFile(TONE_HZ)));
  env.web.pages.set('/next-tone', readFileSync(toneFile(NEXT_HZ)));
});

afterAll(() => env?.close());

/** Calls bob, who takes it. */
async function begin(wanted: Record<string, unknown>): Promise<string> {
  const answering = bob.does('answerNext');
  const call = await env.server.api<LiveCall>('POST', '/calls', {
    to: 'bob',
    caller: 'support',
    application,
    ...wanted,
  });
  expect(call).toMatchObject({ direction: 'outbound', state: 'new' });
  expect(await answering).toContain('support');
  expect(await bob.does('whenUp')).toBe(true);
  return call.id;
}

async function live(): Promise<LiveCall[]> {
  return (await env.server.api<{ items: LiveCall[] }>('GET', '/calls/live')).items;
}

/** Requests something of a running call. */
function control(id: string, what: string, body: object = {}): Promise<{ request: string }> {
  return env.server.api('POST', `/calls/${id}/${what}`, body);
}

/** Somebody hears a tone and nothing else. */
async function hearTone(ear: Person, hz: number): Promise<void> {
  const hear = async (): Promise<number> => (await ear.does('hear', hz, 600)).ratio;
  await expect.poll(hear, { timeout: 6_000, interval: 10 }).toBeGreaterThan(20);
}

/** Somebody hears nothing, once what was under way has been played. */
async function hearNothing(ear: Person): Promise<void> {
  const hear = async (): Promise<number> => (await ear.does('hear', TONE_HZ, 600)).level;
  await expect.poll(hear, { timeout: 6_000, interval: 10 }).toBeLessThan(0.002);
}

/** How many RTP packets somebody's page has received. */
function packets(person: Person): Promise<number> {
  return person.page.evaluate(async () => (await window.harness.current.sample()).packetsReceived);
}

/** The same, once no more come. */
async function settledPackets(person: Person): Promise<number> {
  let [before, now] = [-1, await packets(person)];
  const limit = Date.now() + 6_000;
  while (now !== before) {
    if (Date.now() > limit) throw new Error(`packets keep coming: ${now}`);
    await new Promise((later) => setTimeout(later, 300));
    [before, now] = [now, await packets(person)];
  }
  return now;
}

/** The details of a record's entries of one event. */
function entries(record: CallRecord, event: string): Readonly<Record<string, unknown>>[] {
  return record.journal.filter((entry) => entry.event === event).map(({ details }) => details);
}

/** What requests the record has of programs: those that took effect by kind, and the number of those that did not. */
function requests(record: CallRecord): [unknown[], number] {
  return [
    entries(record, 'control-accepted').map(({ kind }) => kind),
    entries(record, 'control-failed').length,
  ];
}

/** The call is over for the server and for the application, which was told once. */
async function over(id: string): Promise<CallRecord> {
  const record = await env.server.record(id);
  expect(await live()).toEqual([]);
  const hangups = () =>
    env.web.at('/hangup').filter(({ fields }) => fields['CallSid']?.includes(id));
  await expect.poll(hangups, { timeout: 20_000 }).toHaveLength(1);
  return record;
}

test('a call with its document inline: play, stop, speak, digits, redirect and hangup', async () => {
  const id = await begin({ document: WAIT });
  expect(await live()).toMatchObject([
    { id, direction: 'outbound', state: 'up', legs: [{ peer: 'client:bob', state: 'up' }] },
  ]);
  const shown = JSON.parse(await env.server.command('calls', 'live', '--json')) as LiveCall[];
  expect(shown).toMatchObject([{ id, state: 'up', legs: [{ peer: 'client:bob' }] }]);

  await control(id, 'play', { url: `${env.web.url}/tone`, times: 0 });
  await hearTone(bob, TONE_HZ);
  await control(id, 'stop');
  await hearNothing(bob);

  await control(id, 'speak', { text: 'Your call may take a little longer than you expected.' });
  const speech = await bob.does('hear', TONE_HZ, 1_500);
  expect(speech.level).toBeGreaterThan(0.01);
  expect(speech.ratio).toBeLessThan(0);
  await hearNothing(bob);

  // Nothing else is sent to a page that hears silence; Chromium plays no tones for these events.
  const before = await settledPackets(bob);
  await control(id, 'digits', { digits: '12#' });
  await expect
    .poll(() => packets(bob), { timeout: 6_000 })
    .toBeGreaterThanOrEqual(before + 3 * DIGIT_PACKETS);

  env.web.pages.set('/next', `<Response><Play loop="0">${env.web.url}/next-tone</Play></Response>`);
  await control(id, 'redirect', { url: `${env.web.url}/next` });
  await hearTone(bob, NEXT_HZ);

  const ended = bob.does('whenEnded');
  await control(id, 'hangup');
  expect(await ended).toMatchObject({ cause: 'normal' });
  const record = await over(id);
  expect(requests(record)).toEqual([
    ['play', 'stop', 'speak', 'send-digits', 'redirect', 'hangup'],
    0,
  ]);
  expect(entries(record, 'digits-sent').map(({ keys }) => keys)).toEqual([3]);
  // The file, the speech, and the other document's file.
  expect(entries(record, 'play-started')).toHaveLength(3);
  // The document was in the request: the application was not asked for another.
  expect(env.web.at(env.pathOf(application))).toEqual([]);
  for (const path of ['/tone', '/next', '/next-tone']) expect(env.web.at(path)).toHaveLength(1);
  expect(record).toMatchObject({ cause: 'normal', callee: 'client:bob' });
  expect(bob.faults).toEqual([]);
});

test('a call with the URL of its document: mute, play to one of two, and hangup', async () => {
  env.web.pages.set('/dial', DIALECTS.twilio.dial('alice'));
  const answering = alice.does('answerNext');
  const id = await begin({ url: `${env.web.url}/dial` });
  await answering;
  await alice.does('whenUp');
  await hearEachOther(alice, bob);
  const call = (await live()).find((each) => each.id === id);
  const [first, second] = call?.legs ?? [];
  expect(first).toMatchObject({ peer: 'client:bob', state: 'up', bridged_with: second?.id });
  expect(second).toMatchObject({ peer: 'client:alice', state: 'up', bridged_with: first?.id });

  await control(id, 'mute');
  await hearNothing(alice);
  await hears(bob, alice);
  await control(id, 'mute', { muted: false });
  await hears(alice, bob);

  await control(id, 'play', { url: `${env.web.url}/tone`, times: 0, leg: second?.id });
  await hearTone(alice, TONE_HZ);
  await hears(bob, alice);
  await control(id, 'stop', { leg: second?.id });
  await hearEachOther(alice, bob);

  const ended = [alice, bob].map((each) => each.does('whenEnded'));
  await control(id, 'hangup');
  expect((await Promise.all(ended)).map((end) => end?.cause)).toEqual(['normal', 'normal']);
  const record = await over(id);
  expect(requests(record)).toEqual([['mute', 'mute', 'play', 'stop', 'hangup'], 0]);
  expect(entries(record, 'leg-muted')).toHaveLength(1);
  expect(entries(record, 'leg-unmuted')).toHaveLength(1);
  expect(env.web.at('/dial')).toHaveLength(1);
  expect(record.legs.map(({ cause }) => cause)).toEqual(['normal', 'normal']);
  expect([...alice.faults, ...bob.faults]).toEqual([]);
});
