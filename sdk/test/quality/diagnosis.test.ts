/** The cause of silence, from the counters of both parties. */
import { expect, test } from 'vitest';
import { diagnose, type Evidence } from '../../src/quality/diagnosis.js';

const FINE: Evidence = {
  bytesReceived: 16_000,
  bytesSent: 16_000,
  inputLevel: 0.1,
  outputLevel: 0.1,
  muted: false,
  held: false,
  microphoneGone: false,
  blocked: false,
  connected: true,
  counted: { local: { received: 75, sent: 75 }, remote: { received: 75, sent: 75 } },
};

const counted = (local: [number, number], remote?: [number, number]): Evidence['counted'] => ({
  local: { received: local[0], sent: local[1] },
  remote: remote && { received: remote[0], sent: remote[1] },
});

test.each<[string, Partial<Evidence>, string[]]>([
  ['all is well', {}, []],
  ['there is no path', { connected: false, bytesReceived: 0, bytesSent: 0 }, ['no-path']],
  ['the call is held', { held: true, bytesReceived: 0, inputLevel: 0 }, []],
  ['the microphone was unplugged', { microphoneGone: true, inputLevel: 0 }, ['microphone-lost']],
  ['the microphone is switched off', { inputLevel: 0 }, ['microphone-silent']],
  ['it is muted on purpose', { muted: true, inputLevel: 0, microphoneGone: true }, []],
  [
    'a firewall eats what we send',
    { counted: counted([0, 75], [75, 0]) },
    ['outbound-not-received'],
  ],
  [
    'a firewall eats what is sent to us',
    { bytesReceived: 0, counted: counted([75, 75], [75, 75]) },
    ['inbound-not-received'],
  ],
  [
    'the remote party sends nothing',
    { bytesReceived: 0, counted: counted([75, 0], [0, 75]) },
    ['peer-not-sending'],
  ],
  ['the remote party is muted', { outputLevel: 0 }, ['peer-silent']],
  [
    'the remote party receives nothing',
    { counted: counted([75, 75], [75, 0]) },
    ['peer-not-receiving'],
  ],
  ['the browser waits for a gesture', { blocked: true }, ['playback-blocked']],
  ['both at once', { inputLevel: 0, outputLevel: 0 }, ['microphone-silent', 'peer-silent']],
  ['the server does not answer', { bytesReceived: 0, counted: undefined }, []],
  ['a browser without levels', { inputLevel: undefined, outputLevel: undefined }, []],
])('%s', (_about, change, codes) => {
  const found = diagnose({ ...FINE, ...change });
  expect(found.map(({ code }) => code)).toEqual(codes);
  for (const { message, direction } of found) {
    expect(message).toMatch(/\. ?|:/);
    expect(['in', 'out', 'both']).toContain(direction);
  }
});
