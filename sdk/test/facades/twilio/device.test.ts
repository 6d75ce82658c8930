/** A device of the second generation and its calls, in the order of their events, without a server. */
import { describe, expect, test, vi } from 'vitest';
import { OffhookError } from '../../../src/core/errors.js';
import { DeviceController } from '../../../src/facades/twilio/device-controller.js';
import type { DeviceOptions } from '../../../src/facades/twilio/options.js';
import {
  device,
  events,
  incoming,
  later,
  note,
  outgoing,
  registered,
  server,
  useDevices,
} from './device-fixture.js';
import { FakeClient, FakeServer, settle } from './fakes.js';

useDevices();

describe('registering', () => {
  test('connects, then registers, with events in this order', async () => {
    const life = device();
    expect(life.state).toBe('unregistered');
    expect(server.asked).toEqual([]);
    await life.register();
    expect(events()).toEqual(['registering', 'registered']);
    expect(life.identity).toBe('alice');
    await life.unregister();
    expect(events()).toEqual(['registering', 'registered', 'unregistered']);
  });

  test('twice, or unregistering first, is an invalid state', async () => {
    const life = device();
    await expect(life.unregister()).rejects.toMatchObject({ name: 'InvalidStateError' });
    const first = life.register();
    await expect(life.register()).rejects.toMatchObject({ name: 'InvalidStateError' });
    await first;
    await expect(life.register()).rejects.toMatchObject({ name: 'InvalidStateError' });
  });

  test('with a bad token rejects and emits the same error', async () => {
    server.answers.push(new OffhookError('invalid-access-token'));
    const life = device();
    await expect(life.register()).rejects.toMatchObject({ code: 20101 });
    expect(events()).toEqual(['registering', 'unregistered', 'error 20101']);
  });

  test('tries the next of several servers when one cannot be reached', async () => {
    server.answers.push(new OffhookError('cannot-connect'));
    await registered({ edge: ['a.example', 'b.example'] });
    expect(server.asked.map(({ url }) => url)).toEqual(['https://a.example', 'https://b.example']);
  });

  test('holds over a lost connection', async () => {
    const life = await registered();
    server.client.setState('reconnecting');
    expect(life.state).toBe('unregistered');
    server.client.setState('connected');
    expect(life.state).toBe('registered');
    expect(events().slice(2)).toEqual(['error 31005', 'unregistered', 'registering', 'registered']);
  });

  test('comes again with a new token when the old one was refused', async () => {
    const life = await registered();
    server.client.setState('closed', new OffhookError('access-token-expired'));
    await settle();
    expect(events().slice(2)).toEqual(['unregistered', 'error 20104']);
    life.updateToken('fresh');
    await later();
    expect(life.state).toBe('registered');
    expect(server.asked.map(({ token }) => token)).toEqual(['token', 'fresh']);
  });
});

describe('a token', () => {
  test('that is no text is an invalid argument', () => {
    expect(() => new DeviceController(1 as never, {}, () => undefined)).toThrow('token');
  });

  test('emits an event before it expires, and an error when it has', async () => {
    const client = new FakeClient();
    client.expires(60_000);
    server.answers.push(client);
    await registered({ tokenRefreshMs: 15_000 });
    await vi.advanceTimersByTimeAsync(44_000);
    expect(events()).not.toContain('tokenWillExpire');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(events().at(-1)).toBe('tokenWillExpire');
    await vi.advanceTimersByTimeAsync(15_000);
    expect(events().at(-1)).toBe('error 20104');
  });

  test('that is renewed is used by the connection', async () => {
    const life = await registered();
    life.updateToken('fresh');
    await settle();
    expect(server.client.done).toEqual(['renew fresh']);
    expect(life.token).toBe('fresh');
  });
});

