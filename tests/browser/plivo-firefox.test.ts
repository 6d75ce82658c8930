/** What the scenes leave out of the vendor's API, in Firefox: keys, passwords, logging out. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { firefox } from './browsers.js';
import { PlivoEnv } from './plivo/test-env.js';

let env: PlivoEnv;

beforeAll(async () => {
  env = await PlivoEnv.open(() => firefox({ hz: 620 }));
});

afterEach(async () => {
  expect(await env.tidy()).toEqual([]);
});

afterAll(() => env?.close());

test('a call from logging in to logging out', async () => {
  const [alice, bob] = await env.talking();
  expect(await bob.events()).toEqual(['onIncomingCall', 'onCallAnswered', 'onMediaConnected']);
  await alice.does('mute');
  await alice.does('unmute');
  await alice.does('sendDtmf', '7');
  expect((await bob.until('onDtmfReceived'))[0]).toMatchObject({ tone: '7' });
  const id = await alice.does('getCallUUID');
  await bob.does('hangup');
  const [hangup, call] = await alice.until('onCallTerminated');
  expect(hangup).toEqual({ originator: 'remote', reason: 'Terminated' });
  expect(call).toMatchObject({ callUUID: id, state: 'ended', code: 16 });
  const said = await alice.does('submitCallQualityFeedback', id, 4, ['ECHO'], 'well', false);
  expect(said).toBe('Feedback is sent');
  await alice.does('logout');
  // As the vendor's, these come after the call that causes them.
  await alice.until('onLogout');
  expect((await alice.events()).slice(-2)).toEqual(['onConnectionChange', 'onLogout']);
});

test('a wrong password fails with its cause', async () => {
  const phone = await env.phone({ permOnClick: true });
  await phone.does('login', 'alice', 'wrong-password');
  expect(await phone.until('onLoginFailed')).toEqual(['Authentication Error']);
});
