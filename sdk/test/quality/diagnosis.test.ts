/** Why somebody hears nothing, from what both ends have counted. */
import { expect, test } from 'vitest';
import { diagnose, type Evidence } from '../../src/quality/diagnosis.js';

const FINE: Evidence = {
  bytesIn: 16_000,
  bytesOut: 16_000,
  levelIn: 0.1,
  levelOut: 0.1,
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
  ['there is no path', { connected: false, bytesIn: 0, bytesOut: 0 }, ['no-path']],
  ['the call is held', { held: true, bytesIn: 0, levelIn: 0 }, []],
  ['the microphone was unplugged', { microphoneGone: true, levelIn: 0 }, ['microphone-lost']],
  ['the microphone is switched off', { levelIn: 0 }, ['microphone-silent']],
  ['it is muted on purpose', { muted: true, levelIn: 0, microphoneGone: true }, []],
  [
    'a firewall eats what we send',
    { counted: counted([0, 75], [75, 0]) },
    ['outbound-not-received'],
  ],
  [
    'a firewall eats what is sent to us',
    { bytesIn: 0, counted: counted([75, 75], [75, 75]) },
    ['inbound-not-received'],
  ],
  [
    'the far end sends nothing',
    { bytesIn: 0, counted: counted([75, 0], [0, 75]) },
    ['peer-not-sending'],
  ],
  ['the far end is muted', { levelOut: 0 }, ['peer-silent']],
  ['the far end gets nothing', { counted: counted([75, 75], [75, 0]) }, ['peer-not-receiving']],
  ['the browser waits for a gesture', { blocked: true }, ['playback-blocked']],
  ['both at once', { levelIn: 0, levelOut: 0 }, ['microphone-silent', 'peer-silent']],
  ['the server does not say', { bytesIn: 0, counted: undefined }, []],
  ['a browser tells no levels', { levelIn: undefined, levelOut: undefined }, []],
])('%s', (_about, change, codes) => {
  const found = diagnose({ ...FINE, ...change });
  expect(found.map(({ code }) => code)).toEqual(codes);
  for (const { message, direction } of found) {
    expect(message).toMatch(/\. ?|:/);
    expect(['in', 'out', 'both']).toContain(direction);
  }
});
