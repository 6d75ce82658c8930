/** Calls in both directions, through every end they can come to. */
import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/client/call.js';
import { loadQuality } from '../../src/client/call-audio.js';
import type { Client } from '../../src/client/client.js';
import { connectOn } from '../../src/client/connect.js';
import { saidOf } from '../causes.js';
import { FakePage, settle } from './harness.js';

async function enter(world: FakePage): Promise<Client> {
  const connecting = connectOn(world.platform, { token: 't' });
  await settle();
  world.socket.welcome();
  return connecting;
}

/** A call to bob that the server knows of. */
async function dialled(): Promise<{ world: FakePage; client: Client; call: Call; name: string }> {
  const world = new FakePage();
  const client = await enter(world);
  const call = await client.call('bob', { parameters: { a: '1' }, headers: { 'X-B': '2' } });
  const name = world.socket.last('invite').call as string;
  world.socket.deliver({ type: 'trying', call: name, id: 'C1' });
  return { world, client, call, name };
}

async function talking(): Promise<Awaited<ReturnType<typeof dialled>>> {
  const all = await dialled();
  all.world.socket.deliver({ type: 'answered', call: all.name, sdp: 'theirs' });
  await loadQuality();
  await settle();
  all.world.peer.setState('connected');
  return all;
}

async function called(): Promise<{ world: FakePage; client: Client; call: Call }> {
  const world = new FakePage();
  const client = await enter(world);
  const incoming = new Promise<Call>((done) => client.once('incoming', done));
  const frame = {
    type: 'incoming',
    call: 'in',
    id: 'C2',
    from: 'bob',
    to: 'alice',
    sdp: 'offered',
  };
  world.socket.deliver({ ...frame, name: 'Bob B.', parameters: { p: 'q' } });
  return { world, client, call: await incoming };
}

const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'fine',
    (error: { code: string }) => error.code,
  );

describe('calling', () => {
  test('sends an offer at once, and emits the states', async () => {
    const { world, call, name } = await dialled();
    expect(world.socket.last('invite')).toMatchObject({
      to: 'bob',
      sdp: 'offer 1 sendrecv',
      parameters: { a: '1' },
      headers: { 'X-B': '2' },
    });
    const states: string[] = [];
    call.on('state', (state) => states.push(state));
    const answered = call.whenAnswered();
    world.socket.deliver({ type: 'ringing', call: name });
    world.socket.deliver({ type: 'answered', call: name, sdp: 'theirs' });
    expect(await answered).toBe(true);
    expect(call.id).toBe('C1');
    expect(states).toEqual(['ringing', 'up']);
    expect(world.peer.done).toContain('answer theirs');
    await world.time.pass(2_500);
    expect(call.duration).toBe(2.5);
  });

  test('early media is accepted once', async () => {
    const { world, call, name } = await dialled();
    world.socket.deliver({ type: 'ringing', call: name, sdp: 'early' });
    await settle();
    world.peer.setState('connected');
    void call.sendDigits('1');
    world.socket.deliver({ type: 'answered', call: name, sdp: 'again' });
    await settle();
    expect(world.peer.done.filter((step) => step.startsWith('answer'))).toEqual(['answer early']);
    expect(world.peer.keys).toBe('1');
  });

  test.each([
    ['busy', 486],
    ['no-answer', 480],
    ['rejected', 603],
    ['forbidden', 403],
  ])('%s ends it with a sentence and a status', async (cause, sip) => {
    const { world, client, call, name } = await dialled();
    const answered = call.whenAnswered();
    world.socket.deliver({ type: 'ended', call: name, cause, by: 'peer', ...saidOf(cause) });
    expect(await answered).toBe(false);
    expect(await call.whenEnded()).toMatchObject({ cause, sip, by: 'peer' });
    expect(client.calls).toEqual([]);
    expect(world.peer.done).toContain('closed');
    expect(world.tracks[0]?.stopped).toBe(true);
  });

  test('hanging up before the answer is cancelling', async () => {
    const { world, call } = await dialled();
    call.hangup();
    expect(world.socket.last('hangup')).toMatchObject({ cause: 'cancelled' });
    expect(call.ending).toMatchObject({ cause: 'cancelled', by: 'local' });
    call.hangup();
    expect(world.socket.types().filter((type) => type === 'hangup')).toHaveLength(1);
  });

  test.each([
    ['NotAllowedError', 'microphone-denied'],
    ['NotFoundError', 'microphone-missing'],
    ['NotReadableError', 'microphone-busy'],
  ])('without a microphone (%s) there is no call', async (name, expected) => {
    const world = new FakePage();
    const client = await enter(world);
    world.microphoneFails = Object.assign(new Error('no'), { name });
    expect(await code(client.call('bob'))).toBe(expected);
    expect(world.socket.types()).not.toContain('invite');
    expect(client.calls).toEqual([]);
    expect(world.peer.done).toContain('closed');
  });

  test('parameters of any name and value travel', async () => {
    const world = new FakePage();
    const client = await enter(world);
    const parameters = { 'first name': 'Zoë K.', lines: 'a\nb' };
    void client.call('bob', { parameters });
    await settle();
    expect(world.socket.last('invite')).toMatchObject({ parameters });
  });

  test('bad arguments and wrong states are refused at once', async () => {
    const world = new FakePage();
    const client = await enter(world);
    expect(await code(client.call('x'.repeat(257)))).toBe('bad-argument');
    expect(await code(client.call('b', { headers: { 'a b': 'c' } }))).toBe('bad-argument');
    expect(await code(client.call('b', { parameters: { a: 'x'.repeat(1_025) } }))).toBe(
      'bad-argument',
    );
    world.socket.onclose?.();
    expect(await code(client.call('b'))).toBe('not-connected');
    client.close();
    expect(await code(client.call('b'))).toBe('link-ended');
  });

  test('closing the client while the microphone opens leaves nothing behind', async () => {
    const world = new FakePage();
    const client = await enter(world);
    const calling = code(client.call('bob'));
    client.close();
    expect(await calling).toBe('aborted');
    await settle();
    expect(world.tracks.flatMap((track) => [track, ...track.clones]).every((t) => t.stopped)).toBe(
      true,
    );
    expect(world.time.waiting).toBe(0);
  });
});

