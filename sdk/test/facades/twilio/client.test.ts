/** The first generation: a device that is set up, connections that are given at once, without a server. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ending, OffhookError } from '../../../src/core/errors.js';
import { Singleton } from '../../../src/facades/twilio/client/client-device.js';
import type { Connection } from '../../../src/facades/twilio/client/connection.js';
import { ClientController } from '../../../src/facades/twilio/client/controller.js';
import { Device } from '../../../src/facades/twilio/client/device.js';
import { clientEnding, clientError } from '../../../src/facades/twilio/client/errors.js';
import {
  firstGenerationError,
  PreflightTest,
} from '../../../src/facades/twilio/client/preflight.js';
import { Device as Second } from '../../../src/facades/twilio/device.js';
import {
  AuthorizationErrors,
  SignalingErrors,
  UserMediaErrors,
} from '../../../src/facades/twilio/errors/classes.js';
import type { ClientOptions } from '../../../src/facades/twilio/options.js';
import { type FakeCall, FakeServer, settle } from './fakes.js';

type Values = Record<string, unknown>;

let server: FakeServer;
let emitted: [string, ...unknown[]][];

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  emitted = [];
});

afterEach(() => vi.useRealTimers());

/** Lets what is emitted a moment later be emitted. */
async function later(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1);
  await settle();
}

async function setUp(options: ClientOptions = {}): Promise<ClientController> {
  const life = new ClientController(
    'token',
    options,
    (...event) => emitted.push(event),
    server.connect,
  );
  await settle();
  return life;
}

function events(): unknown[] {
  return emitted.map(([event, value]) =>
    event === 'error' ? `error ${(value as { code: number }).code}` : event,
  );
}

function note(connection: Connection): unknown[] {
  const callEvents: unknown[] = [];
  for (const event of [
    'ringing',
    'accept',
    'disconnect',
    'cancel',
    'reject',
    'reconnecting',
    'reconnected',
  ]) {
    connection.on(event, () => callEvents.push(event));
  }
  connection.error(({ code }) => void callEvents.push(`error ${code}`));
  return callEvents;
}

async function called(
  life: ClientController,
): Promise<{ connection: Connection; native: FakeCall; callEvents: unknown[] }> {
  const connection = life.connect({ To: 'bob' }, undefined, undefined);
  const callEvents = note(connection);
  await settle();
  return { connection, native: server.client.lastCall as FakeCall, callEvents };
}

describe('a preflight', () => {
  async function failure(test: PreflightTest): Promise<unknown> {
    return new Promise((done) => void test.on('failed', done));
  }

  test('that is stopped fails with the code and the message that pages compare', async () => {
    const preflight = new PreflightTest('token');
    const failed = failure(preflight);
    preflight.stop();
    expect(await failed).toMatchObject({ code: 31008, message: 'Call cancelled' });
  });

  test.each([
    [new SignalingErrors.ConnectionError('late'), 31901, 'WebSocket - Connection Timeout'],
    [new AuthorizationErrors.AccessTokenExpired('It is over.'), 31205, 'It is over.'],
    [new UserMediaErrors.PermissionDeniedError('No.'), 31208, 'No.'],
  ])('that fails with %s has a code and a message of the first generation', (error, code, message) => {
    expect(firstGenerationError(error)).toEqual({ code, message, twilioError: error });
  });
});

describe('a connection', () => {
  test('that is ended before it could begin is never made', async () => {
    const life = await setUp();
    const connection = life.connect({ To: 'bob' }, undefined, undefined);
    const callEvents = note(connection);
    connection.disconnect();
    expect([callEvents, connection.status(), life.core.active]).toEqual([
      ['disconnect'],
      'closed',
      undefined,
    ]);
    await settle();
    expect(server.client.lastCall).toBeUndefined();
  });

  test('and its device may have values replaced, as tests of pages do', async () => {
    const life = await setUp();
    const connection = life.connect({}, undefined, undefined) as unknown as Values;
    const device = new Device() as unknown as Values;
    const second = new Second('token') as unknown as Values;
    for (const [object, names] of [
      [connection, ['parameters', 'customParameters', 'message', 'callerInfo', 'mediaStream']],
      [device, ['connections', 'token', 'isInitialized', 'edge', 'audio']],
      [second, ['state', 'isBusy', 'identity', 'calls', 'edge']],
    ] as const) {
      for (const name of names) {
        expect(object[name]).not.toBe('mine');
        object[name] = 'mine';
        expect(object[name]).toBe('mine');
      }
    }
  });

  test('has the parameters that it was made with as its `message`; an incoming one has none', async () => {
    const life = await setUp();
    const params = { To: 'bob', shoe: 'left' };
    expect(life.connect(params, undefined, undefined).message).toEqual(params);
    await settle();
    life.core.hangUp();
    server.client.rings();
    await settle();
    expect(life.core.pending[0]?.message).toEqual({});
  });
});

describe('setting up', () => {
  test('connects, registers, and is ready', async () => {
    const life = await setUp();
    expect([life.ready, events()]).toEqual([true, ['ready']]);
    await life.unregister();
    expect(events()).toEqual(['ready', 'offline']);
    life.register();
    await settle();
    expect(events()).toEqual(['ready', 'offline', 'ready']);
  });

  test('with a bad token emits a code and a class', async () => {
    server.answers.push(new OffhookError('access-token-expired'));
    await setUp();
    await later();
    expect(events()).toEqual(['error 31205']);
    expect(emitted[0]?.[1]).toMatchObject({ twilioError: { code: 20104 } });
  });

  test('without a token, or with edge and region, is an invalid argument', () => {
    expect(() => new ClientController('', {}, () => undefined)).toThrow('Token');
    expect(() => new ClientController('t', { edge: 'a', region: 'b' }, () => undefined)).toThrow(
      'region',
    );
  });

  test('goes offline and comes back with the connection', async () => {
    await setUp();
    server.client.setState('reconnecting');
    server.client.setState('connected');
    await later();
    expect(events()).toEqual(['ready', 'offline', 'ready', 'error 31005']);
  });
});

