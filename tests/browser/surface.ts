/** A vendor's public surface as rows, each of which some test has to exercise: `spec/surface/*.toml`. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = new URL('../../spec/surface/', import.meta.url);

/** Reads the small part of TOML that these tables use: `[kind]`, then `name = "fact"` or `"name" = "fact"`. */
export function parse(text: string): Map<string, string> {
  const rows = new Map<string, string>();
  let kind = '';
  for (const [index, line] of text.split('\n').entries()) {
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#')) continue;
    const heading = /^\[([A-Za-z0-9.-]+)\]$/.exec(bare);
    const pair = /^(?:([A-Za-z0-9_-]+)|"([^"]+)") = (".*")$/.exec(bare);
    const name = pair?.[1] ?? pair?.[2];
    if (heading) kind = heading[1] ?? '';
    else if (kind && name && pair) {
      const key = `${kind}.${name}`;
      if (rows.has(key)) throw new Error(`line ${index + 1}: there are two rows ${key}`);
      rows.set(key, JSON.parse(pair[3] ?? '""') as string);
    } else throw new Error(`line ${index + 1} is not what these tables are made of: ${bare}`);
  }
  return rows;
}

/**
 * The rows of one table, and the tests that carry their keys in their names. All tests of a table are declared
 * by one test file, which says `complete()` at its end.
 */
export class Surface {
  /** What each row says, by its key: the name of its table, a dot, its name. */
  readonly rows: ReadonlyMap<string, string>;
  readonly #file: string;
  readonly #named: Set<string> = new Set();

  /** @param file - Such as `plivo.toml`. */
  constructor(file: string) {
    this.#file = file;
    this.rows = parse(readFileSync(new URL(file, FOLDER), 'utf8'));
  }

  /** The names of the rows of one table. */
  names(kind: string): string[] {
    const all = [...this.rows.keys()].filter((key) => key.startsWith(`${kind}.`));
    return all.map((key) => key.slice(kind.length + 1)).filter((name) => !name.includes('.'));
  }

  /** A test that exercises some rows: their keys become its name. */
  row(keys: string | readonly string[], what: string, run: () => Promise<void> | void): void {
    const all = typeof keys === 'string' ? [keys] : keys;
    for (const key of all) {
      if (!this.rows.has(key)) throw new Error(`${this.#file} has no row ${key}`);
      this.#named.add(key);
    }
    test(`${all.join(', ')}: ${what}`, run);
  }

  /** A test that fails when some row is in no test's name. */
  complete(): void {
    const missing = [...this.rows.keys()].filter((key) => !this.#named.has(key));
    test(`every row of ${this.#file} is in the name of a test`, () => {
      expect(this.rows.size).toBeGreaterThan(0);
      expect(missing).toEqual([]);
    });
  }
}

/** A part of a table's tests, as `describe` is a part of a file's: what it declares is as long as the table. */
export function rows<Given extends readonly unknown[]>(
  declare: (surface: Surface, ...given: Given) => void,
): (surface: Surface, ...given: Given) => void {
  return declare;
}
