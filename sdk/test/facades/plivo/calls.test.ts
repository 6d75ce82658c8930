/** Orders of events and rules for several calls, without a server. */
import { describe, expect, test } from 'vitest';
import { settle } from '../../client/harness.js';
import { FakeCall, fault, Page } from './fakes.js';

const other = '11111111111111111111111111111111';

describe('an outgoing call', () => {
  test('emits its events from beginning to end', async () => {
    const page = await Page.inside();
    const { next } = page.native;
    expect(page.client.call(' +1 55 ', { 'X-PH-A': 'b' })).toBe(true);
    expect(page.events).toEqual([]);
    await page.time.pass(0);
    expect(page.events).toEqual(['onCalling', 'onWebrtcNotSupported']);
    expect(page.native.done.at(-1)).toBe('call +155 {"X-PH-A":"b"}');
    next.setState('ringing');
    next.setState('ringing');
    next.setState('up');
    next.deliverRaw('audio', 'connected');
    next.ends('normal', 'peer');
    expect(page.events.filter((event) => event !== 'onWebrtcNotSupported')).toEqual([
      'onCalling',
      'onCallRemoteRinging',
      'onCallAnswered',
      'onMediaConnected',
      'onCallTerminated',
    ]);
    expect(page.client.getLastCallUUID()).toBe('01234567-89ab-cdef-0123-456789abcdef');
  });

  test('can be cancelled during the microphone request', async () => {
    const page = await Page.inside();
    page.client.call('bob');
    expect(page.client.hangup()).toBe(true);
    expect(page.last('onCallFailed')[0]).toBe('Canceled');
    expect(page.client.hangup()).toBe(false);
    await settle();
    expect(page.events).toEqual(['onCalling', 'onCallFailed']);
  });

  test('another can begin in the listener of the end', async () => {
    const page = await Page.inside();
    page.client.on('onCallTerminated', () => page.emitted.push(['again', page.client.call('eve')]));
    page.client.call('bob');
    await settle();
    page.native.next.setState('up');
    page.native.next.ends('normal', 'peer');
    expect(page.last('again')).toEqual([true]);
  });

  test.each([
    ['microphone-denied', 'User Denied Media Access'],
    ['microphone-missing', 'User Denied Media Access'],
    ['not-connected', 'Connection Error'],
    ['access-token-expired', 'ACCESS_TOKEN_EXPIRED'],
    ['negotiation-failed', 'WebRTC Error'],
  ])('that cannot begin for %s has failed', async (code, cause) => {
    const page = await Page.inside();
    page.native.refuses = fault(code);
    page.client.call('bob');
    await settle();
    expect(page.last('onCallFailed')[0]).toBe(cause);
    expect(page.events.includes('onMediaPermission')).toBe(code.startsWith('microphone'));
  });

  test.each([
    ['busy', 'Busy', 'failed', 17],
    ['rejected', 'Rejected', 'rejected', 21],
    ['no-answer', 'Unavailable', 'failed', 19],
    ['not-found', 'Not Found', 'failed', 1],
    ['incompatible-media', 'Incompatible SDP', 'failed', 88],
    ['document-ended', 'Unavailable', 'failed', 16],
    ['application-error', 'SIP Failure Code', 'failed', 41],
  ])('that ends with %s before it was answered has failed', async (cause, word, state, code) => {
    const page = await Page.inside();
    page.client.call('bob');
    await settle();
    page.native.next.ends(cause, 'server');
    expect(page.last('onCallFailed')).toMatchObject([
      word,
      { state, code, originator: 'remote', protocol: 'Q.850' },
    ]);
  });

  test('that the server refuses for a token has failed by that name', async () => {
    const page = await Page.inside();
    page.client.call('bob');
    await settle();
    page.native.next.deliverRaw('error', fault('access-token-expired'));
    page.native.next.ends('forbidden', 'server');
    expect(page.last('onCallFailed')[0]).toBe('ACCESS_TOKEN_EXPIRED');
  });

  test.each([
    'endpoint-lost',
    'server-lost',
    'server-restarted',
  ])('a call that is lost with its connection ends here: %s', async (cause) => {
    const page = await Page.inside();
    page.client.call('bob');
    await settle();
    page.native.next.ends(cause, 'server');
    expect(page.last('onCallFailed')).toMatchObject([
      'Connection Error',
      { originator: 'local', code: 11004 },
    ]);
  });

  test('our ringing takes the place of what the server sends, unless the page wants that', async () => {
    const page = await Page.inside();
    page.client.call('bob');
    await settle();
    const { next } = page.native;
    next.earlyMedia = true;
    next.setState('ringing');
    expect([next.done, page.sounds]).toEqual([['volume 0'], ['play ringing']]);
    next.setState('up');
    expect([next.done, page.sounds.at(-1)]).toEqual([['volume 0', 'volume 1'], 'stop ringing']);
    next.ends('normal');

    page.client.setRingToneBack(false);
    const second = Object.assign(new FakeCall(), { state: 'dialing', earlyMedia: true });
    page.native.next = second;
    page.client.call('bob');
    await settle();
    second.setState('ringing');
    expect(second.done).toEqual([]);
    expect(page.sounds.at(-1)).toBe('ringing false');
  });
});

