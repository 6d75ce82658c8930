// What the package is made of: an entry is an import of its own, a script of its own, and a report of its own.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The most bytes of gzip that a page has to load, without what is loaded lazily: less than 1 % above the real size. */
const NATIVE_LIMIT = 24_700;

/**
 * The native entry and those that facades declare in their `entries.json`, each with its own limit. `module` is the
 * import, `name` the script, `global` what the script makes; with `only` that is one export instead of a bag of all.
 */
export function entriesOf(here) {
  const facades = join(here, 'src/facades');
  const folders = existsSync(facades) ? readdirSync(facades) : [];
  const declared = folders
    .map((folder) => ({ folder, file: join(facades, folder, 'entries.json') }))
    .filter(({ file }) => existsSync(file))
    .flatMap(({ folder, file }) =>
      JSON.parse(readFileSync(file, 'utf8')).map((entry) => ({
        ...entry,
        module: entry.name,
        source: `src/facades/${folder}/${entry.source}`,
      })),
    );
  return [
    {
      name: 'offhook',
      module: 'index',
      source: 'src/index.ts',
      global: 'Offhook',
      limit: NATIVE_LIMIT,
    },
    ...declared,
  ];
}
