// What an entry loads when it is asked for, from beside it. A piece is bundled by itself: it has classes of its own,
// and must throw none that a page would compare with the entry's.
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { minifyAgain } from './minify.mjs';

const FOLDER = 'lazy';
const LATER = /(?<!typeof )\bimport\('(\.[^']+)'\)/g;
const PLACE = join(import.meta.dirname, 'script-address.js');

/** A file of the source, and what a piece of it is called. */
function piece(path, folder) {
  const source = join(folder, path).replace(/\.js$/, '.ts');
  const whole = basename(source, '.ts');
  return { source, name: whole === 'index' ? basename(dirname(source)) : whole };
}

/** In a module: leaves every `import()` of the source to the browser, and notes in `found` what it will ask for. */
export function lazily(found) {
  return {
    name: 'lazily',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined;
        const { source, name } = piece(path, resolveDir);
        found.set(name, source);
        return { path: `./${FOLDER}/${name}.js`, external: true };
      });
    },
  };
}

/**
 * In a script, likewise. The script of another host has no address that `import()` could be relative to
 * (HTML §8.1.4.3, muted errors), so that each is given in full.
 */
export function lazilyFromScript(found) {
  return {
    name: 'lazily-from-script',
    setup({ initialOptions, onLoad }) {
      initialOptions.inject = [PLACE];
      onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path: file }) => {
        const contents = readFileSync(file, 'utf8').replaceAll(LATER, (_all, path) => {
          const { source, name } = piece(path, dirname(file));
          found.set(name, source);
          return `import(SCRIPT_FOLDER + '${FOLDER}/${name}.js')`;
        });
        return { contents, loader: 'ts' };
      });
    },
  };
}

/** Builds what was found, each piece a module of its own. */
export async function pieces(common, found, folder) {
  if (found.size === 0) return;
  await build({
    ...common,
    format: 'esm',
    entryPoints: Object.fromEntries(found),
    outdir: join(folder, FOLDER),
  });
  for (const name of found.keys()) await minifyAgain(join(folder, FOLDER, `${name}.js`));
}