describe('a connection', () => {
  test('is returned at once and emitted by the device a moment later', async () => {
    const life = await setUp();
    const { connection, native, callEvents } = await called(life);
    expect(connection.status()).toBe('connecting');
    native.setState('ringing');
    expect(connection.status()).toBe('connecting');
    native.opens();
    expect([connection.status(), callEvents, events()]).toEqual(['open', ['accept'], ['ready']]);
    await later();
    expect(events()).toEqual(['ready', 'connect']);
    native.ends('normal');
    await later();
    expect(events()).toEqual(['ready', 'connect', 'disconnect']);
  });

  test('rings as a state of its own for those who want that', async () => {
    const { native, connection, callEvents } = await called(
      await setUp({ enableRingingState: true }),
    );
    native.setState('ringing');
    expect([connection.status(), callEvents]).toEqual(['ringing', ['ringing']]);
  });

  test('is the active one, as long as there is one', async () => {
    const life = await setUp();
    const { connection } = await called(life);
    expect(life.connect({}, undefined, undefined)).toBe(connection);
  });

  test('that is ignored emits cancel', async () => {
    await setUp();
    const native = server.client.rings();
    const connection = emitted.at(-1)?.[1] as Connection;
    const callEvents = note(connection);
    connection.ignore();
    expect([native.done, callEvents, connection.status()]).toEqual([
      ['ignore'],
      ['cancel'],
      'closed',
    ]);
    await later();
    expect(events()).toEqual(['ready', 'incoming', 'cancel']);
  });

  test('emits reconnecting only with enableIceRestart', async () => {
    const quiet = await called(await setUp());
    quiet.native.opens();
    quiet.native.sounds('interrupted');
    expect([quiet.callEvents, quiet.connection.status()]).toEqual([['accept'], 'open']);
    const asking = await called(await setUp({ enableIceRestart: true }));
    asking.native.opens();
    asking.native.sounds('interrupted');
    asking.native.sounds('connected');
    expect(asking.callEvents).toEqual(['accept', 'reconnecting', 'reconnected']);
  });

  test('listens with its methods', async () => {
    const { connection, native } = await called(await setUp());
    const callEvents: unknown[] = [];
    connection.accept((other) => callEvents.push(['accept', other === connection]));
    connection.mute((on) => callEvents.push(['mute', on]));
    connection.disconnect(() => callEvents.push(['disconnect']));
    native.opens();
    connection.mute();
    connection.unmute();
    connection.disconnect();
    expect(callEvents).toEqual([['accept', true], ['mute', true], ['mute', false], ['disconnect']]);
    expect(connection.status()).toBe('closed');
  });

  test('is named in its error', async () => {
    const { connection, native, callEvents } = await called(await setUp());
    native.ends('busy');
    await later();
    expect(callEvents).toEqual(['error 31005', 'disconnect']);
    const error = emitted.find(([event]) => event === 'error')?.[1];
    expect(error).toMatchObject({ connection, info: { code: 31486 } });
  });
});

describe('errors', () => {
  test.each([
    ['microphone-denied', 31208, undefined],
    ['microphone-missing', 31201, undefined],
    ['invalid-access-token', 31204, 20101],
    ['access-token-expired', 31205, 20104],
    ['incoming-not-allowed', 31201, 20151],
    ['cannot-connect', 31005, 53000],
    ['not-connected', 31009, 31009],
    ['aborted', 31008, undefined],
    ['negotiation-failed', 31000, 53402],
    ['whatever', 31000, 31000],
  ] as const)('%s is %d', (code, number, beside) => {
    const emitted = clientError(new OffhookError(code));
    expect([emitted.code, emitted.twilioError?.code]).toEqual([number, beside]);
  });

  test('of a call without a path is 31003', () => {
    expect(clientEnding(ending('media-failed', 'server'))).toMatchObject({ code: 31003 });
    expect(clientEnding(ending('normal', 'peer'))).toBeUndefined();
  });
});

describe.each([
  ['the first generation', Device],
  ['the second generation', Second],
])('the hidden device of %s', (_name, Class) => {
  afterEach(() => Class.destroy());

  test('is shared by both, and created on first use', () => {
    const listener = vi.fn();
    Class.ready(listener);
    expect(Class.instance?.listeners('ready')).toEqual([listener]);
    expect(Singleton.instance).toBe(Class.instance);
    expect(Class.isInitialized).toBe(false);
    expect(Class.audio).toBeNull();
    expect(Class.token).toBeNull();
    expect(Class.connections).toEqual([]);
    expect('edge' in Class).toBe(false);
  });

  test('throws before setup', () => {
    for (const action of [
      'connect',
      'status',
      'disconnectAll',
      'region',
      'registerPresence',
    ] as const) {
      expect(() => (Class[action] as () => unknown)()).toThrow('Call Device.setup()');
    }
    expect(Class.connect((): void => undefined)).toBeNull();
  });

  test('may be set to null, but not be replaced', () => {
    const before = Class.instance;
    expect(() => {
      Class.instance = before as never;
    }).toThrow('null');
    Class.instance = null;
    expect(Class.instance).not.toBe(before);
  });
});

test('options without a token are an invalid argument', () => {
  expect(() => new Device(undefined, {})).toThrow('without a token');
});
