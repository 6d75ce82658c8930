// Weighs what a page has to load: an entry, and every part that it cannot do without.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const STATIC = /(?:^|[;}])\s*(?:import|export)\s*(?:[^'"()]*?from\s*)?["'](\.[^'"]+)["']/g;

/** The file and all that it imports at once, not what it may load later. */
function closure(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(STATIC)) {
    closure(join(dirname(file), path), seen);
  }
  return seen;
}

const compressed = (file) => gzipSync(readFileSync(file), { level: 9 }).length;

/** Says how heavy the entry is as a module and as a script, and fails when that is too much. */
export function weigh(dist, name, module, limit) {
  const parts = [...closure(join(dist, `${module}.js`))];
  const weights = {
    module: parts.reduce((sum, file) => sum + compressed(file), 0),
    script: compressed(join(dist, 'scripts', `${name}.js`)),
  };
  process.stdout.write(
    `${name}: ${weights.module} bytes of gzip as a module, ${weights.script} as a script\n`,
  );
  const most = Math.max(...Object.values(weights));
  if (most > limit) {
    throw new Error(
      `${name} is ${most} bytes of gzip, more than ${limit}: find what made it grow.`,
    );
  }
}
