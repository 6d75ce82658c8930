// Builds the SDK: ES modules with their types in dist/, and the plain scripts that a server hands out.
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { assets } from './scripts/assets.mjs';
import { declare } from './scripts/declare.mjs';
import { entriesOf } from './scripts/entries.mjs';
import { lazily, lazilyFromScript, pieces } from './scripts/lazy.mjs';
import { minifyAgain } from './scripts/minify.mjs';
import { makePlain } from './scripts/plain.mjs';
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

/**
 * Every entry twice, as a module and as a script. Each is complete but for the pieces that it loads from beside it:
 * a page that imports two of them is rarer than one that pays for the seams between parts.
 */
async function entriesAs(kind, folder) {
  const asked = new Map();
  for (const { name, module, source, global, only } of entries) {
    const script = kind === 'script';
    const found = new Map();
    const outfile = join(folder, `${script ? name : module}.js`);
    await build({
      ...common,
      format: 'esm',
      entryPoints: [source],
      outfile,
      plugins: [script ? lazilyFromScript(found) : lazily(found)],
    });
    await minifyAgain(outfile);
    if (script) makePlain(outfile, global, only);
    asked.set(name, found);
  }
  await pieces(common, new Map([...asked.values()].flatMap((found) => [...found])), folder);
  return asked;
}

rmSync(dist, { recursive: true, force: true });
rmSync(served, { recursive: true, force: true });
mkdirSync(served, { recursive: true });
const asked = await entriesAs('module', dist);
await entriesAs('script', join(dist, 'scripts'));
await assets(common, dist);
// Scripts and modules find them at the same place, each beside itself.
for (const folder of ['noise', 'sounds']) {
  cpSync(join(dist, folder), join(dist, 'scripts', folder), { recursive: true });
}
cpSync(join(dist, 'scripts'), served, { recursive: true });
declare(here, entries, process.argv.includes('--accept'));
for (const entry of entries) weigh(dist, entry, [...asked.get(entry.name).keys()]);
