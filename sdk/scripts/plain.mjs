// Makes a plain script of a bundled module: a function that returns the exports. What the bundler's own format puts
// around them for the sake of CommonJS is of no use to a page.
import { readFileSync, writeFileSync } from 'node:fs';

const EXPORTS = /export\{([^{}]*)\};\s*$/;

/** The module's text as a script that makes `global`: an object of all exports, or the one that is `only` wanted. */
export function plain(code, global, only) {
  const found = EXPORTS.exec(code);
  if (!found) throw new Error(`${global}: the bundle does not end with its exports`);
  const names = found[1].split(',').map((each) => each.trim().split(' as '));
  const exported = new Map(names.map(([local, name = local]) => [name, local]));
  const bag = [...exported].map(([name, local]) => `${name}:${local}`).join(',');
  const result = only ? exported.get(only) : `{${bag}}`;
  return `var ${global}=(()=>{"use strict";${code.slice(0, found.index)}return${result.startsWith('{') ? '' : ' '}${result}})();\n`;
}

/** Rewrites a bundle at `path`, whose map stays true: only what comes before the first column has grown. */
export function makePlain(path, global, only) {
  const [code, address] = readFileSync(path, 'utf8').split(/(?=\/\/# sourceMappingURL=)/);
  const script = plain(code, global, only);
  const map = JSON.parse(readFileSync(`${path}.map`, 'utf8'));
  const shift = script.indexOf('"use strict";') + '"use strict";'.length;
  writeFileSync(path, `${script}${address}`);
  writeFileSync(`${path}.map`, JSON.stringify({ ...map, mappings: shifted(map.mappings, shift) }));
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The first segment's column, a base64 VLQ (ECMA-426 section 4.1), moved to the right. */
function shifted(mappings, columns) {
  let [value, at, bits] = [0, 0, 0];
  for (let more = true; more; at++, bits += 5) {
    const digit = DIGITS.indexOf(mappings[at]);
    value |= (digit & 31) << bits;
    more = digit > 31;
  }
  // The lowest bit is the sign; columns are never negative at the beginning of a line.
  let rest = (value >> 1) + columns;
  rest <<= 1;
  let text = '';
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text + mappings.slice(at);
}
