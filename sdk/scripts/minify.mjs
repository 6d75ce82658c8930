// Minifies a bundle a second time. The bundler renames what is private and drops dead code; terser then inlines and
// rewrites expressions, which makes the gzip about 3 % smaller. Only transformations that keep the meaning: no `unsafe`.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { minify } from 'terser';

const OPTIONS = {
  module: true,
  ecma: 2022,
  compress: { passes: 3, ecma: 2022 },
  mangle: true,
};

/** Rewrites the module at `path` and its source map. */
export async function minifyAgain(path) {
  const name = basename(path);
  const { code, map } = await minify(
    { [name]: readFileSync(path, 'utf8') },
    {
      ...OPTIONS,
      sourceMap: {
        content: readFileSync(`${path}.map`, 'utf8'),
        filename: name,
        includeSources: true,
        url: `${name}.map`,
      },
    },
  );
  writeFileSync(path, `${code}\n`);
  writeFileSync(`${path}.map`, map);
}