describe('an incoming call', () => {
  test('is canceled by the caller, or answered elsewhere', async () => {
    for (const [cause, reason] of [
      ['cancelled', 'ORIGINATOR_CANCEL'],
      ['answered-elsewhere', 'LOSE_RACE'],
    ] as const) {
      const page = await Page.inside();
      page.rings().ends(cause, 'server');
      expect(page.events).toEqual(['onIncomingCall', 'onIncomingCallCanceled']);
      expect(page.last('onIncomingCallCanceled')).toMatchObject([{ state: 'canceled', reason }]);
    }
  });

  test('that cannot be answered without a microphone has failed, and the caller gets busy', async () => {
    const page = await Page.inside();
    const call = page.rings({ fails: fault('microphone-denied') });
    page.client.answer();
    await settle();
    expect(page.events).toEqual(['onIncomingCall', 'onMediaPermission', 'onCallFailed']);
    expect(call.done).toEqual(['accept', 'reject busy']);
  });

  test('the others emit their events, whatever happens to one', async () => {
    const page = await Page.inside({ allowMultipleIncomingCalls: true });
    const first = page.rings();
    const second = page.rings({ id: other, from: 'client:eve' });
    page.client.answer(undefined, 'letring');
    await settle();
    second.setState('up');
    first.ends('cancelled', 'server');
    second.ends('normal', 'peer');
    expect(page.events).toEqual([
      'onIncomingCall',
      'onIncomingCall',
      'onCallAnswered',
      'onIncomingCallCanceled',
      'onCallTerminated',
    ]);
  });

  test('is turned away by the latest when no call of that id rings', async () => {
    const page = await Page.inside({ allowMultipleIncomingCalls: true });
    const first = page.rings();
    const second = page.rings({ id: other });
    page.client.ignore('nonsense');
    expect([first.done, second.done]).toEqual([[], ['ignore']]);
    page.client.reject();
    expect(first.done).toEqual(['reject busy']);
    expect(page.client.getIncomingCalls()).toEqual([]);
  });

  test('is not answered with an unknown action', async () => {
    const page = await Page.inside({ allowMultipleIncomingCalls: true });
    const call = page.rings();
    for (const action of ['toString', 'hold', 7]) {
      expect(page.client.answer(undefined, action as string)).toBe(false);
    }
    expect(page.client.answer(undefined, 'IGNORE')).toBe(true);
    expect(call.done).toEqual(['accept']);
  });
});

describe('within a call', () => {
  test('methods may be passed around without their object', async () => {
    const page = await Page.inside();
    const { call, hangup, getCallUUID, isConnected } = page.client;
    expect(isConnected()).toBe(true);
    call('bob');
    await settle();
    expect(getCallUUID()).not.toBeNull();
    expect(hangup()).toBe(true);
  });

  test.each([
    [['INBAND'], { events: false, inBand: true }],
    [['OUTBAND'], { events: true, inBand: false }],
    [['INBAND', 'OUTBAND'], { events: true, inBand: false }],
  ])('keys go by %j', async (sendDtmfType, how) => {
    const page = await Page.inside({ dtmfOptions: { sendDtmfType } });
    page.client.call('bob');
    await settle();
    page.client.sendDtmf(0);
    expect(page.native.next.done).toEqual([`digits 0 ${JSON.stringify(how)}`]);
  });

  test('volumes come sixty times a second while there is a listener', async () => {
    const page = await Page.inside();
    page.client.call('bob');
    await settle();
    page.native.next.setState('up');
    await page.time.pass(1_000);
    expect(page.events).not.toContain('volume');
    page.client.on('volume', () => undefined);
    page.emitted.length = 0;
    await page.time.pass(10_000);
    const { length } = page.events.filter((event) => event === 'volume');
    expect(Math.abs(length - 600)).toBeLessThan(2);
    page.native.next.ends('normal');
    page.emitted.length = 0;
    await page.time.pass(1_000);
    expect(page.emitted).toEqual([]);
  });
});
