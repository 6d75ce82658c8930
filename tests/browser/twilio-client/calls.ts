/** Rows about devices and connections, between Alice on the first generation and Bob on it, too. */
import { expect } from 'vitest';
import { once, rows } from '../../../sdk/test/facades/surface.js';
import { type SdkPage, signed, type TwilioEnv } from '../twilio/test-env.js';
import { CONNECTION_EVENTS, call, setUp } from './device-page.js';

interface Story {
  readonly alice: readonly string[];
  readonly bob: readonly string[];
  readonly hers: Record<string, unknown>;
  readonly his: Record<string, unknown>;
  readonly devices: readonly (readonly string[])[];
  readonly statuses: readonly unknown[];
  readonly volumes: number;
  readonly handlers: readonly string[];
  readonly before: Record<string, unknown>;
}

async function pairOf(
  env: TwilioEnv,
  hers: Record<string, unknown> = {},
  his: Record<string, unknown> = {},
): Promise<{ alice: SdkPage; bob: SdkPage }> {
  const [alice, bob] = await Promise.all([env.alice('twilio-client'), env.bob('twilio-client')]);
  await setUp(alice, await env.token('alice'), hers);
  await setUp(bob, await env.token('bob'), his);
  return { alice, bob };
}

/** What a connection looks like from one side. */
function factsOf(sdkPage: SdkPage): Promise<Record<string, unknown>> {
  return sdkPage.run(() => {
    const { connection, device } = window.first;
    const { parameters, customParameters, callerInfo, direction, outboundConnectionId } =
      connection;
    return {
      parameters,
      custom: Object.fromEntries(customParameters),
      callerInfo,
      direction,
      outboundConnectionId,
      codec: connection.codec,
      text: String(connection),
      muted: connection.isMuted(),
      streams: [connection.getLocalStream(), connection.getRemoteStream()].map(
        (stream) => stream?.getAudioTracks().length,
      ),
      pc: connection.mediaStream.version.pc?.connectionState,
      active: device.activeConnection() === connection,
      token: typeof device.token,
      edge: device.edge,
      region: device.region(),
      same: device.connect({}) === connection,
    };
  });
}

/** Gives functions to the methods that take them, then uses the methods. */
function useAll(sdkPage: SdkPage): Promise<void> {
  return sdkPage.run(() => {
    const { connection } = window.first;
    const handled = (window as unknown as { handled: string[] }).handled;
    connection.mute(() => handled.push('connection mute'));
    connection.volume(() => undefined);
    connection.error(() => handled.push('connection error'));
    connection.disconnect(() => handled.push('connection disconnect'));
    connection.mute(true);
    connection.unmute();
    connection.sendDigits('1#');
  });
}

/** What both sides saw of one whole call. */
async function whole(env: TwilioEnv): Promise<Story> {
  const { alice, bob } = await pairOf(env, { enableRingingState: true });
  const statuses: unknown[] = [await alice.run(() => window.first.device.status())];
  await alice.run(() => {
    const handled: string[] = [];
    Object.assign(window, { handled });
    const { device } = window.first;
    for (const handler of [
      'connect',
      'disconnect',
      'ready',
      'offline',
      'cancel',
      'error',
      'incoming',
    ] as const) {
      (device[handler] as (listener: () => void) => unknown)(() => handled.push(handler));
    }
  });
  await call(alice, { To: 'bob', colour: 'red' });
  statuses.push(await alice.run(() => window.first.connection.status()));
  await bob.until('device', 'incoming');
  const before = await bob.run(() => {
    const { device, connection } = window.first;
    return {
      active: device.activeConnection() === connection,
      connections: device.connections.length,
      status: device.status(),
      state: connection.status(),
    };
  });
  await alice.until('connection', 'ringing');
  await bob.run(() => window.first.connection.accept(true));
  await Promise.all([alice.until('connection', 'accept'), bob.until('connection', 'accept')]);
  statuses.push(await alice.run(() => window.first.device.status()));
  await useAll(alice);
  await Promise.all([alice.until('connection', 'sample'), bob.until('connection', 'sample')]);
  const [hers, his] = [await factsOf(alice), await factsOf(bob)];
  await bob.run(() => window.first.device.disconnectAll());
  await alice.until('device', 'disconnect');
  const handlers = await alice.run(() => (window as unknown as { handled: string[] }).handled);
  await alice.run(() => window.first.device.unregisterPresence());
  await alice.until('device', 'offline');
  const emitted = await alice.emitted('connection');
  const story: Story = {
    alice: await alice.events('connection'),
    bob: await bob.events('connection'),
    devices: [await alice.events('device'), await bob.events('device')],
    volumes: emitted.filter(({ event }) => event === 'volume').length,
    hers,
    his,
    statuses,
    handlers,
    before,
  };
  await Promise.all([alice.close(), bob.close()]);
  return story;
}

