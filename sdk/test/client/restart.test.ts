/** The server is restarted in the middle of calls, and has kept them. */
import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/client/call.js';
import { loadQuality } from '../../src/client/call-audio.js';
import type { Client } from '../../src/client/client.js';
import { connectOn } from '../../src/client/connect.js';
import { FakePage, type FakePeer, settle } from './harness.js';

const INCOMING = { type: 'incoming', call: 'in', id: 'C2', from: 'bob', to: 'alice', sdp: 'first' };

interface Scene {
  readonly world: FakePage;
  readonly client: Client;
  /** Everything that the page gets of the client and its calls, from the restart on. */
  readonly events: string[];
}

async function enter(): Promise<Scene> {
  const world = new FakePage();
  let drawn = 0;
  Object.assign(world.platform, { random: () => (drawn++ % 7) / 7 });
  const connecting = connectOn(world.platform, { token: 't' });
  await settle();
  world.socket.welcome({ instance: 'first' });
  const client = await connecting;
  const events: string[] = [];
  client.on('call', () => events.push('call'));
  client.on('incoming', () => events.push('incoming'));
  client.on('error', ({ code }) => events.push(`error ${code}`));
  return { world, client, events };
}

function follow(call: Call, events: string[]): void {
  events.length = 0;
  call.on('state', (state) => events.push(state));
  call.on('audio', (state) => events.push(`audio ${state}`));
  call.on('muted', () => events.push('muted'));
  call.on('held', () => events.push('held'));
  call.on('notice', ({ event }) => events.push(event));
  call.on('error', ({ code }) => events.push(`error ${code}`));
  call.on('ended', ({ cause, by }) => events.push(`ended ${cause} ${by}`));
}

type Calling = Scene & { readonly call: Call; readonly name: string };

/** Alice calls bob, and the server knows of it. */
async function dialling(): Promise<Calling> {
  const scene = await enter();
  const call = await scene.client.call('bob');
  const name = scene.world.socket.last('invite').call as string;
  scene.world.socket.deliver({ type: 'trying', call: name, id: 'C1' });
  follow(call, scene.events);
  return { ...scene, call, name };
}

async function talking(): Promise<Calling> {
  const all = await dialling();
  all.world.socket.deliver({ type: 'answered', call: all.name, sdp: 'theirs' });
  await loadQuality();
  await settle();
  all.world.peer.setState('connected');
  all.events.length = 0;
  return all;
}

/** Bob calls alice. */
async function called(): Promise<Scene & { readonly call: Call }> {
  const scene = await enter();
  scene.world.socket.deliver(INCOMING);
  const [call] = scene.client.calls;
  if (!call) throw new Error('there is no call');
  follow(call, scene.events);
  return { ...scene, call };
}

/** What the old process has kept of the page. */
let kept = 0;

/** The server ends, and is back a second later: what the page says to it. */
async function restart(world: FakePage): Promise<Record<string, unknown>> {
  kept = lastSeq(world);
  world.socket.onclose?.();
  await world.time.pass(1_000);
  world.socket.onopen?.();
  return world.socket.last('hello').resume as Record<string, unknown>;
}

let instances = 0;

/** The server has kept these calls of the page. */
async function take(
  world: FakePage,
  calls: Record<string, unknown>[],
  more: Record<string, unknown> = {},
): Promise<void> {
  instances += 1;
  if (world.socket.sent.length > 0) world.socket.onopen = null;
  world.socket.welcome({
    instance: `server ${instances}`,
    attached: true,
    registered: false,
    stated: kept,
    ...more,
    calls: calls.map((call) => ({
      from: 'alice',
      to: 'bob',
      duration_s: 0,
      muted: false,
      held: false,
      held_by_peer: false,
      direction: 'outgoing',
      ...call,
    })),
  });
  await settle();
}

/** The last frame of the page had this number. */
const lastSeq = (world: FakePage): number =>
  Math.max(0, ...world.socket.sent.map(({ seq }) => (seq as number | undefined) ?? 0));

async function attached(world: FakePage, name: string, number = 1): Promise<FakePeer> {
  world.socket.deliver({ type: 'accept', call: name, number, sdp: 'second' });
  await settle();
  return world.peer;
}

