/** From whatever a person knows of a server to the address of its link. */
import { expect, test } from 'vitest';
import { linkAddress } from '../../src/link/address.js';

test.each([
  ['https://calls.example', undefined, 'wss://calls.example/link'],
  ['https://calls.example/', undefined, 'wss://calls.example/link'],
  ['https://calls.example:8443/voice/', undefined, 'wss://calls.example:8443/voice/link'],
  ['wss://calls.example/link', undefined, 'wss://calls.example/link'],
  ['http://localhost:8080', undefined, 'ws://localhost:8080/link'],
  [undefined, 'https://calls.example/deep/page.html?x#y', 'wss://calls.example/link'],
  ['/voice', 'https://calls.example/page', 'wss://calls.example/voice/link'],
])('%s on %s is %s', (url, base, expected) => {
  expect(linkAddress(url, base)).toBe(expected);
});

test.each([
  [undefined, undefined],
  ['calls.example', undefined],
  ['ftp://calls.example', undefined],
  ['', undefined],
  [undefined, 'file:///home/page.html'],
])('%s on %s is no address', (url, base) => {
  expect(() => linkAddress(url, base)).toThrow(/url must/);
});
