/** Methods emit no event that the vendor emits later: a page may add its listeners after the call. */
import { describe, expect, test } from 'vitest';
import { settle } from '../../client/harness.js';
import { fault, Page } from './fakes.js';

const TOKEN = `x.${btoa(JSON.stringify({ iss: 'A', nbf: 1, exp: 2, sub: 'alice' }))}.x`;

type Prepare = (page: Page) => Promise<() => unknown> | (() => unknown);

const calling: (act: (page: Page) => unknown) => Prepare = (act) => async (page) => {
  page.client.call('bob');
  await settle();
  page.native.next.setState('up');
  return () => act(page);
};

const rung: (act: (page: Page) => unknown) => Prepare = (act) => (page) => {
  page.rings();
  return () => act(page);
};

/** What each method may emit at once, as the vendor does, in the state in which it emits the most. */
const METHODS: readonly (readonly [string, Prepare, readonly string[]])[] = [
  [
    'login as another',
    ({ client }) =>
      () =>
        client.login('bob', 'secret'),
    [],
  ],
  [
    'login without a password',
    ({ client }) =>
      () =>
        client.login('bob', ''),
    ['onLoginFailed'],
  ],
  [
    'loginWithAccessToken',
    ({ client }) =>
      () =>
        client.loginWithAccessToken(TOKEN),
    [],
  ],
  [
    'loginWithAccessToken by none',
    ({ client }) =>
      () =>
        client.loginWithAccessToken('none'),
    ['onLoginFailed'],
  ],
  [
    'loginWithAccessTokenGenerator',
    ({ client }) =>
      () =>
        client.loginWithAccessTokenGenerator({ getAccessToken: () => TOKEN }),
    [],
  ],
  [
    'logout',
    ({ client }) =>
      () =>
        client.logout(),
    [],
  ],
  ['logout in a call', calling(({ client }) => client.logout()), ['onCallTerminated']],
  [
    'call',
    ({ client }) =>
      () =>
        client.call('bob'),
    [],
  ],
  [
    'call without the grant',
    ({ client, native }) => {
      native.identity.outgoing = false;
      return () => client.call('bob');
    },
    ['onPermissionDenied'],
  ],
  ['hangup', calling(({ client }) => client.hangup()), ['onCallTerminated']],
  ['answer', rung(({ client }) => client.answer()), []],
  ['reject', rung(({ client }) => client.reject()), ['onCallFailed']],
  ['ignore', rung(({ client }) => client.ignore()), ['onIncomingCallIgnored']],
  ['mute', calling(({ client }) => client.mute()), []],
  ['unmute', calling(({ client }) => client.unmute()), []],
  ['sendDtmf', calling(({ client }) => client.sendDtmf('1')), []],
  [
    'setRingTone',
    ({ client }) =>
      () =>
        client.setRingTone(false),
    [],
  ],
  [
    'setRingToneBack',
    ({ client }) =>
      () =>
        client.setRingToneBack(false),
    [],
  ],
  [
    'setConnectTone',
    ({ client }) =>
      () =>
        client.setConnectTone(false),
    [],
  ],
  [
    'setDtmfTone',
    ({ client }) =>
      () =>
        client.setDtmfTone('1', false),
    [],
  ],
  [
    'setDebug',
    ({ client }) =>
      () =>
        client.setDebug('OFF'),
    [],
  ],
  [
    'startNoiseReduction',
    ({ client }) =>
      () =>
        client.startNoiseReduction(),
    [],
  ],
  [
    'stopNoiseReduction',
    ({ client }) =>
      () =>
        client.stopNoiseReduction(),
    [],
  ],
  [
    'submitCallQualityFeedback',
    ({ client }) =>
      () =>
        client.submitCallQualityFeedback('x', 5).catch(() => undefined),
    [],
  ],
];

describe('a method emits nothing before it returns', () => {
  test.each(METHODS)('%s', async (_name, prepare, expected) => {
    const page = await Page.inside();
    const act = await prepare(page);
    await page.time.pass(1);
    page.emitted.length = 0;
    act();
    expect(page.events).toEqual(expected);
  });

  test('every method has its row', () => {
    const rows = METHODS.map(([name]) => name.split(' ')[0]);
    const { client } = new Page();
    const members = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(client)));
    const methods = members.filter(([, { value }]) => typeof value === 'function');
    const asking = /^(constructor|get|is[A-Z]|set.*Epoch|supportedBrowsers$|webRTC$)/;
    const acting = methods.map(([name]) => name).filter((name) => !asking.test(name));
    expect(new Set(rows)).toEqual(new Set(acting));
  });
});

describe('events after a method', () => {
  test('a log-out is emitted to listeners that are added after it', async () => {
    const page = await Page.inside();
    page.client.logout();
    const emitted: string[] = [];
    page.client.on('onConnectionChange', ({ reason }) => emitted.push(reason));
    page.client.on('onLogout', () => emitted.push('onLogout'));
    await page.time.pass(0);
    expect(emitted).toEqual(['Logout', 'onLogout']);
    expect(page.events.slice(0, 2)).toEqual(['onConnectionChange', 'onLogout']);
  });

  test('come in order, and once', async () => {
    const page = await Page.inside();
    page.client.call('bob');
    page.client.hangup();
    await page.time.pass(1_000);
    const emitted = page.events.filter((event) => event.startsWith('onCall'));
    expect(emitted).toEqual(['onCalling', 'onCallFailed']);
  });
});

test('an unreachable server is reported at once and once, then as a failed log-in', async () => {
  const page = new Page({ permOnClick: true, debug: 'OFF' });
  page.denied = fault('cannot-connect');
  page.unreachable = true;
  page.client.login('alice', 'secret');
  await settle();
  const closed = { state: 'disconnected', reason: '1006', eventCode: 1006, eventReason: '' };
  expect(page.emitted).toEqual([
    ['onConnectionChange', closed],
    ['onLoginFailed', 'Connection Error'],
  ]);
});

test('the same token logs in again, with events', async () => {
  const page = new Page({ permOnClick: true, debug: 'OFF' });
  const login = (): boolean => page.client.loginWithAccessToken(TOKEN);
  expect(login()).toBe(true);
  // While it is under way there is nothing to repeat.
  expect(login()).toBe(true);
  await settle();
  expect([page.asked.length, page.events]).toEqual([1, ['onConnectionChange', 'onLogin']]);
  page.emitted.length = 0;
  expect(login()).toBe(true);
  await page.time.pass(1);
  const emitted = page.emitted.filter(([event]) => event !== 'onWebrtcNotSupported');
  expect(
    emitted.map(([event, change]) => [event, (change as { reason?: string })?.reason]),
  ).toEqual([
    ['onConnectionChange', 'Relogin'],
    ['onConnectionChange', 'registered'],
    ['onLogin', undefined],
  ]);
  expect(page.asked.length).toBe(2);
});
