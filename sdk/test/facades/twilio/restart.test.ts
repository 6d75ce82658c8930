/** The server is restarted during calls of both generations: what the page is emitted. */
import { expect, test } from 'vitest';
import type { Call } from '../../../src/facades/twilio/call.js';
import { ClientController } from '../../../src/facades/twilio/client/controller.js';
import { DeviceController } from '../../../src/facades/twilio/device-controller.js';
import { settle } from '../../client/harness.js';
import { Restarts } from '../restart.js';

const EVENTS = ['accept', 'disconnect', 'cancel', 'error', 'reconnecting', 'reconnected'] as const;

function follow(call: Pick<Call, 'on'>): string[] {
  const events: string[] = [];
  for (const event of EVENTS) {
    call.on(event, (value: unknown) => {
      const { code = '' } = (value ?? {}) as { code?: number };
      events.push(`${event} ${code}`.trim());
    });
  }
  return events;
}

test('a call of the second generation reconnects', async () => {
  const server = new Restarts();
  const device = new DeviceController('token', {}, () => undefined, server.connect);
  const call = await device.connect({ params: { To: 'bob' } });
  const events = follow(call);
  const name = await server.answered();
  await server.restart(name, 'up', 'outgoing');
  expect(call.status()).toBe('reconnecting');
  await server.attached(name);
  expect(call.status()).toBe('open');
  expect(events).toEqual(['accept', 'reconnecting 53001', 'reconnecting 53405', 'reconnected']);
});

test('an incoming call of the second generation is emitted once, and can be accepted', async () => {
  const server = new Restarts();
  const emitted: string[] = [];
  let call: Call | undefined;
  const device = new DeviceController(
    'token',
    {},
    (event, value) => {
      emitted.push(event);
      if (event === 'incoming') call = value as Call;
    },
    server.connect,
  );
  const registering = device.register();
  await server.registered();
  await registering;
  await server.rings('first');
  if (!call) throw new Error('there is no call');
  const events = follow(call);
  await server.restart('in', 'incoming', 'incoming');
  await server.rings('second');
  expect(call.status()).toBe('pending');
  expect(emitted.filter((event) => event === 'incoming')).toHaveLength(1);
  call.accept();
  await settle();
  expect(server.page.peer.done).toContain('offer second');
  server.page.peer.setState('connected');
  expect(events).toEqual(['accept']);
});

test.each([
  [false, ['accept']],
  [true, ['accept', 'reconnecting 53405', 'reconnected']],
])('a connection of the first generation with enableIceRestart %s', async (on, expected) => {
  const server = new Restarts();
  const options = { enableIceRestart: on, noRegister: true };
  const device = new ClientController('token', options, () => undefined, server.connect);
  await settle();
  const connection = device.connect({ To: 'bob' }, undefined, undefined);
  const events = follow(connection as unknown as Call);
  const name = await server.answered();
  await server.restart(name, 'up', 'outgoing');
  await server.attached(name);
  expect(connection.status()).toBe('open');
  expect(events).toEqual(expected);
});