describe('being called', () => {
  test('rings, is accepted, and is up when audio flows', async () => {
    const { world, call } = await called();
    expect(world.socket.types()).toContain('ring');
    expect(call).toMatchObject({ from: 'bob', callerName: 'Bob B.', state: 'incoming' });
    await call.accept();
    expect(call.state).toBe('answering');
    expect(world.socket.last('answer')).toMatchObject({ sdp: 'answer 1 sendrecv' });
    world.peer.setState('connected');
    expect(call.state).toBe('up');
    expect(await code(call.accept())).toBe('wrong-state');
  });

  test('a denied microphone leaves it ringing', async () => {
    const { world, call } = await called();
    world.microphoneFails = Object.assign(new Error('no'), { name: 'NotAllowedError' });
    expect(await code(call.accept())).toBe('microphone-denied');
    expect(call.state).toBe('incoming');
    world.microphoneFails = undefined;
    expect(await code(call.accept())).toBe('fine');
  });

  test('rejecting and ignoring', async () => {
    const one = await called();
    one.call.ignore();
    expect(one.call.state).toBe('ignored');
    one.call.reject('busy');
    expect(one.world.socket.last('reject')).toMatchObject({ cause: 'busy' });
    expect(one.call.ending).toMatchObject({ cause: 'busy', by: 'local' });
    expect(() => one.call.reject()).toThrow('cannot reject a call that is ended');
    const two = await called();
    two.call.hangup();
    expect(two.world.socket.types()).toContain('reject');
  });

  test('a frame that crosses the end of its call is no error', async () => {
    const { world, client, call } = await called();
    const emitted: string[] = [];
    client.on('error', (error) => emitted.push(error.code));
    call.ignore();
    world.socket.deliver({ type: 'ended', call: 'in', cause: 'cancelled', by: 'peer' });
    const late = { type: 'error', message: 'no', call: 'in', ref: 99 };
    world.socket.deliverRaw({ ...late, code: 'no-such-call' });
    expect(emitted).toEqual([]);
    world.socket.deliverRaw({ ...late, code: 'bad-frame' });
    expect(emitted).toEqual(['bad-frame']);
  });

  test('another device answers first', async () => {
    const { world, call } = await called();
    const accepting = call.accept();
    world.socket.deliver({ type: 'ended', call: 'in', cause: 'answered-elsewhere', by: 'server' });
    expect(await code(accepting)).toBe('aborted');
    expect(call.ending?.cause).toBe('answered-elsewhere');
    expect(world.socket.types()).not.toContain('answer');
  });

  test('a call without audio ends after twenty seconds', async () => {
    const { world, call } = await called();
    await call.accept();
    await world.time.pass(20_000);
    expect(world.socket.last('hangup')).toMatchObject({ cause: 'media-failed' });
    expect(call.ending?.cause).toBe('media-failed');
  });
});

