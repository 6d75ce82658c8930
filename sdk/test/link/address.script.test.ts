/** From the address of our script to that of the server that has handed it out. */
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => vi.unstubAllGlobals());

/** What is found in a page with these scripts, the last of which is being run if there is `running`. */
async function found(scripts: readonly string[], running?: string): Promise<string | undefined> {
  const list = scripts.map((src) => ({ src }));
  vi.stubGlobal('document', { scripts: list, currentScript: running ? { src: running } : null });
  vi.resetModules();
  const { scriptServer } = await import('../../src/link/address.js');
  return scriptServer('twilio(?:-client)?');
}

test.each([
  ['https://calls.example/sdk/twilio.js', 'https://calls.example'],
  ['https://calls.example/sdk/0.1.0/twilio.js', 'https://calls.example'],
  ['https://calls.example/sdk/0.1.0/twilio-client.js', 'https://calls.example'],
  ['https://calls.example/sdk/1.2.3-rc.1/twilio.js?v=2#x', 'https://calls.example'],
  ['https://calls.example/sdk/twilio.js?v=2', 'https://calls.example'],
  ['https://calls.example/sdk/twilio.js#v1', 'https://calls.example'],
  ['http://localhost:8080/voice/sdk/twilio.js', 'http://localhost:8080/voice'],
  ['https://cdn.example/js/twilio.js', undefined],
  ['https://cdn.example/sdk/twilio.min.js', undefined],
  ['https://cdn.example/sdk/a/b/twilio.js', undefined],
  ['https://cdn.example/track?/sdk/twilio.js', undefined],
  ['https://calls.example/sdk/plivo.js', undefined],
])('%s is of %s', async (src, server) => {
  expect(await found(['', 'https://page.example/app.js', src])).toBe(server);
  // A loader that takes its script away again, as many do.
  expect(await found([], src)).toBe(server);
});

test('without a page there is none', async () => {
  vi.resetModules();
  const { scriptServer } = await import('../../src/link/address.js');
  expect(scriptServer('twilio')).toBeUndefined();
});