describe('an outgoing call', () => {
  test('needs no registration, and emits ringing, then accept', async () => {
    const life = device();
    const { call, native, callEvents } = await outgoing(life);
    expect([call.status(), life.busy, life.state]).toEqual(['connecting', true, 'unregistered']);
    expect([native.to, native.parameters]).toEqual(['bob', { shoe: 'left' }]);
    expect(Object.fromEntries(call.customParameters)).toEqual({ To: 'bob', shoe: 'left' });
    native.id = 'c1';
    native.setState('ringing');
    expect(call.status()).toBe('ringing');
    native.setState('up');
    expect(call.status()).toBe('ringing');
    native.sounds('connected');
    expect(call.status()).toBe('open');
    expect(call.parameters['CallSid']).toBe('CAc1');
    expect(callEvents).toEqual(['ringing false', 'audio', 'accept']);
    expect(call.direction).toBe('OUTGOING');
  });

  test('emits ringing with early media', async () => {
    const { native, callEvents } = await outgoing(device());
    native.earlyMedia = true;
    native.setState('ringing');
    expect(callEvents).toEqual(['ringing true']);
  });

  test('that is answered at once has rung for a moment', async () => {
    const { native, callEvents } = await outgoing(device());
    native.opens();
    expect(callEvents).toEqual(['audio', 'ringing false', 'accept']);
  });

  test('is hung up here, and there', async () => {
    const life = device();
    const here = await outgoing(life);
    here.native.opens();
    here.call.disconnect();
    expect(here.callEvents.slice(3)).toEqual(['disconnect']);
    expect([here.call.status(), life.busy]).toEqual(['closed', false]);
    expect(here.native.done).toContain('hangup');
    const there = await outgoing(life);
    there.native.opens();
    there.native.ends('normal');
    expect(there.callEvents.slice(3)).toEqual(['disconnect']);
    expect(life.busy).toBe(false);
  });

  test('that fails emits its error before disconnect', async () => {
    const busy = await outgoing(device({ enableImprovedSignalingErrorPrecision: true }));
    busy.native.ends('busy');
    expect(busy.callEvents).toEqual(['error 31486', 'disconnect']);
  });

  test('without a media path emits disconnect before its error', async () => {
    const { native, callEvents } = await outgoing(device());
    native.setState('up');
    native.ends('media-failed', 'server');
    expect(callEvents.slice(-2)).toEqual(['disconnect', 'error 53405']);
  });

  test("without a microphone emits an error to the page's listeners", async () => {
    const client = new FakeClient();
    client.refuses.call = new OffhookError('microphone-denied');
    server.answers.push(client);
    const life = device();
    const call = await life.connect();
    const callEvents = note(call);
    await vi.advanceTimersByTimeAsync(1);
    expect(callEvents).toEqual(['disconnect', 'error 31401']);
    expect(life.busy).toBe(false);
  });

  test('to a server that cannot be reached rejects', async () => {
    server.answers.push(new OffhookError('cannot-connect'));
    const life = device();
    await expect(life.connect()).rejects.toMatchObject({ code: 31005 });
    expect(life.busy).toBe(false);
  });

  test('during another is an invalid state', async () => {
    const life = device();
    const first = life.connect();
    await expect(life.connect()).rejects.toMatchObject({ name: 'InvalidStateError' });
    await first;
    await expect(life.connect()).rejects.toMatchObject({ name: 'InvalidStateError' });
  });

  test('that is cancelled during the microphone request never begins', async () => {
    const life = device();
    const call = await life.connect();
    const callEvents = note(call);
    call.disconnect();
    await settle();
    expect(callEvents).toEqual(['disconnect']);
    expect(server.client.lastCall?.done).toEqual(['hangup']);
  });

  test('ignores calls that ring here', async () => {
    const life = await registered();
    const ringing = server.client.rings();
    const call = incoming();
    await outgoing(life);
    expect(ringing.done).toEqual(['ignore']);
    expect([call.status(), life.core.pending]).toEqual(['closed', []]);
  });
});

