/** The small parts: options, headers, servers, feedback, logging in, quality metrics. */
import { describe, expect, test } from 'vitest';
import type { CallView } from '../../../src/facades/plivo/call-adapter.js';
import { serverUrls } from '../../../src/facades/plivo/connection.js';
import {
  type ExtraHeaders,
  extraHeaders,
  extraHeadersOf,
} from '../../../src/facades/plivo/extra-headers.js';
import { feedbackOf } from '../../../src/facades/plivo/feedback.js';
import { claimsOf } from '../../../src/facades/plivo/login.js';
import { errorByNumber } from '../../../src/facades/plivo/login-errors.js';
import { standardConstraints } from '../../../src/facades/plivo/options.js';
import type { QualitySample } from '../../../src/quality/sample.js';
import { settle } from '../../client/harness.js';
import { fault, Page } from './fakes.js';

describe('the place of the server', () => {
  test.each([
    [{ server: 'calls.example' }, ['https://calls.example']],
    [{ server: 'localhost:8080' }, ['http://localhost:8080']],
    [{ server: 'wss://calls.example/link' }, ['wss://calls.example/link']],
    [
      { registrationDomainSocket: ['wss://a.example/signalling', 'ws://127.0.0.1:9/x'] },
      ['wss://a.example', 'ws://127.0.0.1:9'],
    ],
    [{}, [undefined]],
  ])('of %j', (given, expected) => {
    expect(serverUrls({ server: null, registrationDomainSocket: null, ...given })).toEqual(
      expected,
    );
  });
});

test('constraints of former browsers mean what they meant', () => {
  const old = { optional: [{ googAutoGainControl2: true }, { googNoiseSuppression: false }] };
  expect(standardConstraints({ ...old, channelCount: 1 } as MediaTrackConstraints)).toEqual({
    autoGainControl: true,
    noiseSuppression: false,
    channelCount: 1,
  });
});

test('no more headers travel than the link takes', () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`X-PH-h${at}`, 'v']));
  const dropped: string[] = [];
  expect(Object.keys(extraHeaders(many, (name) => dropped.push(name)))).toHaveLength(31);
  expect(dropped).toHaveLength(19);
  expect(extraHeaders(undefined)).toEqual({});
});

test('numbers of token errors have names', () => {
  expect(errorByNumber(10006)).toBe('ACCESS_TOKEN_EXPIRED');
  expect(errorByNumber(3)).toBe('Unauthorised');
});

describe('tokens', () => {
  const token = (claims: unknown): string => `h.${btoa(JSON.stringify(claims))}.s`;
  const whole = { iss: 'MA1', nbf: 1, exp: 2 };

  test.each([
    ['', undefined],
    ['a.b.c', undefined],
    [token({ ...whole, exp: '2' }), undefined],
    [token({ ...whole, sub: 7 }), undefined],
    [token([]), undefined],
    [token({ ...whole, sub: 'eve' }), { subject: 'eve', incoming: false, outgoing: false }],
    [token({ ...whole, per: { voice: { outgoing_allow: true } } }), { outgoing: true }],
    [token({ ...whole, grants: { voice: { incoming_allow: true } } }), { incoming: true }],
  ])('%s', (text, expected) => {
    if (expected) expect(claimsOf(text)).toMatchObject(expected);
    else expect(claimsOf(text)).toBeUndefined();
  });
});

test('an opinion is looked at in the vendor’s order, and a text is a number too', () => {
  const said = { callUUID: '01-2', starRating: '5', issues: null, note: '', sendConsoleLogs: 1 };
  expect(feedbackOf(said)).toEqual({
    callId: '012',
    feedback: { score: 5, issues: [], sendLog: false },
  });
  const all = { callUUID: null, starRating: 9, issues: 'x', note: 'x'.repeat(300) };
  expect(feedbackOf({ ...all, sendConsoleLogs: false })).toBe('callUUID is mandatory');
});

