/** How keys are sent. */
import type { DigitOptions } from '../../client/options.js';

/** `inband`, `outband` or both, in any case. @public */
export interface DtmfOptions {
  sendDtmfType: string[];
}

const TYPES = ['INBAND', 'OUTBAND'];

/** The types that are wanted, in capitals; words that are none are left out, and nothing is the default. */
export function sendTypes(value: unknown): DtmfOptions | undefined {
  const given = (value as Partial<DtmfOptions> | null)?.sendDtmfType;
  if (!Array.isArray(given)) return undefined;
  const types = given.map((type) => String(type).toUpperCase()).filter((t) => TYPES.includes(t));
  return types.length > 0 ? { sendDtmfType: [...new Set(types)] } : undefined;
}

/** One key: a digit, a star or a hash, as text or as a number; nothing when it is no key. */
export function keyOf(digit: unknown): string | undefined {
  const text = typeof digit === 'number' || typeof digit === 'string' ? String(digit) : '';
  return /^[0-9*#]$/.test(text) ? text : undefined;
}

/**
 * Keys go as events (RFC 4733) whenever `outband` is among the types. With both types tones are not mixed into the
 * voice as well, since a far end that takes both for keys would count each twice.
 */
export function digitOptions({ sendDtmfType: types }: DtmfOptions): DigitOptions {
  const events = types.includes('OUTBAND');
  return { events, inBand: !events };
}
