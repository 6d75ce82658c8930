/** The vendor's core sequences in Firefox. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { firefox } from './browsers.js';
import { PlivoOffice } from './plivo/office.js';
import { networkAddress } from './server.js';

let office: PlivoOffice;

beforeAll(async () => {
  office = await PlivoOffice.open(() => firefox({ hz: 620 }), [networkAddress()]);
});

afterEach(async () => {
  expect(await office.tidy()).toEqual([]);
});

afterAll(() => office?.close());

test('a call from logging in to logging out', async () => {
  const [alice, bob] = await office.talking();
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
  expect((await alice.events()).slice(-2)).toEqual(['onConnectionChange', 'onLogout']);
});

test('who is rejected finds the line busy; who gives up cancels', async () => {
  const alice = await office.inside('alice');
  const bob = await office.inside('bob');
  await alice.does('call', 'bob', {});
  await bob.until('onIncomingCall');
  await bob.does('reject');
  expect((await alice.until('onCallFailed'))[0]).toBe('Busy');
  await alice.forget();
  await alice.does('call', 'bob', {});
  await bob.until('onIncomingCall', 2);
  await alice.does('hangup');
  expect((await alice.until('onCallFailed'))[0]).toBe('Canceled');
  await bob.until('onIncomingCallCanceled');
});

test('two callers at once: one is answered, the other is ignored or rings on', async () => {
  const bob = await office.inside('bob', { allowMultipleIncomingCalls: true });
  const alice = await office.inside('alice');
  const amy = await office.inside('amy');
  await alice.does('call', 'bob', {});
  const [, , hers] = await bob.until('onIncomingCall');
  await amy.does('call', 'bob', {});
  await bob.until('onIncomingCall', 2);
  await bob.does('answer', undefined, 'letring');
  await Promise.all([amy.until('onCallAnswered'), bob.until('onCallAnswered')]);
  await bob.does('answer', (hers as { callUUID: string }).callUUID, 'ignored');
  await Promise.all([alice.until('onCallAnswered'), amy.until('onCallTerminated')]);
});

test('wrong passwords and wrong tokens are told', async () => {
  const phone = await office.phone({ permOnClick: true });
  await phone.does('login', 'alice', 'wrong-password');
  expect(await phone.until('onLoginFailed')).toEqual(['Authentication Error']);
  const token = await office.token('alice', {}, { secret: 'another' });
  await phone.does('loginWithAccessToken', token);
  expect(await phone.until('onLoginFailed', 2)).toEqual(['INVALID_ACCESS_TOKEN_SIGNATURE']);
});