describe('a call that is up', () => {
  test('goes on over a new connection, and nothing but its audio is interrupted', async () => {
    const { world, client, events, call, name } = await talking();
    const old = world.peer;
    const { sends } = old;
    const stated = lastSeq(world);
    const { instance, calls } = await restart(world);
    expect(instance).toBe('first');
    expect(calls).toEqual([{ call: name, id: 'C1', state: 'up', muted: false, held: false }]);
    await take(world, [{ call: name, id: 'C1', duration_s: 7 }], { stated });
    expect(events).toEqual(['audio interrupted']);
    expect(world.peers).toHaveLength(2);
    expect(world.tracks).toHaveLength(1);
    expect(world.peer.sends).toBe(sends);
    const offer = world.socket.last('offer');
    expect(offer).toMatchObject({ call: name, number: 1, reason: 'attach', seq: 1 });
    const next = await attached(world, name);
    expect(next.done).toContain('answer second');
    expect(old.done).not.toContain('closed');
    next.setState('connected');
    expect(old.done).toContain('closed');
    expect(events).toEqual(['audio interrupted', 'audio connected']);
    expect(client.calls).toEqual([call]);
    expect(call).toMatchObject({ state: 'up', id: 'C1', resumed: false });
    expect(call.connection).toBe(next);
    call.hangup();
    expect(world.socket.last('hangup')).toMatchObject({ call: name, cause: 'normal', seq: 2 });
  });

  test('keeps mute and hold', async () => {
    const { world, call, name } = await talking();
    const holding = call.hold();
    await settle();
    world.socket.deliver({ type: 'accept', call: name, number: 1, sdp: 'held' });
    await holding;
    call.mute();
    const { calls } = await restart(world);
    expect(calls).toEqual([{ call: name, id: 'C1', state: 'up', muted: true, held: true }]);
    await take(world, [{ call: name, id: 'C1', muted: true, held: true }]);
    expect(world.socket.last('offer').sdp).toContain('inactive');
    expect(world.tracks[0]?.clones[0]?.enabled).toBe(false);
    expect(call).toMatchObject({ muted: true, held: true });
  });

  test('that was about to be held is held afterwards', async () => {
    const { world, call, name } = await talking();
    const holding = call.hold();
    await settle();
    await restart(world);
    await take(world, [{ call: name, id: 'C1' }], { stated: 2 });
    await attached(world, name);
    expect(world.socket.last('offer')).toMatchObject({ number: 2, reason: 'hold' });
    await attached(world, name, 2);
    await expect(holding).resolves.toBeUndefined();
  });

  test('ends when the new offer is refused', async () => {
    const { world, events, name } = await talking();
    const old = world.peer;
    await restart(world);
    await take(world, [{ call: name, id: 'C1' }]);
    world.socket.deliver({ type: 'refuse', call: name, number: 1, reason: 'malformed' });
    await settle();
    expect(events.at(-1)).toBe('ended media-failed server');
    expect(old.done).toContain('closed');
  });

  test('survives a second restart before its audio is back', async () => {
    const { world, events, name } = await talking();
    await restart(world);
    await take(world, [{ call: name, id: 'C1' }]);
    await restart(world);
    await take(world, [{ call: name, id: 'C1' }]);
    expect(world.socket.last('offer')).toMatchObject({ number: 1, reason: 'attach', seq: 1 });
    (await attached(world, name)).setState('connected');
    expect(events).toEqual(['audio interrupted', 'audio connected']);
    const closed = world.peers.filter(({ done }) => done.includes('closed'));
    expect(closed).toHaveLength(world.peers.length - 1);
  });

  test('whose first welcome was lost goes on like the others', async () => {
    const { world, events, name } = await talking();
    await restart(world);
    const again = await restart(world);
    expect(again).toMatchObject({ instance: 'first' });
    await take(world, [{ call: name, id: 'C1' }]);
    (await attached(world, name)).setState('connected');
    expect(events).toEqual(['audio interrupted', 'audio connected']);
  });

  test('has all its time to find a path once the link is back', async () => {
    const { world, events, name } = await talking();
    world.socket.onclose?.();
    world.peer.setState('failed');
    await world.time.pass(50_000);
    expect(events).toEqual(['audio interrupted']);
    await world.time.pass(6_000);
    await take(world, [{ call: name, id: 'C1' }]);
    (await attached(world, name)).setState('connected');
    expect(events).toEqual(['audio interrupted', 'audio connected']);
  });

  test('waits for the answer to its offer while the link is away', async () => {
    const { world, events, name } = await talking();
    await restart(world);
    await take(world, [{ call: name, id: 'C1' }]);
    world.socket.onclose?.();
    await world.time.pass(50_000);
    world.socket.onopen = null;
    world.socket.welcome({ resumed: true, received: 1, instance: 'the same' });
    await world.time.pass(15_000);
    (await attached(world, name)).setState('connected');
    expect(events).toEqual(['audio interrupted', 'audio connected']);
  });

  test('keeps what the server knows better', async () => {
    const { world, call, name } = await talking();
    await restart(world);
    await take(world, [{ call: name, id: 'C1', held_by_peer: true }]);
    expect(call.heldByPeer).toBe(true);
  });
});

