// Builds the SDK: an ES module with its types in dist/, and the plain script that a server hands out.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const served = join(here, '../server/offhook/static/sdk');
const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const require = createRequire(import.meta.url);
/** What a page may have to load at most, in bytes of gzip. */
const LIMIT = 25_000;

const common = {
  absWorkingDir: here,
  entryPoints: ['src/index.ts'],
  bundle: true,
  target: ['es2022'],
  define: { OFFHOOK_VERSION: JSON.stringify(version) },
  sourcemap: true,
  legalComments: 'none',
};

/** The module's declarations, rolled up into one file by the tool that also writes the API report. */
function declare() {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  const declarations = ['-p', 'tsconfig.build.json'];
  execFileSync(process.execPath, [tsc, ...declarations], { cwd: here, stdio: 'inherit' });
  const extractor = join(
    dirname(require.resolve('@microsoft/api-extractor/package.json')),
    'bin/api-extractor',
  );
  const mode = process.argv.includes('--accept') ? ['--local'] : [];
  execFileSync(process.execPath, [extractor, 'run', ...mode], { cwd: here, stdio: 'inherit' });
}

function weigh(file) {
  const bytes = gzipSync(readFileSync(file), { level: 9 }).length;
  process.stdout.write(
    `${file.slice(here.length + 1)}: ${statSync(file).size} bytes, ${bytes} gzip\n`,
  );
  if (bytes <= LIMIT) return;
  throw new Error(`${file} is ${bytes} bytes of gzip, more than ${LIMIT}: find what made it grow.`);
}

rmSync(join(here, 'dist'), { recursive: true, force: true });
mkdirSync(served, { recursive: true });
await build({ ...common, format: 'esm', minify: true, outfile: 'dist/index.js' });
const script = { format: 'iife', globalName: 'Offhook', minify: true };
await build({ ...common, ...script, outfile: 'dist/offhook.js' });
for (const name of ['offhook.js', 'offhook.js.map']) {
  writeFileSync(join(served, name), readFileSync(join(here, 'dist', name)));
}
declare();
weigh(join(here, 'dist/index.js'));
weigh(join(here, 'dist/offhook.js'));