describe('logging in', () => {
  test('goes to the next server when one cannot be reached', async () => {
    const page = new Page({
      permOnClick: true,
      debug: 'OFF',
      registrationDomainSocket: 'ws://a.example, ws://b.example',
    });
    page.denied = fault('cannot-connect');
    page.client.login('alice', 'secret');
    await settle();
    expect(page.asked.map(({ url }) => url)).toEqual(['ws://a.example', 'ws://b.example']);
    expect(page.last('onLoginFailed')).toEqual(['Connection Error']);
  });

  test.each([
    ['bad-credentials', 'Authentication Error'],
    ['blocked', 'Rejected'],
    ['no-reply', 'Request Timeout'],
    ['max-allowed-login-reached', 'MAX_ALLOWED_LOGIN_REACHED'],
    ['something-new', 'Internal Error'],
  ])('fails for %s', async (code, cause) => {
    const page = new Page({ permOnClick: true, debug: 'OFF' });
    page.denied = fault(code);
    page.client.login('alice', 'secret');
    await settle();
    expect(page.last('onLoginFailed')).toEqual([cause]);
    expect([page.client.isLoggedIn, page.client.userName]).toEqual([false, null]);
  });

  test('a device too many is disconnected', async () => {
    const page = new Page({ permOnClick: true, debug: 'OFF' });
    page.native.refuses = fault('too-many-devices');
    page.client.login('alice', 'secret');
    await settle();
    expect(page.last('onLoginFailed')).toEqual(['MAX_ALLOWED_LOGIN_REACHED']);
    expect(page.native.done).toEqual(['register', 'close']);
  });

  test('who logs out while logging in is not logged in afterwards', async () => {
    const page = new Page({ permOnClick: true, debug: 'OFF' });
    page.client.login('alice', 'secret');
    expect(page.client.logout()).toBe(false);
    await settle();
    expect(page.client.isLoggedIn).toBe(false);
    expect(page.events).not.toContain('onLogin');
  });

  test('a connection that ends for good emits its reason', async () => {
    const page = await Page.inside();
    page.native.lastClose = { code: 1011, reason: 'broken' };
    page.native.setState('reconnecting');
    page.native.setState('connected');
    page.native.error = fault('access-token-expired');
    page.native.setState('closed');
    await settle();
    expect(page.emitted).toEqual([
      [
        'onConnectionChange',
        { state: 'disconnected', reason: 'broken', eventCode: 1011, eventReason: 'broken' },
      ],
      ['onConnectionChange', { state: 'connected', reason: 'registered' }],
      [
        'onConnectionChange',
        { state: 'disconnected', reason: 'broken', eventCode: 1011, eventReason: 'broken' },
      ],
      ['onLogout', 'ACCESS_TOKEN_EXPIRED'],
    ]);
  });

  test('a token that cannot be renewed is reported once', async () => {
    const page = new Page({ permOnClick: true, debug: 'OFF' });
    page.client.loginWithAccessTokenGenerator({ getAccessToken: () => 'token' });
    await settle();
    for (let times = 0; times < 3; times++)
      page.native.deliverRaw('error', fault('token-refresh-failed'));
    const failures = page.emitted.filter(([event]) => event === 'onLoginFailed');
    expect(failures).toEqual([['onLoginFailed', 'RELOGIN_FAILED_INVALID_TOKEN']]);
    expect(page.client.isLoggedIn).toBe(true);
  });

  test('a token that expires in a call is waited for until the call is over', async () => {
    const page = new Page({ permOnClick: true, debug: 'OFF' });
    page.expires(60_000);
    page.client.loginWithAccessTokenGenerator({ getAccessToken: () => 'token' });
    await settle();
    page.client.call('bob');
    await settle();
    page.native.next.setState('up');
    await page.time.pass(90_000);
    expect(page.events).not.toContain('onLogout');
    page.native.next.ends('normal');
    await page.time.pass(1_000);
    expect(page.last('onLogout')).toEqual(['ACCESS_TOKEN_EXPIRED']);
  });
});

describe('a token', () => {
  const token = (claims: object): string => {
    const known = { iss: 'A', nbf: 1, exp: 2, sub: 'alice', ...claims };
    return `x.${btoa(JSON.stringify(known))}.x`;
  };

  test.each([
    172_800_000, -172_800_000,
  ])("is valid by the server's clock, with a local clock %d ms away", async (skewMs) => {
    const page = new Page({ permOnClick: true, debug: 'OFF' });
    page.expires(60_000, skewMs);
    page.client.loginWithAccessToken(token({}));
    await page.time.pass(59_000);
    expect(page.events).toContain('onLogin');
    expect(page.events).not.toContain('onLogout');
    await page.time.pass(2_000);
    expect(page.last('onLogout')).toEqual(['ACCESS_TOKEN_EXPIRED']);
  });

  test('that has ended lets in every 10 s at most, however often a page tries', async () => {
    const page = new Page({ permOnClick: true, debug: 'OFF' });
    page.expires(0);
    const login = (): boolean => page.client.loginWithAccessToken(token({}));
    page.client.on('onLogout', login);
    login();
    await page.time.pass(60_000);
    const times = page.events.filter((event) => event === 'onLogin').length;
    expect(times).toBeGreaterThan(1);
    expect(times).toBeLessThanOrEqual(7);
  });

  test('shows its grants until the log-out', async () => {
    const page = new Page({ permOnClick: true, debug: 'OFF' });
    const grants = (): boolean[] => [page.client.isIncomingGrant, page.client.isOutgoingGrant];
    expect(grants()).toEqual([false, false]);
    page.native.identity.outgoing = false;
    page.client.loginWithAccessToken(token({ per: { voice: { incoming_allow: true } } }));
    expect(grants()).toEqual([true, false]);
    await settle();
    expect(grants()).toEqual([true, false]);
    page.client.logout();
    expect(grants()).toEqual([false, false]);
  });
});

