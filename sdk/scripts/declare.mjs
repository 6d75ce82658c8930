// The modules' declarations, rolled up into one file an entry by the tool that also writes the API reports.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

function tool(name, path) {
  return join(dirname(require.resolve(`${name}/package.json`)), path);
}

/** @param accept - Write changed reports instead of failing at them. */
export function declare(here, entries, accept) {
  const run = (...words) =>
    execFileSync(process.execPath, words, { cwd: here, stdio: ['ignore', 'inherit', 'inherit'] });
  run(tool('typescript', 'bin/tsc'), '-p', 'tsconfig.build.json');
  const base = readFileSync(join(here, 'api-extractor.json'), 'utf8');
  const folder = join(here, 'dist/types');
  mkdirSync(join(here, 'dist/model'), { recursive: true });
  for (const { name, module, source } of entries) {
    const types = source.replace(/^src\//, '').replace(/\.ts$/, '.d.ts');
    const config = base
      .replaceAll('{types}', types)
      .replaceAll('{module}', module)
      .replaceAll('{name}', name);
    const path = join(folder, `${name}.api-extractor.json`);
    writeFileSync(path, config);
    run(
      tool('@microsoft/api-extractor', 'bin/api-extractor'),
      'run',
      '--config',
      path,
      ...(accept ? ['--local'] : []),
    );
  }
  compile(run, entries, join(folder, 'rolled.json'));
}

/** The roll-up is text that no compiler has read yet: it is compiled as it is by those who use it. */
function compile(run, entries, config) {
  const compilerOptions = { strict: true, noEmit: true, lib: ['es2022', 'dom'], types: [] };
  const files = entries.map(({ module }) => `../${module}.d.ts`);
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  run(tool('typescript', 'bin/tsc'), '-p', config);
}