/** Declares them. */
export const calls = rows((surface, env: () => TwilioEnv) => {
  const story = once(() => whole(env()));
  devices(surface, story, env);
  connections(surface, story);
  pending(surface, env);
  failures(surface, env);
});

const devices = rows((surface, story: () => Promise<Story>, env: () => TwilioEnv) => {
  surface.row(
    ['setup', 'connect', 'disconnectAll', 'unregisterPresence', 'on'].map(
      (name) => `device.method.${name}`,
    ),
    'set up, call and leave',
    async () => {
      const { devices: emitted } = await story();
      expect(emitted[0]).toEqual(['ready', 'connect', 'disconnect', 'offline']);
      expect(emitted[1]).toEqual(['ready', 'incoming', 'connect', 'disconnect']);
    },
  );
  surface.row(
    ['ready', 'offline', 'incoming', 'connect', 'disconnect'].map((name) => `device.event.${name}`),
    'are emitted for the device and its connections',
    async () => {
      const { devices: emitted } = await story();
      expect(new Set(emitted.flat())).toEqual(
        new Set(['ready', 'offline', 'incoming', 'connect', 'disconnect']),
      );
    },
  );
  surface.row(
    ['cancel', 'disconnect', 'error', 'incoming', 'offline', 'ready'].map(
      (name) => `device.method.${name}`,
    ),
    'take functions that listen',
    async () => {
      const { handlers } = await story();
      expect(handlers.filter((name) => !name.includes(' '))).toEqual(['connect', 'disconnect']);
    },
  );
  surface.row(
    ['device.method.status', 'device.method.activeConnection', 'device.method.region'],
    'say what the device is doing',
    async () => {
      const { statuses, before, hers } = await story();
      expect(statuses).toEqual(['ready', 'connecting', 'busy']);
      expect(before).toEqual({ active: true, connections: 1, status: 'ready', state: 'pending' });
      expect([hers['active'], hers['same']]).toEqual([true, true]);
      expect(hers['region']).toBe('roaming');
    },
  );
  surface.row(
    [
      'device.property.connections',
      'device.property.token',
      'device.property.edge',
      'device.property.audio',
    ],
    'are those of an instance',
    async () => {
      const { hers } = await story();
      expect([hers['token'], hers['edge']]).toEqual(['string', 'roaming']);
    },
  );
  surface.row(
    [
      'device.method.updateToken',
      'device.method.registerPresence',
      'device.method.removeListener',
      'device.method.destroy',
      'device.property.sounds',
    ],
    'change a device that is set up',
    async () => {
      const sdkPage = await env().alice('twilio-client');
      await setUp(sdkPage, await env().token('alice'));
      const said = await sdkPage.run(
        async (fresh) => {
          const { device } = window.first;
          const listener = (): never => {
            throw new Error('taken back');
          };
          device.on('offline', listener);
          device.removeListener('offline', listener);
          const { sounds } = device;
          const switched = [
            sounds.incoming?.(),
            sounds.incoming?.(false),
            sounds.outgoing?.(),
            sounds.disconnect?.(false),
          ];
          device.updateToken(fresh);
          device.setup(fresh, { debug: true });
          const { token } = device;
          device.unregisterPresence();
          await window.twilioPage.until('device', 'offline');
          device.registerPresence();
          const limit = performance.now() + 3_000;
          while (device.status() !== 'ready' && performance.now() < limit) {
            await new Promise((later) => setTimeout(later, 20));
          }
          const status = device.status();
          device.destroy();
          return { switched, token, status, initialized: device.isInitialized };
        },
        await env().token('alice', 1_800),
      );
      await sdkPage.close();
      expect(said).toMatchObject({
        switched: [true, false, true, false],
        status: 'ready',
        initialized: false,
      });
      expect(said.token).toBeTypeOf('string');
    },
  );
});

