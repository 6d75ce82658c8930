// Builds the SDK: ES modules with their types in dist/, and the plain scripts that a server hands out.
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { assets } from './scripts/assets.mjs';
import { declare } from './scripts/declare.mjs';
import { entriesOf } from './scripts/entries.mjs';
import { lazily, pieces } from './scripts/lazy.mjs';
import { weigh } from './scripts/weigh.mjs';

const here = import.meta.dirname;
const dist = join(here, 'dist');
const served = join(here, '../server/offhook/static/sdk');
const { version } = JSON.parse(await readFile(join(here, 'package.json'), 'utf8'));
const entries = entriesOf(here).filter(({ source }) => existsSync(join(here, source)));

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: ['es2022'],
  define: { OFFHOOK_VERSION: JSON.stringify(version) },
  sourcemap: true,
  legalComments: 'none',
};

/** The modules share what they have in common, and load the rest when it is asked for. */
async function modules() {
  await build({
    ...common,
    format: 'esm',
    splitting: true,
    chunkNames: 'parts/[name]-[hash]',
    entryPoints: Object.fromEntries(entries.map(({ module, source }) => [module, source])),
    outdir: dist,
  });
}

/** A script is complete but for the pieces that it loads from beside it. */
async function scripts() {
  const found = new Map();
  for (const { name, source, global, only } of entries) {
    await build({
      ...common,
      format: 'iife',
      globalName: global,
      entryPoints: [source],
      outfile: join(dist, 'scripts', `${name}.js`),
      plugins: [lazily(found)],
      ...(only && { footer: { js: `${global}=${global}.${only};` } }),
    });
  }
  await pieces(common, found, join(dist, 'scripts'));
}

rmSync(dist, { recursive: true, force: true });
rmSync(served, { recursive: true, force: true });
mkdirSync(served, { recursive: true });
await modules();
await scripts();
await assets(common, dist);
// Scripts and modules find them at the same place, each beside itself.
for (const folder of ['noise', 'sounds']) {
  cpSync(join(dist, folder), join(dist, 'scripts', folder), { recursive: true });
}
cpSync(join(dist, 'scripts'), served, { recursive: true });
declare(here, entries, process.argv.includes('--accept'));
for (const { name, module, limit } of entries) weigh(dist, name, module, limit);
