/** Rows about a device's connection and token, against the recorded server. */
import { expect, vi } from 'vitest';
import { ClientController } from '../../../../src/facades/twilio/client/controller.js';
import { DeviceController } from '../../../../src/facades/twilio/device-controller.js';
import type { DeviceOptions } from '../../../../src/facades/twilio/options.js';
import { Recorded } from '../../recorded.js';
import { rows } from '../../surface.js';

/** What a device was emitted, errors by their codes. */
export interface Scene {
  readonly server: Recorded;
  readonly device: DeviceController;
  readonly emitted: [event: string, value: unknown][];
}

/** A device, whose server plays a conversation. */
export function deviceOn(name: string, options: DeviceOptions = {}): Scene {
  const server = new Recorded(name);
  const emitted: [string, unknown][] = [];
  const device = new DeviceController(
    'token',
    { logLevel: 'silent', ...options },
    (event, value) => {
      const { code } = (value ?? {}) as { code?: number };
      emitted.push([event, event === 'error' ? code : value]);
    },
    server.connect,
  );
  return { server, device, emitted };
}

/** The host that is named first is tried for five seconds; the second takes the page. */
async function takesTheSecond(server: Recorded): Promise<void> {
  const { page } = server;
  await page.time.pass(4_900);
  expect(new Set(page.address)).toEqual(new Set(['ws://localhost:9/link']));
  await page.time.pass(200);
  expect(page.address.at(-1)).toBe('wss://voice.example/link');
  await server.until('registered');
}

/** Declares those of the second generation. */
export const registering = rows((surface) => {
  surface.row('device.option.edge', 'is a host name, or several in their order', async () => {
    const { server, device } = deviceOn('incoming', { edge: ['localhost:9', 'voice.example'] });
    const registered = device.register();
    await takesTheSecond(server);
    await registered;
    expect(device.edge).toBe('roaming');
  });

  surface.row(
    ['device.event.error', 'device.option.enableImprovedSignalingErrorPrecision'],
    'name what is wrong with a token, as precisely as is wanted',
    async () => {
      const found: Record<string, unknown> = {};
      for (const code of [
        'invalid-access-token',
        'invalid-access-token-signature',
        'access-token-expired',
        'expiration-exceeds-max-allowed-time',
      ]) {
        for (const enableImprovedSignalingErrorPrecision of [false, true]) {
          const scene = deviceOn('incoming', { enableImprovedSignalingErrorPrecision });
          const { server, device, emitted } = scene;
          const refused = device.register().catch(({ code: number }: { code: number }) => number);
          await server.denies(code);
          const [event, number] = emitted.at(-1) ?? [];
          expect(event).toBe('error');
          found[`${code} ${enableImprovedSignalingErrorPrecision}`] = [
            number,
            await refused,
            device.state,
          ];
          device.destroy();
        }
      }
      expect(found).toEqual({
        'invalid-access-token false': [20101, 20101, 'unregistered'],
        'invalid-access-token true': [20101, 20101, 'unregistered'],
        'invalid-access-token-signature false': [20101, 20101, 'unregistered'],
        'invalid-access-token-signature true': [31202, 31202, 'unregistered'],
        'access-token-expired false': [20104, 20104, 'unregistered'],
        'access-token-expired true': [20104, 20104, 'unregistered'],
        'expiration-exceeds-max-allowed-time false': [53000, 53000, 'unregistered'],
        'expiration-exceeds-max-allowed-time true': [31207, 31207, 'unregistered'],
      });
    },
  );
});

/** Declares those of the first generation. */
export const clientRegistering = rows((surface) => {
  surface.row('device.option.edge', 'is a host, or some in their order', async () => {
    const server = new Recorded('incoming');
    const device = new ClientController(
      'token',
      { edge: ['localhost:9', 'voice.example'] },
      () => undefined,
      server.connect,
    );
    await takesTheSecond(server);
    expect(device.edge).toBe('roaming');
  });

  surface.row(['error.31204', 'error.31205'], 'name what is wrong with a token', async () => {
    const emitted: unknown[] = [];
    vi.useFakeTimers();
    for (const code of ['invalid-access-token-signature', 'access-token-expired']) {
      const server = new Recorded('incoming');
      const emit = (event: string, value: unknown): void => void emitted.push([event, value]);
      new ClientController('token', {}, emit, server.connect);
      await server.denies(code);
      // A listener may be added after the device was set up.
      await vi.advanceTimersByTimeAsync(1);
    }
    vi.useRealTimers();
    expect(emitted).toMatchObject([
      ['error', { code: 31204, twilioError: { code: 20101 } }],
      ['error', { code: 31205, twilioError: { code: 20104 } }],
    ]);
  });
});