describe('an incoming call', () => {
  test('brings its parameters, is accepted and opens', async () => {
    const life = await registered();
    const native = server.client.rings({ parameters: { shoe: 'left=right' } });
    const call = incoming();
    const callEvents = note(call);
    expect(call.parameters).toMatchObject({
      CallSid: 'CAa1',
      From: 'client:alice',
      To: 'client:bob',
      AccountSid: 'AC00000000234264cb9466cc68b2e2f3ab',
      Params: 'shoe=left%3Dright',
    });
    expect([call.customParameters.get('shoe'), call.direction]).toEqual(['left=right', 'INCOMING']);
    expect([life.core.pending.length, life.busy, call.status()]).toEqual([1, false, 'pending']);
    call.accept({ rtcConstraints: { audio: { channelCount: 1 } } });
    expect(call.status()).toBe('connecting');
    native.opens();
    expect([life.core.pending.length, life.busy, call.status()]).toEqual([0, true, 'open']);
    expect(callEvents).toEqual(['audio', 'accept']);
    expect(native.options).toMatchObject({ microphone: { channelCount: 1 } });
  });

  test.each([
    ['reject', ['reject'], ['reject']],
    ['ignore', ['ignore'], []],
    ['disconnect', [], []],
  ] as const)('emits %s', async (action, done, callEvents) => {
    const life = await registered();
    const native = server.client.rings();
    const call = incoming();
    const noted = note(call);
    call[action]();
    expect([native.done, noted]).toEqual([done, callEvents]);
    expect(call.status()).toBe(action === 'disconnect' ? 'pending' : 'closed');
    expect(life.core.pending.length).toBe(action === 'disconnect' ? 1 : 0);
  });

  test.each([
    'cancelled',
    'answered-elsewhere',
  ])('that ends with %s was cancelled', async (cause) => {
    const life = await registered();
    const native = server.client.rings();
    const callEvents = note(incoming());
    native.ends(cause);
    expect([callEvents, life.core.pending]).toEqual([['cancel'], []]);
  });

  test('whose microphone cannot be opened is over', async () => {
    await registered();
    const native = server.client.rings();
    native.fails = new OffhookError('microphone-missing');
    const callEvents = note(incoming());
    incoming().accept();
    await vi.advanceTimersByTimeAsync(1);
    expect(callEvents).toEqual(['disconnect', 'error 31402']);
    expect(native.done).toEqual(['accept', 'reject']);
  });

  test('during another is dropped silently', async () => {
    const life = await registered();
    (await outgoing(life)).native.opens();
    const second = server.client.rings({ id: 'b2' });
    expect(second.done).toEqual(['ignore']);
    expect(events()).not.toContain('incoming');
  });

  test('during another is emitted where that is allowed, and accepting it ends the other', async () => {
    const life = await registered({ allowIncomingWhileBusy: true });
    const first = await outgoing(life);
    first.native.opens();
    const second = server.client.rings({ id: 'b2' });
    incoming().accept();
    second.opens();
    expect(first.call.status()).toBe('closed');
    expect(incoming().status()).toBe('open');
    expect(life.core.active?.shown).toBe(incoming());
  });

  test('is taken by its connect token on another device that rings', async () => {
    await registered();
    server.client.rings();
    const { connectToken = '' } = incoming();
    const other = new FakeServer();
    const life = new DeviceController('t', {}, () => undefined, other.connect);
    await life.register();
    const there = other.client.rings();
    const call = await life.connect({ connectToken });
    there.opens();
    expect([call.direction, call.status(), call.parameters['CallSid']]).toEqual([
      'OUTGOING',
      'open',
      'CAa1',
    ]);
  });

  test('is accepted by its connect token on an unregistered device, without registration events', async () => {
    await registered();
    server.client.rings();
    const { connectToken = '' } = incoming();
    const other = new FakeServer();
    const callEvents: unknown[] = [];
    const life = new DeviceController('t', {}, (event) => callEvents.push(event), other.connect);
    const connecting = life.connect({ connectToken });
    await settle();
    expect(other.client.registered).toBe(true);
    const stranger = other.client.rings({ id: 'zz' });
    const there = other.client.rings();
    const call = await connecting;
    there.opens();
    await settle();
    expect([call.direction, call.status(), stranger.done]).toEqual([
      'OUTGOING',
      'open',
      ['ignore'],
    ]);
    expect([life.state, callEvents, other.client.registered]).toEqual(['unregistered', [], false]);
  });

  test('makes the device busy as soon as it is accepted', async () => {
    const life = await registered();
    server.client.rings();
    const call = incoming();
    expect(life.busy).toBe(false);
    call.accept();
    expect([life.busy, life.core.pending]).toEqual([true, []]);
    call.disconnect();
    expect(life.busy).toBe(false);
  });

  test('whose connect token names no call that rings here is refused', async () => {
    await registered();
    server.client.rings();
    const { connectToken = '' } = incoming();
    const life = new DeviceController('t', {}, () => undefined, new FakeServer().connect);
    const refused = expect(life.connect({ connectToken })).rejects.toMatchObject({ code: 31209 });
    await vi.advanceTimersByTimeAsync(3_000);
    await refused;
    await expect(life.connect({ connectToken: '?' })).rejects.toMatchObject({
      name: 'InvalidArgumentError',
    });
  });
});