describe('what a page may do with its client', () => {
  const methods = ['call', 'login', 'hangup', 'getCallUUID', 'submitCallQualityFeedback'] as const;

  test.each(methods)('it may put a method of its own in place of %s', (name) => {
    const { client } = new Page();
    const own = (): never => undefined as never;
    client[name] = own;
    expect(client[name]).toBe(own);
  });

  test.each([
    'isLoggedIn',
    'callUUID',
    'userName',
    'callSession',
    'remoteView',
    '_currentSession',
  ])('it may put a value of its own in place of %s', (name) => {
    const { client } = new Page();
    const page = client as unknown as Record<string, unknown>;
    page[name] = 'mine';
    expect(page[name]).toBe('mine');
  });
});

describe('headers of an incoming call', () => {
  test('are spelled as the vendor spells them, and can be read as the caller has', () => {
    const headers = extraHeadersOf({ 'X-PH-Test1': 'a', 'x-ph-fooBar': 'b', 'X-Other': 'c' });
    expect(Object.keys(headers)).toEqual(['X-Ph-Test1', 'X-Ph-Foobar']);
    const spellings = ['X-Ph-Test1', 'X-PH-Test1', 'x-ph-fooBar', 'X-PH-fooBar', 'X-PH-Foobar'];
    expect(spellings.map((name) => headers[name])).toEqual(['a', 'a', 'b', 'b', 'b']);
    expect(headers['X-Other']).toBeUndefined();
    expect(JSON.parse(JSON.stringify(headers))).toEqual({ 'X-Ph-Test1': 'a', 'X-Ph-Foobar': 'b' });
  });

  test('are so in the event and in the description of the call', async () => {
    const page = await Page.inside();
    page.rings({ headers: { 'X-PH-Test1': 'a' } });
    const [, headers, call] = page.last('onIncomingCall') as [string, ExtraHeaders, CallView];
    for (const given of [headers, call.extraHeaders]) {
      expect([given['X-Ph-Test1'], given['X-PH-Test1']]).toEqual(['a', 'a']);
    }
  });
});

test('the scheme of an address may be written in any case', async () => {
  const page = await Page.inside();
  page.client.call('SIP:Bob@phone.plivo.com');
  await settle();
  expect(page.native.done.at(-1)).toBe('call sip:Bob@phone.plivo.com {}');
});

describe('quality metrics', () => {
  const good = {
    timestamp: 0,
    rttMs: 10,
    jitterMs: 1,
    outboundJitterMs: 1,
    mos: 4.3,
    inboundLoss: 0,
    outboundLoss: 0,
    inputLevel: 0.1,
    outputLevel: 0.1,
    codec: 'opus/48000/2',
    interval: { bytesSent: 5_000 },
  };

  async function watched(
    change: Record<string, unknown>,
    seconds: number,
    call: object = {},
  ): Promise<unknown[]> {
    const page = await Page.inside();
    page.client.call('bob');
    await settle();
    Object.assign(page.native.next, call);
    page.native.next.setState('up');
    for (let second = 0; second < seconds; second++) {
      const sample = { ...good, ...change, timestamp: 1_000 * second };
      page.native.next.deliverRaw('sample', sample as unknown as QualitySample);
    }
    return page.emitted.filter(([event]) => event === 'mediaMetrics').map(([, metric]) => metric);
  }

  test('three bad samples are needed', async () => {
    expect(await watched({ rttMs: 401 }, 2)).toEqual([]);
    expect(await watched({ rttMs: 401 }, 5)).toMatchObject([{ type: 'high_rtt', value: '401.00' }]);
    expect(await watched({ rttMs: 400 }, 5)).toEqual([]);
  });

  test('loss is judged by the codec', async () => {
    const pcmu = { codec: 'pcmu/8000' };
    expect(await watched({ inboundLoss: 0.15 }, 5)).toMatchObject([
      { stream: 'remote', value: 0.15 },
    ]);
    expect(await watched({ inboundLoss: 0.15, ...pcmu }, 5)).toEqual([]);
    expect(await watched({ outboundLoss: 0.25, ...pcmu }, 5)).toMatchObject([{ stream: 'local' }]);
  });

  test('a muted microphone and a held call raise no metric', async () => {
    expect(await watched({ inputLevel: 0 }, 12)).toMatchObject([{ desc: 'local_audio' }]);
    expect(await watched({ inputLevel: 0 }, 12, { muted: true })).toEqual([]);
    expect(await watched({ inputLevel: 0, rttMs: 900 }, 12, { held: true })).toEqual([]);
  });
});
