/** A vendor's public surface as rows, each of which some test has to exercise: `spec/surface/*.toml`. */
import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { WITHOUT_BROWSER } from './without-browser.js';

const FOLDER = new URL('../../../spec/surface/', import.meta.url);

/** Each fact by its key: the names of its tables and its own, with dots between. */
function* factsOf(table: object, above = ''): Generator<readonly [string, string]> {
  for (const [name, value] of Object.entries(table) as [string, unknown][]) {
    const key = above + name;
    if (typeof value === 'string') yield [key, value];
    else if (typeof value === 'object' && value !== null) yield* factsOf(value, `${key}.`);
    else throw new Error(`${key} is neither a table nor a text`);
  }
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
    const facts = [...factsOf(parse(readFileSync(new URL(file, FOLDER), 'utf8')))];
    this.rows = new Map(facts);
    if (this.rows.size !== facts.length) throw new Error(`${file} has two rows of one key`);
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

  /** A test that fails when some row is in no test's name, neither here nor in the suite without a browser. */
  complete(): void {
    const known = new Set([...this.#named, ...this.#withoutBrowser()]);
    const missing = [...this.rows.keys()].filter((key) => !known.has(key));
    test(`every row of ${this.#file} is in the name of a test`, () => {
      expect(this.rows.size).toBeGreaterThan(0);
      expect(missing).toEqual([]);
    });
  }

  /** A test that fails when the rows in tests' names are others than those that need no browser. */
  completeWithoutBrowser(): void {
    const named = [...this.#named].toSorted();
    test(`the rows of ${this.#file} that need no browser are in the names of tests`, () => {
      expect(named.length).toBeGreaterThan(0);
      expect(named).toEqual(this.#withoutBrowser().toSorted());
    });
  }

  #withoutBrowser(): string[] {
    return (WITHOUT_BROWSER[this.#file] ?? []).flatMap((key) => {
      const [kind = '', name] = key.split(/\.(?=[^.]*$)/);
      if (name !== '*') return [key];
      return this.names(kind).map((each) => `${kind}.${each}`);
    });
  }
}

/** Does something once, when it is first asked for. */
export function once<Result>(what: () => Promise<Result>): () => Promise<Result> {
  let doing: Promise<Result> | undefined;
  return () => {
    doing ??= what();
    return doing;
  };
}

const early: (() => Promise<unknown>)[] = [];

/** Does something once, which mostly waits: other tests run meanwhile if `beginEarly` is called before them. */
export function onceEarly<Result>(what: () => Promise<Result>): () => Promise<Result> {
  const doing = once(what);
  early.push(doing);
  return doing;
}

/** Begins all that this file does early; tests that ask for it fail with its error. */
export function beginEarly(): void {
  for (const begin of early.splice(0)) void begin().catch(() => undefined);
}

/** A part of a table's tests, as `describe` is a part of a file's: what it declares is as long as the table. */
export function rows<Given extends readonly unknown[]>(
  declare: (surface: Surface, ...given: Given) => void,
): (surface: Surface, ...given: Given) => void {
  return declare;
}