describe('within a call', () => {
  async function open(options: DeviceOptions = {}) {
    const made = await outgoing(device(options));
    made.native.id = 'c1';
    made.native.opens();
    made.callEvents.length = 0;
    return made;
  }

  test('the microphone is shut and opened, each once', async () => {
    const { call, native, callEvents } = await open();
    call.mute();
    call.mute(true);
    call.mute(false);
    expect(callEvents).toEqual(['mute true', 'mute false']);
    expect(native.done.slice(-2)).toEqual(['mute', 'unmute']);
    expect(call.isMuted()).toBe(false);
  });

  test('keys are pressed, and what is no key is an invalid argument', async () => {
    const { call, native } = await open();
    call.sendDigits('12w*#');
    await settle();
    expect(native.done.join()).toBe('digits 1,digits 2,digits w,digits *,digits #');
    expect(() => call.sendDigits('1A')).toThrow('Illegal character');
  });

  test('messages go out, are acknowledged, and come in', async () => {
    const { call, native } = await open();
    const callEvents: unknown[] = [];
    call.on('messageSent', (message) => callEvents.push(message));
    call.on('messageReceived', (message) => callEvents.push(message));
    const content = { say: 'hello' };
    const sid = call.sendMessage({ content, messageType: 'user-defined-message' });
    expect(sid).toMatch(/^KX[0-9a-f]{32}$/);
    native.deliverRaw('message-sent', { id: 'm1' });
    const [, contentType = '', body = ''] =
      /^message (\S+) (.*)$/.exec(native.done.at(-1) ?? '') ?? [];
    native.deliverRaw('message', { id: 'x', contentType, body });
    const message = {
      content,
      contentType: 'application/json',
      messageType: 'user-defined-message',
      voiceEventSid: sid,
    };
    expect(callEvents).toEqual([message, message]);
  });

  test.each([
    [{ content: null, messageType: 'user-defined-message' }],
    [{ content: 'x', messageType: '' }],
    [{ content: 'x', messageType: 1 as never }],
  ])('the message %j is an invalid argument', async (message) => {
    const { call } = await open();
    expect(() => call.sendMessage(message)).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError' }),
    );
  });

  test.each([
    [{ content: 'x', messageType: 'other' }, 31210],
    [{ content: 'x'.repeat(10_241), messageType: 'user-defined-message' }, 31212],
  ])('a message that the server would refuse emits error %#', async (message, code) => {
    const { call, callEvents } = await open();
    call.sendMessage(message);
    await settle();
    expect(callEvents).toEqual([`error ${code}`]);
  });

  test('a lost connection and a lost path emit one reconnecting each with its reason', async () => {
    const { call, native, callEvents } = await open();
    server.client.setState('reconnecting');
    native.sounds('interrupted');
    expect(call.status()).toBe('reconnecting');
    server.client.setState('connected');
    expect(call.status()).toBe('reconnecting');
    native.sounds('connected');
    expect(call.status()).toBe('open');
    expect(callEvents).toEqual([
      'reconnecting 53001',
      'warning ice-connectivity-lost',
      'reconnecting 53405',
      'warning-cleared ice-connectivity-lost',
      'reconnected',
    ]);
  });

  test('feedback is stored, and values that are none are invalid', async () => {
    const { call, native } = await open();
    await call.postFeedback(4, 'echo');
    expect(native.done.at(-1)).toBe('feedback {"score":4,"issues":["echo"]}');
    const before = native.done.length;
    await call.postFeedback();
    expect(native.done.length).toBe(before);
    expect(() => call.postFeedback(6 as never)).toThrow('Feedback score must be one of: 1,2,3,4,5');
    expect(() => call.postFeedback(1, 'hum' as never)).toThrow('Feedback issue must be one of');
  });

  test('volumes are emitted twenty times a second, to listeners', async () => {
    const { call } = await open();
    const volumes: number[][] = [];
    call.on('volume', (...pair: number[]) => volumes.push(pair));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(volumes.length).toBe(20);
    expect(volumes[0]).toEqual([0.5, 0.25]);
    call.disconnect();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(volumes.length).toBe(20);
  });
});

describe('other options', () => {
  test('take another connection between calls, and the registration with it', async () => {
    const life = await registered();
    const { client } = server;
    life.updateOptions({ maxAverageBitrate: 16_000 });
    await later();
    expect(client.done).toEqual(['close']);
    expect(server.asked.at(-1)).toMatchObject({ maxAverageBitrate: 16_000 });
    expect(life.state).toBe('registered');
  });

  test('of another server in a call are an invalid state', async () => {
    const life = device();
    await outgoing(life);
    expect(() => life.updateOptions({ edge: 'other.example' })).toThrow('Cannot change Edge');
  });
});

describe('a device that is destroyed', () => {
  test('declines pending calls, ends the active one, with events', async () => {
    const life = await registered({ allowIncomingWhileBusy: true });
    const talking = await outgoing(life);
    talking.native.opens();
    const ringing = server.client.rings({ id: 'b2' });
    life.destroy();
    expect(ringing.done).toEqual(['reject']);
    expect(talking.call.status()).toBe('closed');
    expect(server.client.done).toEqual(['close']);
    expect(events().slice(-2)).toEqual(['unregistered', 'destroyed']);
    expect(life.audio).toBeNull();
  });

  test('does nothing any more', async () => {
    const life = device();
    life.destroy();
    life.destroy();
    const gone = { name: 'InvalidStateError' };
    await expect(life.connect()).rejects.toMatchObject(gone);
    await expect(life.register()).rejects.toMatchObject(gone);
    expect(() => life.updateOptions({})).toThrow(expect.objectContaining(gone));
    expect(() => life.updateToken('t')).toThrow(expect.objectContaining(gone));
    expect(events()).toEqual(['destroyed']);
  });
});
