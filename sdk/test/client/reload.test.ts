/** A page is reloaded in the middle of a call. */
import { expect, test } from 'vitest';
import type { Call } from '../../src/client/call.js';
import { connectOn } from '../../src/client/connect.js';
import type { ConnectOptions } from '../../src/client/options.js';
import { FakePage, settle } from './harness.js';

const RUNNING = {
  call: 'c1',
  id: 'f'.repeat(32),
  direction: 'incoming',
  from: 'client:bob',
  to: 'client:alice',
  name: 'Bob',
  parameters: { shoe: 'left' },
  headers: {},
  duration_s: 12.5,
  muted: true,
  held: false,
  held_by_peer: false,
};

async function enter(world: FakePage, welcome = {}, options: ConnectOptions = {}) {
  return shown(world, welcome, { password: 'p', ...options });
}

/** Alice comes with what is shown, and no more. */
async function shown(world: FakePage, welcome = {}, options: ConnectOptions = {}) {
  const coming = connectOn(world.platform, { endpoint: 'alice', ...options });
  await settle();
  world.socket.welcome(welcome);
  return coming;
}

/** Alice is in a call. */
async function inCall(world: FakePage, options: ConnectOptions = {}): Promise<Call> {
  const client = await enter(world, {}, options);
  const call = await client.call('bob');
  const { call: name } = world.socket.last('invite');
  world.socket.deliver({ type: 'trying', call: name, id: 'f'.repeat(32) });
  world.socket.deliver({ type: 'answered', call: name, sdp: 'answer' });
  world.peer.setState('connected');
  await settle();
  return call;
}

function unload(world: FakePage): void {
  const event = new Event('pagehide');
  Object.assign(event, { persisted: false });
  world.page.dispatchEvent(event);
}

/** The same tab, with another page in it. */
function nextPage(world: FakePage): FakePage {
  const next = new FakePage();
  next.memory = world.memory;
  next.wall = world.wall + world.time.now + 700;
  return next;
}

test('the next page resumes the link and the call', async () => {
  const world = new FakePage();
  await inCall(world);
  unload(world);
  expect(world.socket.types()).toContain('unload');
  expect(world.socket.types()).not.toContain('goodbye');
  const next = nextPage(world);
  const client = await enter(next, { attached: true, calls: [RUNNING] });
  expect(next.socket.sent[0]).toMatchObject({ attach: { link: 'L', key: 'K' } });
  const [call] = client.calls;
  if (!call) throw new Error('there is no call');
  expect(call).toMatchObject({
    state: 'up',
    resumed: true,
    direction: 'incoming',
    from: 'client:bob',
    callerName: 'Bob',
    parameters: { shoe: 'left' },
    muted: true,
  });
  expect(call.duration).toBeCloseTo(12.5);
  await settle();
  expect(next.tracks[0]?.clones[0]?.enabled).toBe(false);
  const { number, sdp, reason } = next.socket.last('offer');
  expect([number, reason]).toEqual([1, 'attach']);
  next.socket.deliver({ type: 'accept', call: 'c1', number: 1, sdp: 'second' });
  await settle();
  expect(next.peer.done).toContain('answer second');
  expect(sdp).toBeTruthy();
  next.peer.setState('connected');
  call.hangup();
  expect(next.socket.last('hangup')).toMatchObject({ call: 'c1' });
});

test('the stored key is no credential, and is stored once', async () => {
  const world = new FakePage();
  await inCall(world);
  unload(world);
  const kept = [...world.memory.kept.values()].join();
  expect(JSON.parse(kept)).toEqual({ link: 'L', key: 'K', at: expect.any(Number) });
  const next = nextPage(world);
  await enter(next, { attached: true, calls: [] });
  expect(world.memory.kept.size).toBe(0);
});

test("the endpoint's name is enough to resume a call", async () => {
  const world = new FakePage();
  await inCall(world);
  unload(world);
  const next = nextPage(world);
  const client = await shown(next, { attached: true, calls: [RUNNING] });
  expect(next.socket.sent[0]).toMatchObject({ attach: { link: 'L', key: 'K' } });
  expect(next.socket.sent[0]).not.toHaveProperty('auth');
  expect(client.calls).toHaveLength(1);
  next.socket.onclose?.();
  await next.time.pass(2_000);
  next.socket.onopen?.();
  expect(next.socket.sent[0]).toMatchObject({ resume: { link: 'L', key: 'K' } });
  next.socket.deliverRaw({ type: 'denied', code: 'bad-credentials', message: 'no' });
  await settle();
  expect(client).toMatchObject({ state: 'closed', error: { code: 'bad-credentials' }, calls: [] });
});