const connections = rows((surface, story: () => Promise<Story>) => {
  surface.row(
    ['ringing', 'audio', 'accept', 'mute', 'disconnect'].map((name) => `connection.event.${name}`),
    'come in the vendor’s order',
    async () => {
      const { alice, bob } = await story();
      const emitted = alice.filter((name) => !name.startsWith('warning'));
      expect(emitted[0]).toBe('ringing');
      expect(emitted.slice(-3)).toEqual(['mute', 'mute', 'disconnect']);
      expect(emitted).toContain('audio');
      expect(emitted.filter((name) => name === 'accept').length).toBe(1);
      expect(bob.at(-1)).toBe('disconnect');
    },
  );
  surface.row(
    ['connection.event.volume', 'connection.event.sample', 'connection.method.volume'],
    'measure while somebody listens',
    async () => {
      expect((await story()).volumes).toBeGreaterThan(5);
    },
  );
  surface.row(
    ['accept', 'mute', 'unmute', 'isMuted', 'disconnect', 'error', 'sendDigits'].map(
      (name) => `connection.method.${name}`,
    ),
    'do, or listen when they are given a function',
    async () => {
      const { handlers, hers } = await story();
      expect(handlers.filter((name) => name.startsWith('connection'))).toEqual([
        'connection mute',
        'connection mute',
        'connection disconnect',
      ]);
      expect(hers['muted']).toBe(false);
    },
  );
  surface.row(
    [
      'parameters',
      'customParameters',
      'callerInfo',
      'direction',
      'outboundConnectionId',
      'codec',
      'mediaStream',
    ].map((name) => `connection.property.${name}`),
    'are the vendor’s',
    async () => {
      const { hers, his } = await story();
      expect(his).toMatchObject({
        parameters: { From: 'client:alice', To: 'client:bob', Params: 'shoe=left%3Dright' },
        custom: { shoe: 'left=right' },
        callerInfo: null,
        direction: 'INCOMING',
        pc: 'connected',
      });
      expect(hers).toMatchObject({
        custom: { To: 'bob', colour: 'red' },
        direction: 'OUTGOING',
        outboundConnectionId: expect.stringMatching(/^TJS/),
        codec: 'PCMU',
      });
    },
  );
  surface.row(
    ['getLocalStream', 'getRemoteStream', 'toString', 'status'].map(
      (name) => `connection.method.${name}`,
    ),
    'say what a connection has',
    async () => {
      const { hers, before } = await story();
      expect(hers['streams']).toEqual([1, 1]);
      expect([hers['text'], before['state']]).toEqual(['[Twilio.Connection instance]', 'pending']);
    },
  );
});

const pending = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    [
      'connection.event.cancel',
      'device.event.cancel',
      'connection.method.ignore',
      'connection.method.cancel',
    ],
    'is emitted for a call that ends before it is accepted, by either side',
    async () => {
      const { alice, bob } = await pairOf(env());
      await call(alice);
      await bob.until('device', 'incoming');
      await alice.run(() => window.first.connection.disconnect());
      await bob.until('device', 'cancel');
      expect(await bob.events('connection')).toEqual(['cancel']);
      for (const method of ['ignore', 'cancel'] as const) {
        const before = (await bob.events('device')).length;
        await call(alice);
        await expect
          .poll(async () => (await bob.events('device')).slice(before), { timeout: 5_000 })
          .toContain('incoming');
        const status = await bob.run((name) => {
          window.first.connection[name]();
          return window.first.connection.status();
        }, method);
        expect(status).toBe('closed');
        await expect
          .poll(async () => (await bob.events('device')).slice(before))
          .toEqual(['incoming', 'cancel']);
        await alice.run(() => window.first.connection.disconnect());
      }
      await Promise.all([alice.close(), bob.close()]);
    },
  );
  surface.row(
    ['connection.event.reject', 'connection.method.reject'],
    'decline a call',
    async () => {
      const { alice, bob } = await pairOf(env());
      await call(alice);
      await bob.until('device', 'incoming');
      await bob.run(() => window.first.connection.reject());
      expect(await bob.events('connection')).toEqual(['reject']);
      await alice.until('device', 'disconnect');
      await Promise.all([alice.close(), bob.close()]);
    },
  );
  surface.row('connection.method.postFeedback', 'stores it, and refuses what is none', async () => {
    const sdkPage = await env().alice('twilio-client');
    await setUp(sdkPage, await env().machine('alice'));
    await call(sdkPage);
    await sdkPage.until('connection', 'accept');
    const said = await sdkPage.run(async () => {
      const { connection } = window.first;
      let refused = '';
      try {
        await connection.postFeedback(7 as never);
      } catch (error) {
        refused = (error as Error).name;
      }
      await connection.postFeedback(2, 'noisy-call');
      connection.disconnect();
      return { refused, sid: connection.parameters['CallSid'] ?? '' };
    });
    expect(said.refused).toBe('InvalidArgumentError');
    expect(await env().feedback(said.sid.slice(2))).toMatchObject([
      { score: 2, issues: ['noisy-call'] },
    ]);
    await sdkPage.close();
  });
});

