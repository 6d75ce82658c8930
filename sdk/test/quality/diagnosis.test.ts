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
  counted: { ours: { received: 75, sent: 75 }, theirs: { received: 75, sent: 75 } },
};

const counted = (ours: [number, number], theirs?: [number, number]): Evidence['counted'] => ({
  ours: { received: ours[0], sent: ours[1] },
  theirs: theirs && { received: theirs[0], sent: theirs[1] },
});

test.each<[string, Partial<Evidence>, string[]]>([
  ['all is well', {}, []],
  ['there is no path', { connected: false, bytesIn: 0, bytesOut: 0 }, ['no-path']],
  ['the call is held', { held: true, bytesIn: 0, levelIn: 0 }, []],
  ['the microphone was unplugged', { microphoneGone: true, levelIn: 0 }, ['microphone-gone']],
  ['the microphone is switched off', { levelIn: 0 }, ['microphone-silent']],
  ['it is muted on purpose', { muted: true, levelIn: 0, microphoneGone: true }, []],
  ['a firewall eats what we send', { counted: counted([0, 75], [75, 0]) }, ['out-not-arriving']],
  [
    'a firewall eats what is sent to us',
    { bytesIn: 0, counted: counted([75, 75], [75, 75]) },
    ['in-not-arriving'],
  ],
  [
    'the far end sends nothing',
    { bytesIn: 0, counted: counted([75, 0], [0, 75]) },
    ['far-end-sends-nothing'],
  ],
  ['the far end is muted', { levelOut: 0 }, ['far-end-silent']],
  ['the far end gets nothing', { counted: counted([75, 75], [75, 0]) }, ['far-end-not-receiving']],
  ['the browser waits for a gesture', { blocked: true }, ['playback-blocked']],
  ['both at once', { levelIn: 0, levelOut: 0 }, ['microphone-silent', 'far-end-silent']],
  ['the server does not say', { bytesIn: 0, counted: undefined }, []],
  ['a browser tells no levels', { levelIn: undefined, levelOut: undefined }, []],
])('%s', (_about, change, codes) => {
  const found = diagnose({ ...FINE, ...change });
  expect(found.map(({ code }) => code)).toEqual(codes);
  for (const { words, direction } of found) {
    expect(words).toMatch(/\. ?|:/);
    expect(['in', 'out', 'both']).toContain(direction);
  }
});