test('a link that is lost for good cannot be resumed by its key', async () => {
  const world = new FakePage();
  await inCall(world);
  unload(world);
  const next = nextPage(world);
  const client = await shown(next, { attached: true, calls: [] });
  next.socket.deliver({ type: 'goodbye', reason: 'shutdown' });
  await next.time.pass(3_000);
  next.socket.onopen?.();
  expect(next.socket.sent[0]).toMatchObject({ attach: { link: 'L', key: 'K' } });
  next.socket.deliverRaw({ type: 'denied', code: 'bad-credentials', message: 'no' });
  await settle();
  expect(client.error?.code).toBe('bad-credentials');
});

test('without a call to resume a name alone is refused', async () => {
  const world = new FakePage();
  const missing = { code: 'bad-argument', message: expect.stringMatching(/^password must be/) };
  await expect(connectOn(world.platform, { endpoint: 'alice' })).rejects.toMatchObject(missing);
  await inCall(world);
  unload(world);
  const next = nextPage(world);
  next.wall += 60_000;
  await expect(connectOn(next.platform, { endpoint: 'alice' })).rejects.toMatchObject(missing);
  const other = nextPage(world);
  await expect(connectOn(other.platform, {})).rejects.toMatchObject({ code: 'bad-argument' });
});

test('a page without a call stores nothing', async () => {
  const world = new FakePage();
  await enter(world);
  unload(world);
  expect(world.socket.types()).toContain('goodbye');
  expect(world.memory.kept.size).toBe(0);
});

test('without surviveReload calls end with the page', async () => {
  const world = new FakePage();
  const call = await inCall(world, { surviveReload: false });
  unload(world);
  expect(world.socket.types()).toContain('goodbye');
  expect(call.state).toBe('ended');
});

test('closeProtection asks before the page is left, only in a call', async () => {
  const asked = (world: FakePage): boolean =>
    !world.page.dispatchEvent(new Event('beforeunload', { cancelable: true }));
  const world = new FakePage();
  const client = await enter(world, {}, { closeProtection: true });
  expect(asked(world)).toBe(false);
  const call = await client.call('bob');
  expect(asked(world)).toBe(true);
  call.hangup();
  expect(asked(world)).toBe(false);
  const carefree = new FakePage();
  await inCall(carefree);
  expect(asked(carefree)).toBe(false);
});

test('Chromium before 119 gets a return value for its prompt', async () => {
  const world = new FakePage();
  await inCall(world, { closeProtection: true });
  const event = new Event('beforeunload', { cancelable: true });
  Object.defineProperty(event, 'returnValue', { value: '', writable: true });
  world.page.dispatchEvent(event);
  expect(event.returnValue).toBeTruthy();
});

test('an old stored link is not resumed', async () => {
  const world = new FakePage();
  await inCall(world);
  unload(world);
  const next = nextPage(world);
  next.wall += 60_000;
  await enter(next);
  expect(next.socket.sent[0]).not.toHaveProperty('attach');
});

test('a resumed call without a microphone is receive-only', async () => {
  const world = new FakePage();
  await inCall(world);
  unload(world);
  const next = nextPage(world);
  next.microphoneFails = new DOMException('', 'NotAllowedError');
  const client = await enter(next, { attached: true, calls: [RUNNING] });
  const faults: string[] = [];
  client.calls[0]?.on('error', ({ code }) => faults.push(code));
  await settle();
  expect(faults).toEqual(['microphone-denied']);
  expect(next.socket.last('offer')).toMatchObject({ reason: 'attach' });
});

test('a held call stays held', async () => {
  const next = new FakePage();
  next.memory.setItem(
    'offhook ws://localhost:8080/link alice',
    JSON.stringify({ link: 'L', key: 'K', at: next.wall }),
  );
  const client = await enter(next, { attached: true, calls: [{ ...RUNNING, held: true }] });
  await settle();
  expect(client.calls[0]?.held).toBe(true);
  expect(next.socket.last('offer').sdp).toContain('inactive');
});

test('a server that refuses the new offer ends the call', async () => {
  const world = new FakePage();
  await inCall(world);
  unload(world);
  const next = nextPage(world);
  const client = await enter(next, { attached: true, calls: [RUNNING] });
  const [call] = client.calls;
  await settle();
  next.socket.deliver({ type: 'refuse', call: 'c1', number: 1, reason: 'malformed' });
  await settle();
  expect(call?.ending).toMatchObject({ cause: 'media-failed' });
});
