/** Several calls at once: one waits, one is handed on, people say what they think. */
import { expect, test } from 'vitest';
import type { Call } from '../../src/client/call.js';
import type { Client } from '../../src/client/client.js';
import { connectOn } from '../../src/client/connect.js';
import type { ConnectOptions } from '../../src/client/options.js';
import { FakePage, settle } from './harness.js';

async function enter(world: FakePage, options: Partial<ConnectOptions> = {}): Promise<Client> {
  const coming = connectOn(world.platform, { endpoint: 'alice', password: 'p', ...options });
  await settle();
  world.socket.welcome();
  return coming;
}

async function talking(world: FakePage, client: Client, to = 'bob'): Promise<Call> {
  const call = await client.call(to);
  const { call: name } = world.socket.last('invite');
  world.socket.deliver({ type: 'trying', call: name, id: `id-of-${to}` });
  world.socket.deliver({ type: 'answered', call: name, sdp: 'answer' });
  await settle();
  return call;
}

function incoming(world: FakePage, name = 'in1'): void {
  const facts = { call: name, id: name, from: 'client:carol', to: 'client:alice', sdp: 'offer' };
  world.socket.deliver({ type: 'incoming', ...facts });
}

/** Frames of that type, oldest first. */
const all = (world: FakePage, type: string) =>
  world.socket.sent.filter((frame) => frame.type === type);

test('accepting another call holds the first, which can be resumed', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const first = await talking(world, client);
  incoming(world);
  const second = client.calls[1];
  if (!second) throw new Error('no call came');
  await second.accept();
  await settle();
  const offer = world.socket.last('offer');
  expect(offer).toMatchObject({ reason: 'hold' });
  world.socket.deliver({ type: 'accept', call: offer.call, number: 1, sdp: 'held' });
  await settle();
  expect(first.held).toBe(true);
  const back = first.resume();
  await settle();
  world.socket.deliver({ type: 'accept', call: offer.call, number: 2, sdp: 'back' });
  await back;
  expect(first.held).toBe(false);
});

test.each([
  ['hangup', 'ended'],
  ['leave', 'up'],
] as const)('with others: %s the first is %s', async (others, state) => {
  const world = new FakePage();
  const client = await enter(world);
  const first = await talking(world, client);
  incoming(world);
  await client.calls[1]?.accept({ others });
  expect(first.state).toBe(state);
  expect(all(world, 'offer')).toEqual([]);
});

test('a call that cannot be accepted leaves the others alone', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const first = await talking(world, client);
  await expect(first.accept({ others: 'hangup' })).rejects.toMatchObject({ code: 'wrong-state' });
  expect(first.state).toBe('up');
});

test('a blind transfer settles with the answer', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const call = await talking(world, client);
  const handing = call.transfer('carol');
  const { to, seq, call: name } = world.socket.last('transfer');
  expect(to).toBe('carol');
  world.socket.deliver({ type: 'done', ref: seq });
  await handing;
  world.socket.deliver({ type: 'ended', call: name, cause: 'transferred', by: 'server' });
  expect(call.ending).toMatchObject({ cause: 'transferred' });
});

test('an attended transfer joins two calls', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const first = await talking(world, client, 'bob');
  const second = await talking(world, client, 'carol');
  void first.transfer(second);
  const frame = world.socket.last('transfer');
  expect(frame.with).toBe(world.socket.last('invite').call);
  expect(frame).not.toHaveProperty('to');
});

test('answers to two requests of a kind are not mixed up', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const call = await talking(world, client);
  const [one, two] = [call.packetStats(), call.packetStats()];
  const [first, second] = all(world, 'get-stats');
  const counts = (ref: unknown, received: number) =>
    world.socket.deliver({
      type: 'stats',
      ref,
      call: first?.call,
      local: { received, sent: 0 },
      remote: null,
    });
  counts(second?.seq, 2);
  counts(first?.seq, 1);
  expect((await one).local.received).toBe(1);
  expect(await two).toEqual({ local: { received: 2, sent: 0 }, remote: undefined });
});

test('a transfer that the server cannot do leaves the call as it was', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const call = await talking(world, client);
  const handing = call.transfer('carol');
  const { seq } = world.socket.last('transfer');
  world.socket.deliverRaw({ type: 'error', code: 'transfer-failed', message: 'no', ref: seq });
  await expect(handing).rejects.toMatchObject({ code: 'transfer-failed' });
  expect(call.state).toBe('up');
});

test('feedback is checked before it is sent, and may come after the end', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const call = await talking(world, client);
  call.hangup();
  await expect(call.feedback({ score: 7 as never })).rejects.toMatchObject({
    code: 'bad-argument',
  });
  const saying = call.feedback({ score: 2, issues: ['echo'], sendLog: true });
  const frame = world.socket.last('feedback');
  expect(frame).toMatchObject({ id: 'id-of-bob', score: 2, issues: ['echo'] });
  expect((frame.log as string[]).join()).toContain('call.ended');
  expect((frame.log as string[]).join()).not.toMatch(/pii|to=/);
  world.socket.deliver({ type: 'done', ref: frame.seq });
  await saying;
});

test('the log is sent only with sendLog', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const call = await talking(world, client);
  void call.feedback({ score: 5 });
  expect(world.socket.last('feedback')).not.toHaveProperty('log');
});

test('an acknowledged message emits message-sent', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const call = await talking(world, client);
  const sent: string[] = [];
  call.on('message-sent', ({ id }) => sent.push(id));
  const id = call.sendMessage('lunch?');
  const { seq } = world.socket.last('message');
  world.socket.deliverRaw({ type: 'ack', received: (seq as number) - 1 });
  expect(sent).toEqual([]);
  world.socket.deliverRaw({ type: 'ack', received: seq });
  expect(sent).toEqual([id]);
});

test('a call can be aborted during the microphone request', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const giving = new AbortController();
  const calling = client.call('bob', { signal: giving.signal });
  giving.abort();
  await expect(calling).rejects.toMatchObject({ code: 'aborted' });
  expect(world.socket.types()).toEqual(['hello']);
  expect(client.calls).toEqual([]);
});

test('a call that is aborted before the server has confirmed it is hung up', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const giving = new AbortController();
  const call = await client.call('bob', { signal: giving.signal });
  giving.abort();
  expect(world.socket.last('hangup')).toMatchObject({ cause: 'cancelled' });
  expect(call.ending).toMatchObject({ cause: 'cancelled', by: 'local' });
});

test('a new token is taken at once', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const renewing = client.renew('another');
  expect(world.socket.last('renew').token).toBe('another');
  world.socket.deliver({ type: 'renewed', expires_at: 1_900_000_000 });
  await renewing;
  expect(client.identity?.expiresAt?.getTime()).toBe(1_900_000_000_000);
});

test('a call may have its own microphone, ICE servers and codecs', async () => {
  const world = new FakePage();
  const client = await enter(world);
  const ice = { servers: [{ urls: 'turn:t.example' }], policy: 'relay' } as const;
  await client.call('bob', { microphone: { channelCount: 2 }, ice });
  expect(world.constraints.at(-1)?.audio).toMatchObject({ channelCount: 2 });
  expect(world.peer.configuration).toMatchObject({
    iceServers: [{ urls: ['turn:t.example'] }],
    iceTransportPolicy: 'relay',
  });
});
