/** Headers of a call that begin with `X-PH-`: which of them travel. */

/** Names of 1 to 19 letters after the prefix, in any case. */
const NAME = /^x-ph-[a-z0-9-]{1,19}$/i;
const VALUE = /^[\w\-+()%.]{1,120}$/;
/** The link takes 32, and one is ours. */
const MOST = 31;

/** Names and values. @public */
export interface ExtraHeaders {
  [name: string]: string;
}

/** Those that may travel; the others are left out. @param dropped - Is told of each that is. */
export function extraHeaders(given: unknown, dropped?: (name: string) => void): ExtraHeaders {
  const kept: ExtraHeaders = {};
  const all = typeof given === 'object' && given !== null ? Object.entries(given) : [];
  for (const [name, value] of all) {
    const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    const fits = NAME.test(name) && typeof text === 'string' && VALUE.test(text);
    if (fits && Object.keys(kept).length < MOST) kept[name] = text;
    else dropped?.(name);
  }
  return kept;
}

/** Those of an incoming call; what the application has written is not looked at again. */
export function extraHeadersOf(headers: Readonly<Record<string, string>>): ExtraHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => /^x-ph-/i.test(name)));
}
