/** Getting in, staying in, and being told why not. */
import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.js';
import { connectOn } from '../../src/client/connect.js';
import type { ConnectOptions } from '../../src/client/options.js';
import { OffhookError } from '../../src/core/errors.js';
import { settle, World } from './harness.js';

const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'fine',
    (error: { code: string }) => error.code,
  );

/** A client that is in. */
async function enter(world: World, options: ConnectOptions = { token: 't' }): Promise<Client> {
  const connecting = connectOn(world.platform, options);
  await settle();
  world.socket.welcomes();
  return connecting;
}

describe('connecting', () => {
  test('a token goes to the link of the page’s own server', async () => {
    const world = new World();
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
    const world = new World();
    expect(await code(connectOn(world.platform, options))).toBe(expected);
    expect(world.sockets).toEqual([]);
  });

  test.each([
    'bad-credentials',
    'blocked',
    'access-token-expired',
    'max-allowed-login-reached',
  ])('%s is told with its code', async (denial) => {
    const world = new World();
    const result = connectOn(world.platform, { endpoint: 'alice', password: 'p' });
    await settle();
    world.socket.onopen?.();
    world.socket.says({ type: 'denied', code: denial, message: 'no', retry_after_s: 9 });
    await expect(result).rejects.toMatchObject({ code: denial, retryAfter: 9 });
    await world.time.pass(100_000);
    expect(world.sockets).toHaveLength(1);
  });

  test('a server that is not there is tried until the time is up', async () => {
    const world = new World();
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

  test('giving up by a signal', async () => {
    const world = new World();
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
    const world = new World();
    await enter(world, { refreshToken: async () => 'fresh' });
    expect(world.socket.last('hello')).toMatchObject({ auth: { token: 'fresh' } });
  });

  test('a refresh function that fails says so', async () => {
    const fails = { refreshToken: () => Promise.reject(new Error('500')) };
    expect(await code(connectOn(new World().platform, fails))).toBe('token-refresh-failed');
    const empty = { refreshToken: () => '' };
    expect(await code(connectOn(new World().platform, empty))).toBe('token-refresh-failed');
  });

  test('an expired one is replaced once', async () => {
    const world = new World();
    const result = connectOn(world.platform, { token: 'old', refreshToken: () => 'new' });
    await settle();
    world.socket.onopen?.();
    world.socket.says({ type: 'denied', code: 'access-token-expired', message: 'old' });
    await settle();
    expect(world.sockets).toHaveLength(2);
    world.socket.onopen?.();
    expect(world.socket.last('hello')).toMatchObject({ auth: { token: 'new' } });
    world.socket.says({ type: 'denied', code: 'access-token-expired', message: 'also old' });
    expect(await code(result)).toBe('access-token-expired');
  });

  test('a minute before it expires a new one is shown, and again before that expires', async () => {
    const world = new World();
    const made: string[] = [];
    const refreshToken = (): string => {
      made.push(`t${made.length + 1}`);
      return made.at(-1) ?? '';
    };
    const connecting = connectOn(world.platform, { token: 't0', refreshToken });
    await settle();
    const expires = (seconds: number): number => (world.wall + world.time.now) / 1000 + seconds;
    const party = { name: 'a', account: 'A', outgoing: true, incoming: true };
    world.socket.welcomes({ party: { ...party, expires_at: expires(3600) } });
    await connecting;
    await world.time.pass(3_539_000);
    expect(made).toEqual([]);
    await world.time.pass(2_000);
    expect(world.socket.last('renew')).toMatchObject({ token: 't1' });
    world.socket.tells({ type: 'renewed', expires_at: expires(3600) });
    await world.time.pass(3_541_000);
    expect(made).toEqual(['t1', 't2']);
  });
});

describe('being reachable', () => {
  test('registering settles with the answer', async () => {
    const world = new World();
    const client = await enter(world);
    const done = client.register();
    await settle();
    world.socket.tells({ type: 'registered', devices: 2 });
    await done;
    expect(client.registered).toBe(true);
  });

  test.each(['incoming-not-allowed', 'too-many-devices'])('%s is thrown', async (refusal) => {
    const world = new World();
    const client = await enter(world);
    const done = code(client.register());
    await settle();
    const { seq } = world.socket.last('register');
    world.socket.says({ type: 'error', code: refusal, message: 'no', ref: seq });
    expect(await done).toBe(refusal);
  });

  test('silence is thrown after twenty seconds, the end of the client at once', async () => {
    const world = new World();
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
    const world = new World();
    const client = await enter(world);
    const told: string[] = [];
    client.on('state', (state) => told.push(state));
    client.on('registered', () => told.push('registered'));
    client.on('unregistered', () => told.push('unregistered'));
    void client.register();
    await settle();
    world.socket.tells({ type: 'registered', devices: 1 });
    world.socket.onclose?.();
    await world.time.pass(1_000);
    world.socket.welcomes({ link: 'M' });
    await settle();
    world.socket.tells({ type: 'registered', devices: 1 });
    await settle();
    expect(told).toEqual(['registered', 'reconnecting', 'unregistered', 'connected', 'registered']);
  });

  test('a question that the old link took with it is answered by the new one, once', async () => {
    const world = new World();
    const client = await enter(world);
    const faults: string[] = [];
    client.on('error', (error) => faults.push(error.code));
    world.socket.onclose?.();
    const registering = client.register();
    await world.time.pass(1_000);
    world.socket.welcomes({ link: 'M' });
    await settle();
    world.socket.tells({ type: 'registered', devices: 1 });
    await registering;
    await world.time.pass(60_000);
    expect(faults).toEqual([]);
  });

  test('a call that this browser cannot take rings on elsewhere', async () => {
    const world = new World();
    const client = await enter(world);
    const faults: string[] = [];
    client.on('error', (error) => faults.push(error.code));
    world.peersFail = new OffhookError('not-supported');
    const call = { type: 'incoming', call: 'in', id: 'C', from: 'bob', to: 'alice', sdp: 'v=0' };
    world.socket.tells(call);
    expect(faults).toEqual(['not-supported']);
    expect(world.socket.last('ignore')).toMatchObject({ call: 'in' });
    world.socket.tells({ type: 'registered', devices: 1 });
    expect(client.registered).toBe(true);
  });

  test('a network of another kind is another network; another estimate of its speed is not', async () => {
    const world = new World();
    const connection = Object.assign(new EventTarget(), { type: 'wifi' });
    const sources = { page: world.page, connection };
    const connecting = connectOn({ ...world.platform, sources }, { token: 't' });
    await settle();
    world.socket.welcomes();
    const client = await connecting;
    const call = await client.call('bob');
    world.socket.tells({ type: 'answered', call: world.socket.last('invite').call, sdp: 'x' });
    await settle();
    world.peer.becomes('connected');
    connection.dispatchEvent(new Event('change'));
    await world.time.pass(1_000);
    expect(world.socket.types()).not.toContain('offer');
    connection.type = 'cellular';
    connection.dispatchEvent(new Event('change'));
    await world.time.pass(1_000);
    expect(world.socket.last('offer')).toMatchObject({ reason: 'restart' });
    expect(call.audio).toBe('connected');
  });

  test('leaving the page says goodbye; a page that is only kept does not', async () => {
    const world = new World();
    const client = await enter(world);
    world.page.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: true }));
    expect(client.state).toBe('connected');
    world.page.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: false }));
    expect(world.socket.types()).toContain('goodbye');
    expect(client.state).toBe('closed');
  });
});
