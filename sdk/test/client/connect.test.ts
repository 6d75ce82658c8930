/** Getting in, staying in, and being emitted why not. */
import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.js';
import { connectOn } from '../../src/client/connect.js';
import type { ConnectOptions } from '../../src/client/options.js';
import { OffhookError } from '../../src/core/errors.js';
import { FakePage, settle } from './harness.js';

const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'fine',
    (error: { code: string }) => error.code,
  );

/** A client that is in. */
async function enter(world: FakePage, options: ConnectOptions = { token: 't' }): Promise<Client> {
  const connecting = connectOn(world.platform, options);
  await settle();
  world.socket.welcome();
  return connecting;
}

describe('connecting', () => {
  test('a token goes to the link of the page’s own server', async () => {
    const world = new FakePage();
    const client = await enter(world);
    expect(world.address).toEqual(['ws://localhost:8080/link']);
    expect(world.socket.last('hello')).toMatchObject({ auth: { token: 't' } });
    expect(client.identity).toMatchObject({ name: 'alice', expiresAt: null });
    expect(client.state).toBe('connected');
  });

  test.each([
    [{}, 'bad-argument'],
    [{ token: '' }, 'bad-argument'],
    [{ token: 't', endpoint: 'e' }, 'bad-argument'],
    [{ endpoint: 'e' }, 'bad-argument'],
    [{ token: 't', url: 'ftp://x' }, 'bad-argument'],
    [{ token: 't', url: 'https://' }, 'bad-argument'],
    [{ token: 't', timeoutMs: 0 }, 'bad-argument'],
  ])('%j is refused before anything is done', async (options, expected) => {
    const world = new FakePage();
    expect(await code(connectOn(world.platform, options))).toBe(expected);
    expect(world.sockets).toEqual([]);
  });

  test.each([
    'bad-credentials',
    'blocked',
    'access-token-expired',
    'max-allowed-login-reached',
  ])('%s rejects with its code', async (denial) => {
    const world = new FakePage();
    const result = connectOn(world.platform, { endpoint: 'alice', password: 'p' });
    await settle();
    world.socket.onopen?.();
    world.socket.deliverRaw({ type: 'denied', code: denial, message: 'no', retry_after_s: 9 });
    await expect(result).rejects.toMatchObject({ code: denial, retryAfter: 9 });
    await world.time.pass(100_000);
    expect(world.sockets).toHaveLength(1);
  });

  test('an unreachable server is retried until the timeout', async () => {
    const world = new FakePage();
    const result = code(connectOn(world.platform, { token: 't', timeoutMs: 5_000 }));
    await settle();
    for (let tries = 0; tries < 10; tries++) {
      world.socket.onclose?.();
      await world.time.pass(500);
    }
    expect(await result).toBe('cannot-connect');
    expect(world.sockets.length).toBeGreaterThan(2);
    expect(world.time.waiting).toBe(0);
  });

  test('a signal aborts connecting', async () => {
    const world = new FakePage();
    const abort = new AbortController();
    const result = code(connectOn(world.platform, { token: 't', signal: abort.signal }));
    await settle();
    abort.abort();
    expect(await result).toBe('aborted');
    expect(world.time.waiting).toBe(0);
  });
});

describe('tokens', () => {
  test('the first may come from the refresh function', async () => {
    const world = new FakePage();
    await enter(world, { refreshToken: async () => 'fresh' });
    expect(world.socket.last('hello')).toMatchObject({ auth: { token: 'fresh' } });
  });

  test('a refresh function that fails rejects', async () => {
    const fails = { refreshToken: () => Promise.reject(new Error('500')) };
    expect(await code(connectOn(new FakePage().platform, fails))).toBe('token-refresh-failed');
    const empty = { refreshToken: () => '' };
    expect(await code(connectOn(new FakePage().platform, empty))).toBe('token-refresh-failed');
  });

  test('an expired one is replaced once', async () => {
    const world = new FakePage();
    const result = connectOn(world.platform, { token: 'old', refreshToken: () => 'new' });
    await settle();
    world.socket.onopen?.();
    world.socket.deliverRaw({ type: 'denied', code: 'access-token-expired', message: 'old' });
    await settle();
    expect(world.sockets).toHaveLength(2);
    world.socket.onopen?.();
    expect(world.socket.last('hello')).toMatchObject({ auth: { token: 'new' } });
    world.socket.deliverRaw({ type: 'denied', code: 'access-token-expired', message: 'also old' });
    expect(await code(result)).toBe('access-token-expired');
  });

  test('a new token is sent a minute before the old one expires', async () => {
    const world = new FakePage();
    const made: string[] = [];
    const refreshToken = (): string => {
      made.push(`t${made.length + 1}`);
      return made.at(-1) ?? '';
    };
    const connecting = connectOn(world.platform, { token: 't0', refreshToken });
    await settle();
    const expires = (seconds: number): number => (world.wall + world.time.now) / 1000 + seconds;
    const party = { name: 'a', account: 'A', outgoing: true, incoming: true };
    world.socket.welcome({ party: { ...party, expires_at: expires(3600) } });
    await connecting;
    await world.time.pass(3_539_000);
    expect(made).toEqual([]);
    await world.time.pass(2_000);
    expect(world.socket.last('renew')).toMatchObject({ token: 't1' });
    world.socket.deliver({ type: 'renewed', expires_at: expires(3600) });
    await world.time.pass(3_541_000);
    expect(made).toEqual(['t1', 't2']);
  });
});

