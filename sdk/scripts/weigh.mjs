// Weighs what a page has to load: an entry at once, and its pieces when they are asked for.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const compressed = (file) => gzipSync(readFileSync(file), { level: 9 }).length;

/** Bytes of gzip of an entry as a module and as a script, and of each piece by its name. */
export function weights(dist, { name, module }, pieces) {
  return {
    module: compressed(join(dist, `${module}.js`)),
    script: compressed(join(dist, 'scripts', `${name}.js`)),
    later: Object.fromEntries(
      pieces.map((piece) => [piece, compressed(join(dist, 'lazy', `${piece}.js`))]),
    ),
  };
}

/** Says how heavy the entry is, and fails when that is too much. */
export function weigh(dist, entry, pieces) {
  const { module, script, later } = weights(dist, entry, pieces);
  const list = Object.entries(later).map(([piece, bytes]) => `${piece} ${bytes}`);
  process.stdout.write(
    `${entry.name}: ${module} bytes of gzip as a module, ${script} as a script; ` +
      `later, when asked for: ${list.join(', ') || 'nothing'}\n`,
  );
  const most = Math.max(module, script);
  if (most > entry.limit) {
    throw new Error(
      `${entry.name} is ${most} bytes of gzip, more than ${entry.limit}: find what made it grow.`,
    );
  }
}
