// Writes the SDK's reference from what the build has read out of the source: a folder of pages for each entry.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { entriesOf } from './entries.mjs';

const require = createRequire(import.meta.url);
const here = join(import.meta.dirname, '..');
const out = join(here, '../docs/reference/sdk');
const root = dirname(require.resolve('@microsoft/api-documenter/package.json'));
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const documenter = join(root, Object.values(bin)[0]);

rmSync(out, { recursive: true, force: true });
for (const { name } of entriesOf(here)) {
  const model = join(here, 'dist/model', `${name}.api.json`);
  const input = mkdtempSync(join(tmpdir(), 'offhook-reference-'));
  const folder = join(out, name);
  mkdirSync(folder, { recursive: true });
  cpSync(model, join(input, 'offhook.api.json'));
  const words = ['markdown', '--input-folder', input, '--output-folder', folder];
  execFileSync(process.execPath, [documenter, ...words], { stdio: 'pipe' });
  rmSync(input, { recursive: true });
  process.stdout.write(`${name}: docs/reference/sdk/${name}/index.md\n`);
}
