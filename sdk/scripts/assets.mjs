// What lies beside the scripts: the noise reduction's own files, and our sounds as files.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const NAMES = ['incoming', 'ringing', 'connecting', 'answered', 'ended'];
const KEYS = { '*': 'star', '#': 'pound' };

/** The worklet, the network with its weights, and whose they are. */
async function noise(common, folder) {
  await build({
    ...common,
    format: 'esm',
    entryPoints: ['src/audio/noise/worklet.ts'],
    outfile: join(folder, 'worklet.js'),
  });
  const wasm = require.resolve('@jitsi/rnnoise-wasm/dist/rnnoise.wasm');
  cpSync(wasm, join(folder, 'rnnoise.wasm'));
  cpSync(join(dirname(wasm), '../LICENSE'), join(folder, 'LICENSE'));
  cpSync(join(common.absWorkingDir, 'src/audio/noise/NOTICE'), join(folder, 'NOTICE'));
}

/** One turn of each sound, computed by the same lines that compute it in a page. */
async function sounds(common, folder) {
  const { outputFiles } = await build({
    ...common,
    sourcemap: false,
    format: 'esm',
    write: false,
    entryPoints: ['src/audio/built-in-sounds.ts'],
  });
  const source = Buffer.from(outputFiles[0].contents).toString('base64');
  const { soundFile } = await import(`data:text/javascript;base64,${source}`);
  mkdirSync(folder, { recursive: true });
  const file = (name, sound) => writeFileSync(join(folder, `${name}.wav`), soundFile(sound));
  for (const name of NAMES) file(name, name);
  for (const key of '0123456789*#ABCD') file(`key-${KEYS[key] ?? key}`, `key-${key}`);
}

/** Lays everything into `folder`. */
export async function assets(common, folder) {
  await noise(common, join(folder, 'noise'));
  await sounds(common, join(folder, 'sounds'));
}
