/** The server is restarted during calls: what the page is emitted. */
import { expect, test } from 'vitest';
import { Client } from '../../../src/facades/plivo/client.js';
import { settle } from '../../client/harness.js';
import { Restarts } from '../restart.js';

interface Scene {
  readonly server: Restarts;
  readonly client: Client;
  /** The names of what the page is emitted of calls. */
  readonly events: string[];
  readonly metrics: unknown[];
}

/** Logged in. */
async function enter(): Promise<Scene> {
  const server = new Restarts();
  const { connect, kit } = server;
  const client = new Client({ permOnClick: true, debug: 'OFF' }, { connect, kit });
  const events: string[] = [];
  for (const event of [
    'onCalling',
    'onCallRemoteRinging',
    'onCallAnswered',
    'onMediaConnected',
    'onCallFailed',
    'onCallTerminated',
    'onIncomingCall',
    'onIncomingCallCanceled',
    'onConnectionChange',
  ] as const) {
    client.on(event, (given: unknown) => {
      const { state } = (given ?? {}) as { state?: string };
      events.push(event === 'onConnectionChange' ? `${event} ${state}` : event);
    });
  }
  const metrics: unknown[] = [];
  client.on('mediaMetrics', ({ type, active }) => metrics.push([type, active]));
  client.login('alice', 'secret');
  await server.registered();
  await server.page.time.pass(1);
  events.length = 0;
  return { server, client, events, metrics };
}

test('a call is neither terminated nor answered again, and its media are connected again', async () => {
  const { server, client, events } = await enter();
  client.call('bob');
  const name = await server.answered();
  await server.page.time.pass(1);
  expect(events).toEqual(['onCalling', 'onCallAnswered', 'onMediaConnected']);
  events.length = 0;
  await server.restart(name, 'up', 'outgoing');
  await server.attached(name);
  expect(events).toEqual([
    'onConnectionChange disconnected',
    'onConnectionChange connected',
    'onMediaConnected',
  ]);
  expect(client.isLoggedIn).toBe(true);
  expect(client.getCallUUID()).toBeTruthy();
});

test('the path of the new connection is what is measured', async () => {
  const { server, client, metrics } = await enter();
  client.call('bob');
  const name = await server.answered();
  const old = server.page.peer;
  await server.restart(name, 'up', 'outgoing');
  await server.attached(name);
  const { peer } = server.page;
  expect(peer).not.toBe(old);
  peer.iceConnectionState = 'disconnected';
  peer.listener?.();
  expect(metrics).toContainEqual(['ice_connection', true]);
  expect(old.listener).toBeUndefined();
});

test('an incoming call is emitted once, and can be answered', async () => {
  const { server, client, events } = await enter();
  await server.rings('first');
  expect(events).toEqual(['onIncomingCall']);
  events.length = 0;
  await server.restart('in', 'incoming', 'incoming');
  await server.rings('second');
  expect(events).toEqual(['onConnectionChange disconnected', 'onConnectionChange connected']);
  client.answer();
  await settle();
  expect(server.page.peer.done).toContain('offer second');
});