describe('frames that the old process did not take', () => {
  test('go to the new one: digits, a message, a hangup', async () => {
    const { world, call, name } = await talking();
    const messages: string[] = [];
    call.on('message-sent', ({ id }) => messages.push(id));
    const stated = lastSeq(world);
    world.socket.onclose?.();
    const kept = call.sendMessage('one');
    const lost = call.sendMessage('two');
    world.peer.setState('disconnected');
    void call.sendDigits('5');
    await settle();
    call.hangup();
    await world.time.pass(1_000);
    await take(world, [], { stated: stated + 1 });
    expect(messages).toEqual([]);
    const again = world.socket.sent.filter(({ seq }) => seq !== undefined);
    expect(again.map(({ type, seq }) => [type, seq])).toEqual([
      ['message', 1],
      ['digits', 2],
      ['hangup', 3],
    ]);
    expect(again[0]).toMatchObject({ call: name, id: lost });
    expect(kept).not.toBe(lost);
  });

  test('messages are confirmed once each', async () => {
    const { world, call, name } = await talking();
    const messages: string[] = [];
    call.on('message-sent', ({ id }) => messages.push(id));
    const stated = lastSeq(world);
    world.socket.onclose?.();
    const kept = call.sendMessage('one');
    const lost = call.sendMessage('two');
    await world.time.pass(1_000);
    await take(world, [{ call: name, id: 'C1' }], { stated: stated + 1 });
    expect(messages).toEqual([kept]);
    world.socket.deliverRaw({ type: 'ack', received: 1 });
    expect(messages).toEqual([kept, lost]);
  });

  test('requests are answered, or rejected at once', async () => {
    const { world, call, name } = await talking();
    const stated = lastSeq(world);
    world.socket.onclose?.();
    const counting = call.packetStats().catch(({ code }) => code);
    const transfer = call.transfer('carol');
    await world.time.pass(1_000);
    await take(world, [{ call: name, id: 'C1' }], { stated });
    expect(await counting).toBe('no-reply');
    const { seq } = world.socket.last('transfer');
    expect(seq).toBe(1);
    world.socket.deliver({ type: 'done', ref: seq });
    await expect(transfer).resolves.toMatchObject({ ref: 1 });
  });

  test('a transfer that the server has done, but not confirmed, fails without a wait', async () => {
    const { world, call, name } = await talking();
    const transfer = call.transfer('carol').catch(({ code }) => code);
    const stated = lastSeq(world);
    await restart(world);
    await take(world, [{ call: name, id: 'C1' }], { stated });
    expect(await transfer).toBe('no-reply');
  });
});

describe('an outgoing call that is not answered yet', () => {
  test('is kept while it rings, and answered later', async () => {
    const { world, events, call, name } = await dialling();
    world.socket.deliver({ type: 'ringing', call: name });
    events.length = 0;
    const { calls } = await restart(world);
    expect(calls).toMatchObject([{ state: 'ringing' }]);
    await take(world, [{ call: name, id: 'C1', state: 'ringing' }]);
    expect(events).toEqual([]);
    const next = await attached(world, name);
    next.setState('connected');
    world.socket.deliver({ type: 'answered', call: name });
    expect(events).toEqual(['audio connected', 'up']);
    expect(call.earlyMedia).toBe(false);
  });

  test('is up when the old process could not say so', async () => {
    const { world, events, call, name } = await dialling();
    await restart(world);
    await take(world, [{ call: name, id: 'C1', duration_s: 4 }]);
    expect(events).toEqual(['up']);
    expect(call.duration).toBeCloseTo(4);
    expect(world.socket.last('offer')).toMatchObject({ number: 1, reason: 'attach' });
  });

  test('is placed again when the old process never got it', async () => {
    const scene = await enter();
    const { world, client, events } = scene;
    const stated = lastSeq(world);
    const call = await client.call('bob');
    const { call: name, sdp } = world.socket.last('invite');
    follow(call, events);
    const { calls } = await restart(world);
    expect(calls).toEqual([{ call: name, id: '', state: 'dialing', muted: false, held: false }]);
    await take(world, [], { stated });
    expect(world.peers).toHaveLength(1);
    expect(world.socket.last('invite')).toMatchObject({ call: name, sdp, seq: 1 });
    expect(events).toEqual([]);
    world.socket.deliver({ type: 'trying', call: name, id: 'C7' });
    world.socket.deliver({ type: 'answered', call: name, sdp: 'theirs' });
    await settle();
    expect(call).toMatchObject({ id: 'C7', state: 'up' });
  });

  test('gets its id when the old process could not give it', async () => {
    const { world, client } = await enter();
    const call = await client.call('bob');
    const { call: name, seq } = world.socket.last('invite');
    await restart(world);
    await take(world, [{ call: name, id: 'C8', state: 'dialing' }], { stated: seq });
    expect(call).toMatchObject({ id: 'C8', state: 'dialing' });
    expect(world.socket.types()).not.toContain('invite');
    expect(world.socket.last('offer')).toMatchObject({ reason: 'attach' });
  });

  test('goes on when its microphone is not open yet', async () => {
    const { world, client, events } = await enter();
    let open: () => void = () => undefined;
    const opened = new Promise<void>((done) => {
      open = done;
    });
    const { openMicrophone } = world.platform;
    Object.assign(world.platform, {
      openMicrophone: async (constraints: MediaStreamConstraints) => {
        await opened;
        return openMicrophone(constraints);
      },
    });
    const calling = client.call('bob');
    await settle();
    await restart(world);
    await take(world, []);
    open();
    const call = await calling;
    expect(call.state).toBe('dialing');
    expect(world.socket.last('invite')).toMatchObject({ seq: 1 });
    expect(events).toEqual(['call']);
  });
});