const failures = rows((surface, env: () => TwilioEnv) => {
  const codes = once(async () => {
    const sdkPage = await env().alice('twilio-client');
    const rejecting = await env().env.application(
      'twilio',
      '<Response><Reject reason="busy"/></Response>',
    );
    const good = await env().vendorToken('alice');
    const [head = '', body = ''] = good.split('.');
    const now = Math.floor(Date.now() / 1_000);
    const tokens = {
      forged: `${head}.${body}.${signed({}, {}, 'guessed').split('.')[2]}`,
      expired: await env().vendorToken('alice', { iat: now - 7_200, exp: now - 3_600 }),
    };
    const emitted = await sdkPage.run(
      async (bad, busy) => {
        const { Device } = window.Twilio as unknown as (typeof window.first)['Twilio'];
        const found: Record<string, unknown> = {};
        type Emitted = {
          code: number;
          message: string;
          connection?: unknown;
          twilioError?: { code: number };
        };
        const shape = (error: Emitted): unknown => ({
          code: error.code,
          message: typeof error.message,
          connection: error.connection ? String(error.connection) : undefined,
          beside: error.twilioError?.code,
        });
        for (const [name, token] of Object.entries(bad)) {
          const device = new Device();
          const error = new Promise<Emitted>((resolve) => device.error(resolve as never));
          device.setup(token);
          found[name] = shape(await error);
          device.destroy();
        }
        const failing = async (options: object): Promise<unknown> => {
          const device = new Device(busy, options);
          await new Promise((ready) => device.ready(ready as never));
          const error = new Promise<Emitted>((resolve) => device.error(resolve as never));
          device.connect();
          const shown = shape(await error);
          device.destroy();
          return shown;
        };
        found['busy'] = await failing({});
        found['denied'] = await failing({
          getUserMedia: () => Promise.reject(new DOMException('', 'NotAllowedError')),
        });
        found['missing'] = await failing({
          getUserMedia: () => Promise.reject(new DOMException('', 'NotFoundError')),
        });
        found['unknown'] = await failing({
          RTCPeerConnection: class {
            constructor() {
              throw new Error('no connections here');
            }
          },
        });
        const unreachable = new Device();
        const refused = new Promise<Emitted>((resolve) => unreachable.error(resolve as never));
        unreachable.setup(busy, { edge: 'localhost:9' });
        found['unreachable'] = shape(await refused);
        unreachable.destroy();
        return found;
      },
      tokens,
      await env().env.token('alice', rejecting),
    );
    await sdkPage.close();
    return emitted as Record<
      string,
      { code: number; message: string; connection?: string; beside?: number }
    >;
  });
  surface.row(
    ['error.31204', 'error.31205', 'error.31201'],
    'name what is wrong with a token',
    async () => {
      const { forged, expired, missing } = await codes();
      expect(forged).toMatchObject({ code: 31204, beside: 20101 });
      expect(expired).toMatchObject({ code: 31205, beside: 20104 });
      expect(missing).toMatchObject({ code: 31201 });
    },
  );
  surface.row(
    ['error.31005', 'error.31208', 'error.31000', 'device.event.error', 'connection.event.error'],
    'name what is wrong with a call',
    async () => {
      const { busy, denied, unknown, unreachable } = await codes();
      expect(unreachable).toMatchObject({ code: 31005, beside: 53000 });
      expect(busy).toMatchObject({ code: 31005, beside: 31005 });
      expect(denied).toMatchObject({ code: 31208 });
      expect(unknown?.code).toBe(31000);
    },
  );
  surface.row(
    [
      'error.field.code',
      'error.field.message',
      'error.field.connection',
      'error.field.twilioError',
    ],
    'are the fields of an error',
    async () => {
      const { busy } = await codes();
      expect(busy).toEqual({
        code: 31005,
        message: 'string',
        connection: '[Twilio.Connection instance]',
        beside: 31005,
      });
    },
  );
  surface.row('error.31009', 'comes when keys are pressed without a call', async () => {
    const sdkPage = await env().alice('twilio-client');
    await setUp(sdkPage, await env().machine('alice'));
    const code = await sdkPage.run(
      (events) => {
        const connection = window.first.device.connect({});
        window.twilioPage.note('connection', connection, events);
        connection.sendDigits('1');
        return window.twilioPage.until('connection', 'error').then(({ values }) => values[0]);
      },
      [...CONNECTION_EVENTS],
    );
    await sdkPage.close();
    expect(code).toMatchObject({ code: 31009 });
  });
});
