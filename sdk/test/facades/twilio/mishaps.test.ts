/** Devices with trouble: servers away, tokens over, calls refused. */
import { describe, expect, test, vi } from 'vitest';
import { OffhookError } from '../../../src/core/errors.js';
import type { Connect } from '../../../src/facades/shared/servers.js';
import { DeviceController } from '../../../src/facades/twilio/device-controller.js';
import type { DeviceOptions } from '../../../src/facades/twilio/options.js';
import {
  device,
  emitted,
  events,
  later,
  note,
  outgoing,
  registered,
  server,
  useDevices,
} from './device-fixture.js';
import { FakeClient, settle } from './fakes.js';

useDevices();

describe('a server that cannot be reached', () => {
  test('is reported at once and once, while it is retried', async () => {
    const connect: Connect = async (given) => {
      given.unreachable?.();
      given.unreachable?.();
      await new Promise((done) => setTimeout(done, 20_000));
      throw new OffhookError('cannot-connect');
    };
    const life = new DeviceController('token', {}, (...event) => emitted.push(event), connect);
    const refused = expect(life.register()).rejects.toMatchObject({ code: 31005 });
    await settle();
    expect(events()).toEqual(['registering', 'error 31005']);
    await vi.advanceTimersByTimeAsync(20_000);
    await refused;
    expect(events()).toEqual(['registering', 'error 31005', 'unregistered']);
  });
});

describe('the edge', () => {
  test.each<[DeviceOptions, string]>([
    [{}, 'roaming'],
    [{ edge: 'dublin' }, 'dublin'],
    [{ edge: ['sydney', 'tokyo'] }, 'sydney'],
    [{ edge: 'calls.example' }, 'roaming'],
    [{ server: 'https://calls.example:8080' }, 'roaming'],
  ])('of %j is the requested edge or a default, never a host', async (options, edge) => {
    const life = device(options);
    expect(life.edge).toBeNull();
    await life.register();
    expect(life.edge).toBe(edge);
  });
});

describe('a refused call', () => {
  test.each([
    ['access-token-expired', 'forbidden', 'error 20104'],
    ['too-many-calls', 'failed', 'error 31206'],
  ])('for %s emits one error, with a code', async (code, cause, emitted) => {
    const { native, callEvents } = await outgoing(device());
    native.deliverRaw('error', new OffhookError(code, { call: 'c1' }));
    native.ends(cause, 'server');
    expect(callEvents).toEqual([emitted, 'disconnect']);
  });

  test('by the other party emits the reason, after an earlier local failure', async () => {
    const { native, callEvents } = await outgoing(device());
    native.deliverRaw('error', new OffhookError('processing-failed'));
    native.ends('busy', 'peer');
    expect(callEvents).toEqual(['error 31000', 'error 31005', 'disconnect']);
  });

  test.each([
    ['bad-argument', 31400],
    ['not-supported', 31402],
    ['insecure-origin', 31402],
  ])('that cannot be made for %s emits a code', async (code, number) => {
    const client = new FakeClient();
    client.refuses.call = new OffhookError(code);
    server.answers.push(client);
    const call = await device().connect();
    const callEvents = note(call);
    await later();
    expect(callEvents).toEqual(['disconnect', `error ${number}`]);
  });
});

describe('a token', () => {
  const DAY = 86_400_000;

  test.each([
    2 * DAY,
    -2 * DAY,
  ])("expires by the server's clock, with a local clock %d ms away", async (ms) => {
    const client = new FakeClient();
    client.expires(60_000, ms);
    server.answers.push(client);
    await registered();
    await vi.advanceTimersByTimeAsync(49_000);
    expect(events()).toEqual(['registering', 'registered']);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(events().slice(2)).toEqual(['tokenWillExpire']);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(events().slice(2)).toEqual(['tokenWillExpire', 'error 20104']);
  });

  test.each([
    ['tokenWillExpire', 'refuses'],
    ['tokenWillExpire', 'takes'],
    ['error', 'refuses'],
    ['error', 'takes'],
  ])('that has expired is requested every 10 s at most: after %s, of a server that %s it', async (event, how) => {
    const client = new FakeClient();
    client.expires(1_000);
    let ended = 0;
    if (how === 'refuses') client.refuses.renew = new OffhookError('access-token-expired');
    else client.renew = async () => client.expires(0, ++ended);
    server.answers.push(client);
    let asked = 0;
    const life: DeviceController = new DeviceController(
      'token',
      {},
      (name) => {
        if (name !== event) return;
        asked++;
        life.updateToken('ended');
      },
      server.connect,
    );
    await life.register();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(7);
  });
});