describe('an incoming call', () => {
  test('rings on, and its new offer is answered', async () => {
    const { world, client, events, call } = await called();
    const { calls } = await restart(world);
    expect(calls).toEqual([{ call: 'in', id: 'C2', state: 'incoming', muted: false, held: false }]);
    await take(world, [{ call: 'in', id: 'C2', state: 'incoming', direction: 'incoming' }]);
    world.socket.deliver({ ...INCOMING, sdp: 'second' });
    await settle();
    expect(events).toEqual([]);
    expect(client.calls).toEqual([call]);
    await call.accept();
    expect(world.peer.done).toContain('offer second');
    expect(world.peer.done).not.toContain('offer first');
    expect(world.socket.last('answer')).toMatchObject({ call: 'in', seq: 1 });
    world.peer.setState('connected');
    expect(events).toEqual(['answering', 'up', 'audio connected']);
  });

  test('that is accepted before its new offer is there is answered then', async () => {
    const { world, events, call } = await called();
    await restart(world);
    await take(world, [{ call: 'in', id: 'C2', state: 'incoming', direction: 'incoming' }]);
    const accepting = call.accept();
    await settle();
    expect(call.state).toBe('answering');
    expect(world.socket.types()).not.toContain('answer');
    await restart(world);
    await take(world, [{ call: 'in', id: 'C2', state: 'incoming', direction: 'incoming' }]);
    world.socket.deliver({ ...INCOMING, sdp: 'third' });
    await accepting;
    expect(world.peer.done).toContain('offer third');
    expect(world.socket.last('answer')).toMatchObject({ call: 'in', seq: 1 });
    expect(events).toEqual(['answering']);
  });

  test('that ends before its new offer is there rejects accept', async () => {
    const { world, call } = await called();
    await restart(world);
    await take(world, [{ call: 'in', id: 'C2', state: 'incoming', direction: 'incoming' }]);
    const accepting = call.accept().catch(({ code }) => code);
    await settle();
    world.socket.deliver({ type: 'ended', call: 'in', cause: 'cancelled', by: 'peer' });
    expect(await accepting).toBe('aborted');
    expect(world.tracks).toEqual([]);
  });

  test('that was just answered is answered once more, by itself', async () => {
    const { world, events, call } = await called();
    await call.accept();
    const old = world.peer;
    const stated = lastSeq(world);
    const { calls } = await restart(world);
    expect(calls).toMatchObject([{ call: 'in', state: 'answering' }]);
    await take(world, [{ call: 'in', id: 'C2', state: 'incoming', direction: 'incoming' }], {
      stated,
    });
    expect(world.socket.types()).not.toContain('answer');
    world.socket.deliver({ ...INCOMING, sdp: 'second' });
    await settle();
    expect(world.peer).not.toBe(old);
    expect(world.peer.done).toContain('offer second');
    expect(world.tracks).toHaveLength(1);
    expect(world.peer.sends).toBe(old.sends);
    expect(world.socket.last('answer')).toMatchObject({ call: 'in', seq: 1 });
    world.peer.setState('connected');
    expect(events).toEqual(['answering', 'up', 'audio connected']);
  });

  test('whose answer the server has kept is attached', async () => {
    const { world, events, call } = await called();
    await call.accept();
    await restart(world);
    await take(world, [{ call: 'in', id: 'C2', direction: 'incoming' }]);
    expect(world.socket.last('offer')).toMatchObject({ number: 1, reason: 'attach' });
    (await attached(world, 'in')).setState('connected');
    expect(events).toEqual(['answering', 'up', 'audio connected']);
  });

  test('that was silenced here stays so, and can still be accepted', async () => {
    const { world, events, call } = await called();
    call.ignore();
    const { calls } = await restart(world);
    expect(calls).toMatchObject([{ state: 'incoming' }]);
    await take(world, [{ call: 'in', id: 'C2', state: 'incoming', direction: 'incoming' }]);
    world.socket.deliver({ ...INCOMING, sdp: 'second' });
    expect(events).toEqual(['ignored']);
    await call.accept();
    expect(world.peer.done).toContain('offer second');
  });

  test('that was rejected meanwhile does not come back with its new offer', async () => {
    const { world, client, events, call } = await called();
    await restart(world);
    await take(world, [{ call: 'in', id: 'C2', state: 'incoming', direction: 'incoming' }]);
    call.reject();
    world.socket.deliver({ ...INCOMING, sdp: 'second' });
    expect(events).toEqual(['ended', 'ended rejected local']);
    expect(client.calls).toEqual([]);
    world.socket.deliver({ ...INCOMING, call: 'other' });
    expect(events.slice(2)).toEqual(['call', 'incoming']);
  });

  test('that was rejected meanwhile does not ring again when the server has no leg of it yet', async () => {
    const { world, client, events, call } = await called();
    world.socket.onclose?.();
    call.reject();
    await world.time.pass(1_000);
    world.socket.onopen?.();
    await take(world, []);
    events.length = 0;
    expect(world.socket.last('reject')).toMatchObject({ call: 'in', seq: 1 });
    world.socket.deliver({ ...INCOMING, sdp: 'second' });
    await settle();
    expect([client.calls, events]).toEqual([[], []]);
    expect(world.socket.types()).not.toContain('ring');
    // From now on the name is as good as any other.
    world.socket.deliverRaw({ type: 'ack', received: 1 });
    world.socket.deliver({ ...INCOMING, sdp: 'third' });
    expect(client.calls).toHaveLength(1);
  });
});

