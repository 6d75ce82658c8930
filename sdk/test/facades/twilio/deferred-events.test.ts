/** Methods emit no event that the vendor emits later: a page may add its listeners after the call. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OffhookError } from '../../../src/core/errors.js';
import type { Call } from '../../../src/facades/twilio/call.js';
import type { Connection } from '../../../src/facades/twilio/client/connection.js';
import { ClientController } from '../../../src/facades/twilio/client/controller.js';
import { DeviceController } from '../../../src/facades/twilio/device-controller.js';
import { FakeServer, settle } from './fakes.js';

let server: FakeServer;
let emitted: string[];

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  emitted = [];
});

afterEach(() => vi.useRealTimers());

/** Every event of a call, of either generation. */
function listen(call: Call | Connection): void {
  const { emit } = call;
  call.emit = (event, ...values) => {
    emitted.push(`call ${String(event)}`);
    return emit.call(call, event, ...values);
  };
}

/** The events while `act` runs, and those after that. */
async function during(act: () => unknown): Promise<{ within: string[]; after: string[] }> {
  await vi.advanceTimersByTimeAsync(1);
  emitted.length = 0;
  const result = act();
  const within = emitted.splice(0);
  void Promise.resolve(result).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(100);
  return { within, after: emitted.splice(0) };
}

interface Second {
  readonly life: DeviceController;
  readonly incoming: () => Call;
}

function second(): Second {
  let came: Call | undefined;
  const life = new DeviceController(
    'token',
    { allowIncomingWhileBusy: true },
    (event, value) => {
      emitted.push(event);
      if (event === 'incoming') came = value as Call;
    },
    server.connect,
  );
  return { life, incoming: () => came as Call };
}

const registeredThen =
  (act: (life: DeviceController) => () => unknown) =>
  async ({ life }: Second): Promise<() => unknown> => {
    await life.register();
    return act(life);
  };

/** What each method may emit at once, as the vendor does, in the state in which it emits the most. */
const SECOND: readonly (readonly [
  string,
  (parts: Second) => Promise<() => unknown>,
  readonly string[],
])[] = [
  [
    'register',
    async ({ life }) =>
      () =>
        life.register(),
    ['registering'],
  ],
  ['unregister', registeredThen((life) => () => life.unregister()), []],
  [
    'connect',
    async ({ life }) =>
      () =>
        life.connect(),
    [],
  ],
  [
    'connect, refused',
    async ({ life }) => {
      server.answers.push(new OffhookError('access-token-expired'));
      return () => life.connect();
    },
    [],
  ],
  ['updateToken', registeredThen((life) => () => life.updateToken('t')), []],
  [
    'updateToken, refused',
    async ({ life }) => {
      await life.register();
      server.client.refuses.renew = new OffhookError('access-token-expired');
      return () => life.updateToken('t');
    },
    [],
  ],
  [
    'updateToken, disconnected',
    async ({ life }) => {
      await life.register();
      server.client.setState('closed', new OffhookError('access-token-expired'));
      return () => life.updateToken('t');
    },
    [],
  ],
  [
    'updateOptions, elsewhere',
    async ({ life }) => {
      await life.register();
      return () => life.updateOptions({ server: 'https://b.example' });
    },
    ['unregistered'],
  ],
  ['destroy', registeredThen((life) => () => life.destroy()), ['unregistered', 'destroyed']],
  ...(['accept', 'reject', 'ignore', 'disconnect'] as const).map(
    (method) =>
      [
        `an incoming call: ${method}`,
        async ({ life, incoming }: Second) => {
          await life.register();
          server.client.rings();
          listen(incoming());
          return () => incoming()[method]();
        },
        method === 'reject' ? ['call reject'] : [],
      ] as const,
  ),
  ...(
    [
      ['mute', (call) => call.mute(true), ['call mute']],
      ['sendDigits', (call) => call.sendDigits('1w2'), []],
      [
        'sendMessage',
        (call) => call.sendMessage({ content: 'a', messageType: 'user-defined-message' }),
        [],
      ],
      ['sendMessage, refused', (call) => call.sendMessage({ content: 'a', messageType: 'b' }), []],
      ['postFeedback', (call) => call.postFeedback(5), []],
      ['disconnect', (call) => call.disconnect(), ['call disconnect']],
    ] as readonly (readonly [string, (call: Call) => unknown, readonly string[]])[]
  ).map(
    ([method, act, emitted]) =>
      [
        `a call: ${method}`,
        async ({ life }: Second) => {
          const call = await life.connect();
          listen(call);
          await settle();
          const native = server.client.lastCall;
          if (native) native.id = 'c1';
          native?.opens();
          return () => act(call);
        },
        emitted,
      ] as const,
  ),
  [
    'a call that is not there yet: sendDigits',
    async ({ life }) => {
      server.answers.push(
        Object.assign(new (await import('./fakes.js')).FakeClient(), {
          call: () => new Promise(() => undefined),
        }),
      );
      const call = await life.connect();
      listen(call);
      return () => call.sendDigits('1');
    },
    [],
  ],
];

