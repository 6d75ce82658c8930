// Weighs the SDK as it was built, in bytes of gzip, and prints that as JSON: each entry, which a page loads at once,
// and each piece, which it loads when that is asked for.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { entriesOf } from '../../sdk/scripts/entries.mjs';
import { weights } from '../../sdk/scripts/weigh.mjs';

const sdk = join(import.meta.dirname, '../../sdk');
const dist = join(sdk, 'dist');
const files = readdirSync(join(dist, 'lazy')).filter((file) => file.endsWith('.js'));
const pieces = files.map((file) => file.slice(0, -'.js'.length));
const weighed = entriesOf(sdk).map((entry) => ({ entry, ...weights(dist, entry, pieces) }));
const entries = weighed.map(({ entry: { name, limit }, module, script }) => [
  name,
  { limit, module, script },
]);
const [{ later }] = weighed;
process.stdout.write(`${JSON.stringify({ entries: Object.fromEntries(entries), later })}\n`);