describe('being reachable', () => {
  test('registering settles with the answer', async () => {
    const world = new FakePage();
    const client = await enter(world);
    const done = client.register();
    await settle();
    world.socket.deliver({ type: 'registered', devices: 2 });
    await done;
    expect(client.registered).toBe(true);
  });

  test.each(['incoming-not-allowed', 'too-many-devices'])('%s is thrown', async (refusal) => {
    const world = new FakePage();
    const client = await enter(world);
    const done = code(client.register());
    await settle();
    const { seq } = world.socket.last('register');
    world.socket.deliverRaw({ type: 'error', code: refusal, message: 'no', ref: seq });
    expect(await done).toBe(refusal);
  });

  test('no reply rejects after twenty seconds, the end of the client at once', async () => {
    const world = new FakePage();
    const client = await enter(world);
    const silent = code(client.register());
    await world.time.pass(20_000);
    expect(await silent).toBe('no-reply');
    const ended = code(client.unregister());
    await settle();
    client.close();
    expect(await ended).toBe('link-ended');
    expect(await code(client.register())).toBe('link-ended');
    expect(world.time.waiting).toBe(0);
  });

  test('after a loss that could not be resumed the page registers by itself', async () => {
    const world = new FakePage();
    const client = await enter(world);
    const emitted: string[] = [];
    client.on('state', (state) => emitted.push(state));
    client.on('registered', () => emitted.push('registered'));
    client.on('unregistered', () => emitted.push('unregistered'));
    void client.register();
    await settle();
    world.socket.deliver({ type: 'registered', devices: 1 });
    world.socket.onclose?.();
    await world.time.pass(1_000);
    world.socket.welcome({ link: 'M' });
    await settle();
    world.socket.deliver({ type: 'registered', devices: 1 });
    await settle();
    expect(emitted).toEqual([
      'registered',
      'reconnecting',
      'unregistered',
      'connected',
      'registered',
    ]);
  });

  test('a request of the old link is answered by the new one, once', async () => {
    const world = new FakePage();
    const client = await enter(world);
    const faults: string[] = [];
    client.on('error', (error) => faults.push(error.code));
    world.socket.onclose?.();
    const registering = client.register();
    await world.time.pass(1_000);
    world.socket.welcome({ link: 'M' });
    await settle();
    world.socket.deliver({ type: 'registered', devices: 1 });
    await registering;
    await world.time.pass(60_000);
    expect(faults).toEqual([]);
  });

  test('a call that this browser cannot accept rings on elsewhere', async () => {
    const world = new FakePage();
    const client = await enter(world);
    const faults: string[] = [];
    client.on('error', (error) => faults.push(error.code));
    world.peersFail = new OffhookError('not-supported');
    const call = { type: 'incoming', call: 'in', id: 'C', from: 'bob', to: 'alice', sdp: 'v=0' };
    world.socket.deliver(call);
    expect(faults).toEqual(['not-supported']);
    expect(world.socket.last('ignore')).toMatchObject({ call: 'in' });
    world.socket.deliver({ type: 'registered', devices: 1 });
    expect(client.registered).toBe(true);
  });

  test('a network of another kind is another network; another estimate of its speed is not', async () => {
    const world = new FakePage();
    const connection = Object.assign(new EventTarget(), { type: 'wifi' });
    const sources = { page: world.page, connection };
    const connecting = connectOn({ ...world.platform, sources }, { token: 't' });
    await settle();
    world.socket.welcome();
    const client = await connecting;
    const call = await client.call('bob');
    world.socket.deliver({ type: 'answered', call: world.socket.last('invite').call, sdp: 'x' });
    await settle();
    world.peer.setState('connected');
    connection.dispatchEvent(new Event('change'));
    await world.time.pass(1_000);
    expect(world.socket.types()).not.toContain('offer');
    connection.type = 'cellular';
    connection.dispatchEvent(new Event('change'));
    await world.time.pass(1_000);
    expect(world.socket.last('offer')).toMatchObject({ reason: 'restart' });
    expect(call.audio).toBe('connected');
  });

  test('leaving the page sends goodbye; a page in the cache does not', async () => {
    const world = new FakePage();
    const client = await enter(world);
    world.page.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: true }));
    expect(client.state).toBe('connected');
    world.page.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: false }));
    expect(world.socket.types()).toContain('goodbye');
    expect(client.state).toBe('closed');
  });
});