describe('the second generation', () => {
  test.each(SECOND)('%s', async (_name, prepare, expected) => {
    const act = await prepare(second());
    expect((await during(act)).within).toEqual(expected);
  });

  test('queued events are emitted after the method', async () => {
    const { life } = second();
    await life.register();
    server.client.setState('closed', new OffhookError('access-token-expired'));
    const { after } = await during(() => life.updateToken('t'));
    expect(after).toEqual(['registering', 'registered']);
  });
});

/** Likewise of the first generation: a device emits a moment after its connections. */
const FIRST: readonly (readonly [
  string,
  (life: ClientController) => Promise<() => unknown>,
  readonly string[],
])[] = [
  ['connect', async (life) => () => listen(life.connect({}, undefined, undefined)), []],
  [
    'registerPresence',
    async (life) => {
      await life.unregister();
      return () => life.register();
    },
    [],
  ],
  ['unregisterPresence', async (life) => () => life.unregister(), []],
  ['updateToken', async (life) => () => life.renew('t'), []],
  [
    'updateToken, refused',
    async (life) => {
      server.client.refuses.renew = new OffhookError('access-token-expired');
      return () => life.renew('t');
    },
    [],
  ],
  ['destroy', async (life) => () => life.close(), ['offline']],
  ...(
    [
      ['accept', []],
      ['reject', ['call reject']],
      ['ignore', ['call cancel']],
      ['disconnect', []],
    ] as const
  ).map(
    ([method, emitted]) =>
      [
        `an incoming connection: ${method}`,
        async (life: ClientController) => {
          server.client.rings();
          const [connection] = life.core.pending;
          if (connection) listen(connection);
          return () => connection?.[method]();
        },
        [...emitted],
      ] as const,
  ),
  ...(
    [
      ['mute', (connection) => connection.mute(true), ['call mute']],
      ['sendDigits', (connection) => connection.sendDigits('1'), []],
      ['disconnect', (connection) => connection.disconnect(), ['call disconnect']],
    ] as readonly (readonly [string, (connection: Connection) => unknown, readonly string[]])[]
  ).map(
    ([method, act, emitted]) =>
      [
        `a connection: ${method}`,
        async (life: ClientController) => {
          const connection = life.connect({}, undefined, undefined);
          listen(connection);
          await settle();
          server.client.lastCall?.opens();
          return () => act(connection);
        },
        emitted,
      ] as const,
  ),
];

describe('the first generation', () => {
  test('setup emits nothing at once', async () => {
    const make = (): unknown =>
      new ClientController('t', {}, (event) => emitted.push(event), server.connect);
    const { within, after } = await during(make);
    expect([within, after]).toEqual([[], ['ready']]);
  });

  test.each(FIRST)('%s', async (_name, prepare, expected) => {
    const life = new ClientController('t', {}, (event) => emitted.push(event), server.connect);
    await settle();
    const act = await prepare(life);
    expect((await during(act)).within).toEqual(expected);
  });
});
