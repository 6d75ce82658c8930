/** Validates what came over the link, with bounds on everything. */
import { type FieldChecks, isObject, shaped } from './checks.js';
import { seq as isSeq, LOOSE, ORDERED } from './frame-checks.js';
import type { AnyServerFrame } from './frames.js';

/** A frame, or what is wrong with the text. A bad frame may still count in the order of frames. */
export type Parsed =
  | { readonly frame: AnyServerFrame }
  | { readonly bad: 'not-json' | 'unknown-type' | 'bad-frame'; readonly seq?: number };

/** A frame of more than this many bytes closes the socket. */
export const FRAME_LIMIT = 65_536;

/** Reads one text message of the server. Unknown fields are left alone. */
export function parse(raw: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return { bad: 'not-json' };
  }
  if (!isObject(value) || typeof value['type'] !== 'string') return { bad: 'not-json' };
  const { type, seq } = value as { type: string; seq: unknown };
  const counted = isSeq(seq) ? { seq: seq as number } : {};
  if (Object.hasOwn(LOOSE, type)) {
    const good = shaped(LOOSE[type] as FieldChecks)(value);
    return good ? { frame: value as unknown as AnyServerFrame } : { bad: 'bad-frame' };
  }
  if (!Object.hasOwn(ORDERED, type)) return { bad: 'unknown-type', ...counted };
  const good = counted.seq !== undefined && shaped(ORDERED[type] as FieldChecks)(value);
  return good ? { frame: value as unknown as AnyServerFrame } : { bad: 'bad-frame', ...counted };
}

/** How many bytes a text takes in UTF-8; the core has no TextEncoder. */
export function byteLength(value: string): number {
  // One byte for each unit of UTF-16, and one more from U+0080, and again from U+0800: a pair of surrogates takes four.
  let bytes = value.length;
  for (const letter of value) {
    if (letter > '\x7f') bytes += 1;
    if (letter > '\u07ff') bytes += 1;
  }
  return bytes;
}
