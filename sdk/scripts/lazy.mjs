// What an entry loads when it is asked for. Scripts and modules resolve `import()` by their own address
// (HTML §8.1.6.7), so that a piece only has to lie beside them. A piece is bundled by itself: it has classes of its
// own, and must throw none that a page would compare with the entry's.
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';

const FOLDER = 'lazy';

/** Leaves every `import()` of the source to the browser, and notes in `found` what it will ask for. */
export function lazily(found) {
  return {
    name: 'lazily',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined;
        const source = join(resolveDir, path).replace(/\.js$/, '.ts');
        const whole = basename(source, '.ts');
        const name = whole === 'index' ? basename(dirname(source)) : whole;
        found.set(name, source);
        return { path: `./${FOLDER}/${name}.js`, external: true };
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
}
