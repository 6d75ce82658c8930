/** Loading the facades where there is no page: on a server, in a bundler, in a test runner. */
import { expect, test } from 'vitest';

test('loading does nothing and needs nothing of a browser', async () => {
  const before = Object.keys(globalThis);
  const second = await import('../../../src/facades/twilio/index.js');
  const first = await import('../../../src/facades/twilio/client/index.js');
  expect(Object.keys(globalThis)).toEqual(before);
  expect(Object.keys(second).toSorted()).toEqual([
    'Call',
    'Device',
    'Logger',
    'PreflightTest',
    'TwilioError',
  ]);
  expect(Object.keys(first).toSorted()).toEqual(['Connection', 'Device', 'PreflightTest']);
});

test('a device can be created and destroyed, and a call rejects with a reason', async () => {
  const { Device } = await import('../../../src/facades/twilio/index.js');
  const device = new Device('token', { logLevel: 'silent' });
  await expect(device.connect()).rejects.toMatchObject({ name: 'InvalidArgumentError' });
  device.destroy();
  expect(device.state).toBe('destroyed');
  expect([Device.isSupported, Device.audioContext, Device.extension]).toEqual([
    false,
    undefined,
    'mp3',
  ]);
});
