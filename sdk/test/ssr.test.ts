/** Loading the SDK where there is no page: on a server, in a bundler, in a test runner. */
import { expect, test } from 'vitest';

test('loading does nothing and needs nothing of a browser', async () => {
  const before = Object.keys(globalThis);
  const sdk = await import('../src/index.js');
  expect(Object.keys(globalThis)).toEqual(before);
  expect(Object.keys(sdk).toSorted()).toEqual([
    'Call',
    'Client',
    'Devices',
    'Emitter',
    'NoiseReduction',
    'OffhookError',
    'Preflight',
    'SoundBoard',
    'connect',
    'version',
  ]);
});

test('without a page the url option is required', async () => {
  const { connect } = await import('../src/index.js');
  await expect(connect({ token: 't' })).rejects.toMatchObject({ code: 'bad-argument' });
});