describe('what the server and the page do not share', () => {
  test('a call that only the page has ends', async () => {
    const { world, events, call } = await talking();
    await restart(world);
    await take(world, []);
    expect(events).toEqual(['ended', 'ended server-restarted server']);
    expect(world.socket.types()).toEqual(['hello', 'ack']);
    expect(call.ending?.message).toBeTruthy();
  });

  test('an outgoing call whose end was lost ends', async () => {
    const { world, client } = await enter();
    const call = await client.call('bob');
    const { seq } = world.socket.last('invite');
    await restart(world);
    await take(world, [], { stated: seq });
    expect(call.ending).toMatchObject({ cause: 'server-restarted', by: 'server' });
  });

  test('a call that the page has ended meanwhile is not listed', async () => {
    const { world, call } = await talking();
    world.socket.onclose?.();
    call.hangup();
    await world.time.pass(1_000);
    world.socket.onopen?.();
    expect(world.socket.last('hello')).toMatchObject({ resume: { calls: [] } });
  });

  test('a test of the network is not listed, and ends', async () => {
    const { world, client } = await enter();
    const trial = client.preflight();
    await import('../../src/client/preflight-run.js');
    await settle();
    expect(world.socket.types()).toContain('invite');
    expect(await restart(world)).toMatchObject({ calls: [] });
    await take(world, [], { stated: 0 });
    expect(world.socket.types()).not.toContain('invite');
    trial.stop();
  });

  test('the registration stays, or is renewed', async () => {
    const { world, client } = await enter();
    const registering = client.register();
    await settle();
    world.socket.deliver({ type: 'registered', devices: 1 });
    await registering;
    await restart(world);
    await take(world, [], { registered: true });
    expect(client.registered).toBe(true);
    expect(world.socket.types()).toEqual(['hello', 'ack']);
    await restart(world);
    await take(world, [], { registered: false });
    expect(world.socket.types()).toEqual(['hello', 'ack', 'register']);
  });

  test('a registration that was not confirmed settles by the welcome', async () => {
    const { world, client } = await enter();
    const registering = client.register();
    await settle();
    const stated = lastSeq(world);
    await restart(world);
    await take(world, [], { registered: true, stated });
    await expect(registering).resolves.toBeUndefined();
  });
});