describe('in a call', () => {
  test('muting disables this call’s track and notifies the server', async () => {
    const { world, call } = await talking();
    call.mute();
    call.mute();
    const own = world.tracks[0]?.clones[0];
    expect(own?.enabled).toBe(false);
    expect(world.tracks[0]?.enabled).toBe(true);
    expect(world.socket.last('mute')).toMatchObject({ muted: true });
    call.mute(false);
    expect(own?.enabled).toBe(true);
    expect(world.socket.types().filter((type) => type === 'mute')).toHaveLength(2);
  });

  test('holding and resuming settle when the server has agreed', async () => {
    const { world, call, name } = await talking();
    const holding = call.hold();
    await settle();
    expect(world.socket.last('offer')).toMatchObject({
      number: 1,
      reason: 'hold',
      sdp: 'offer 2 inactive',
    });
    world.socket.deliver({ type: 'accept', call: name, number: 1, sdp: 'held' });
    await holding;
    expect(call.held).toBe(true);
    const resuming = code(call.resume());
    await settle();
    world.socket.deliver({ type: 'refuse', call: name, number: 2, reason: 'not-now' });
    expect(await resuming).toBe('negotiation-failed');
    expect(call.held).toBe(true);
    expect(world.peer.done).toContain('rollback');
  });

  test('the server’s own offer is answered, one that makes no sense refused', async () => {
    const { world, name } = await talking();
    world.socket.deliver({ type: 'offer', call: name, number: 1, sdp: 'again', reason: 'update' });
    await settle();
    expect(world.socket.last('accept')).toMatchObject({ number: 1, sdp: 'answer 2 sendrecv' });
    world.peer.setRemoteDescription = () => Promise.reject(new Error('nonsense'));
    world.socket.deliver({ type: 'offer', call: name, number: 2, sdp: 'x', reason: 'update' });
    await settle();
    expect(world.socket.last('refuse')).toMatchObject({ number: 2, reason: 'not-acceptable' });
  });

  test('another network means an ICE restart', async () => {
    const { world, call } = await talking();
    world.page.dispatchEvent(new Event('online'));
    await world.time.pass(400);
    expect(world.socket.last('offer')).toMatchObject({ reason: 'restart' });
    expect(world.peer.done).toContain('restart');
    world.peer.setState('disconnected');
    expect(call.audio).toBe('interrupted');
    world.peer.setState('connected');
    expect(call.audio).toBe('connected');
  });

  test('keys go with the sound, in order, with pauses; over the link while there is none', async () => {
    const { world, call } = await talking();
    const pressed = call.sendDigits('12w');
    const more = call.sendDigits('#');
    await world.time.pass(839);
    expect(world.peer.keys).toBe('12');
    await world.time.pass(200);
    await Promise.all([pressed, more]);
    expect(world.peer.keys).toBe('12#');
    world.peer.setState('disconnected');
    void call.sendDigits('9');
    await settle();
    expect(world.socket.last('digits')).toMatchObject({ digits: '9' });
    expect(await code(call.sendDigits('x'))).toBe('bad-argument');
    call.hangup();
    expect(await code(call.sendDigits('1'))).toBe('wrong-state');
  });

  test('messages, digits and notices of the other party are emitted', async () => {
    const { world, call, name } = await talking();
    const emitted: unknown[] = [];
    call.on('message', ({ body }) => emitted.push(body));
    call.on('digit', ({ digit }) => emitted.push(digit));
    call.on('notice', ({ event }) => emitted.push(event));
    call.on('error', (error) => emitted.push(error.code));
    const text = { content_type: 'text/plain', id: 'm' };
    world.socket.deliver({ type: 'message', call: name, body: 'hello', ...text });
    world.socket.deliver({ type: 'digit', call: name, digit: '5', seconds: 0.1 });
    world.socket.deliver({ type: 'notice', call: name, event: 'media-lost' });
    world.socket.deliverRaw({
      type: 'error',
      code: 'wrong-state',
      message: 'no',
      call: name,
      ref: 99,
    });
    expect(emitted).toEqual(['hello', '5', 'media-lost', 'wrong-state']);
    world.socket.deliver({ type: 'notice', call: name, event: 'held' });
    expect(call.heldByPeer).toBe(true);
    world.socket.deliver({ type: 'notice', call: name, event: 'resumed' });
    expect(call.heldByPeer).toBe(false);
    const id = call.sendMessage('hi');
    expect(world.socket.last('message')).toMatchObject({ id, body: 'hi' });
    expect(() => call.sendMessage('x'.repeat(16_385))).toThrow('16384');
  });

  test('samples come once a second while there is a listener', async () => {
    const { world, call } = await talking();
    let count = 0;
    const stop = call.on('sample', ({ packetsReceived }) => (count += packetsReceived / 50));
    await world.time.pass(3_050);
    stop();
    await world.time.pass(5_000);
    expect(count).toBe(3);
  });

  test('a lost socket changes nothing for the call; hanging up reaches the server later', async () => {
    const { world, client, call } = await talking();
    world.socket.onclose?.();
    expect([client.state, call.state]).toEqual(['reconnecting', 'up']);
    const old = world.socket;
    call.hangup();
    await world.time.pass(1_000);
    world.socket.welcome({ resumed: true, received: 1 });
    expect(old.types()).not.toContain('hangup');
    expect(world.socket.types()).toEqual(['hello', 'hangup']);
  });

  test('when the link is lost for good its calls are lost, too', async () => {
    const { world, call } = await talking();
    world.socket.onclose?.();
    await world.time.pass(1_000);
    world.socket.welcome({ link: 'other' });
    expect(await call.whenEnded()).toMatchObject({ cause: 'endpoint-lost', by: 'server' });
  });

  test('a restarted server ends calls with server-restarted', async () => {
    const { world, call } = await talking();
    world.socket.onclose?.();
    await world.time.pass(1_000);
    world.socket.welcome({ link: 'other', instance: 'other' });
    const ending = await call.whenEnded();
    expect(ending).toMatchObject({ cause: 'server-restarted', by: 'server', sip: 503 });
    expect(ending.message).toMatch(/server/i);
  });

  test('an unplugged microphone is replaced', async () => {
    const { world, call } = await talking();
    call.mute();
    world.tracks[0]?.onended?.();
    await settle();
    expect(world.tracks).toHaveLength(2);
    expect(world.tracks[1]?.clones[0]?.enabled).toBe(false);
    const emitted: string[] = [];
    call.on('error', (error) => emitted.push(error.code));
    world.microphoneFails = Object.assign(new Error('no'), { name: 'NotFoundError' });
    world.tracks[1]?.onended?.();
    await settle();
    expect(emitted).toEqual(['microphone-missing']);
  });

  test('two calls share one microphone, which closes with the last', async () => {
    const { world, client, call } = await talking();
    const other = await client.call('carol');
    expect(world.tracks).toHaveLength(1);
    call.hangup();
    expect(world.tracks[0]?.stopped).toBe(false);
    other.hangup();
    await settle();
    expect(world.tracks[0]?.stopped).toBe(true);
  });

  test('an answer that the browser cannot use ends the call with its cause', async () => {
    const { world, call, name } = await dialled();
    world.peer.refusesAnswers = true;
    const emitted: string[] = [];
    call.on('error', (error) => emitted.push(error.code));
    world.socket.deliver({ type: 'answered', call: name, sdp: 'nonsense' });
    expect((await call.whenEnded()).cause).toBe('media-failed');
    expect(emitted).toEqual(['negotiation-failed']);
  });
});
