// Builds the page at `/`: a script and a style sheet named for their contents, and the page that names them.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const served = join(here, '../server/offhook/static');
const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));

const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: { softphone: 'src/main.ts', style: 'src/style.css' },
  bundle: true,
  minify: true,
  write: false,
  outdir: 'assets',
  format: 'esm',
  target: ['es2022'],
  define: { OFFHOOK_VERSION: JSON.stringify(version) },
  legalComments: 'none',
});

rmSync(join(served, 'assets'), { recursive: true, force: true });
mkdirSync(join(served, 'assets'), { recursive: true });
let page = readFileSync(join(here, 'src/index.html'), 'utf8').replace(
  /<!-- (templates\/\S+) -->\n/g,
  (_, part) => readFileSync(join(here, 'src', part), 'utf8'),
);

/** Puts a file where it may be kept for ever: its name changes with its contents. */
function serve(name, contents) {
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 12);
  const hashed = name.replace(/(\.\w+)$/, `-${hash}$1`);
  writeFileSync(join(served, 'assets', hashed), contents);
  if (!page.includes(`assets/${name}`)) throw new Error(`index.html does not ask for ${name}`);
  page = page.replaceAll(`assets/${name}`, `assets/${hashed}`);
}

for (const { path, contents } of outputFiles) serve(path.split(/[\\/]/).at(-1), contents);
serve('icon.svg', readFileSync(join(here, 'src/icon.svg')));
writeFileSync(join(served, 'index.html'), page);
