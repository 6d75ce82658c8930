/** Which codecs are offered, in which order. */
import { expect, test } from 'vitest';
import { chosenCodecs } from '../../src/rtc/peer.js';

const there = ['audio/opus', 'audio/red', 'audio/G722', 'audio/PCMU', 'audio/telephone-event'].map(
  (mimeType) => ({ mimeType }),
);
const names = (wanted: string[]): string[] | undefined =>
  chosenCodecs(there, wanted)?.map(({ mimeType }) => mimeType.slice(6));

test('the wanted codecs in the wanted order, and telephone-event', () => {
  expect(names(['PCMU', 'OPUS'])).toEqual(['PCMU', 'opus', 'telephone-event']);
});

test('the browser’s own choice without a wanted codec', () => {
  expect(names(['speex'])).toBeUndefined();
});
