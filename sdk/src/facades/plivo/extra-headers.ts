/** Headers of a call that begin with `X-PH-`: which of them are sent. */

/** Names of 1 to 19 letters after the prefix, in any case. */
const NAME = /^x-ph-[a-z0-9-]{1,19}$/i;
const VALUE = /^[\w\-+()%.]{1,120}$/;
/** The link takes 32, and one is ours. */
const MOST = 31;

/** Names and values. @public */
export interface ExtraHeaders {
  [name: string]: string;
}

/** Those that may travel; the others are left out. @param dropped - Called for each of them. */
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

/** As the vendor's SIP library writes names of headers: a capital at the beginning of each part, nowhere else. */
function spelled(name: string): string {
  return name.toLowerCase().replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/**
 * Those of an incoming call; what the application has written is not looked at again. A page that lists them sees the
 * vendor's spelling; the one that the caller has used, and `X-PH-`, can be read as well.
 */
export function extraHeadersOf(headers: Readonly<Record<string, string>>): ExtraHeaders {
  const ours = Object.entries(headers).filter(([name]) => /^x-ph-/i.test(name));
  const given: ExtraHeaders = {};
  for (const [name, value] of ours) given[spelled(name)] = value;
  for (const [name, value] of ours) {
    for (const other of [
      name,
      name.replace(/^x-ph/i, 'X-PH'),
      spelled(name).replace('-Ph', '-PH'),
    ]) {
      if (!Object.hasOwn(given, other)) Object.defineProperty(given, other, { value });
    }
  }
  return given;
}

/** A copy that has all spellings. */
export function copyOf(headers: ExtraHeaders): ExtraHeaders {
  return Object.defineProperties({}, Object.getOwnPropertyDescriptors(headers));
}
