/** Values that the schema of frames allows, and values close to them: made from the schema itself. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';

export const schema = JSON.parse(
  readFileSync(new URL('../../../spec/link/frames.schema.json', import.meta.url), 'utf8'),
);
type Part = { readonly [key: string]: unknown } & {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly oneOf?: readonly Part[];
  readonly type?: string | readonly string[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Part>>;
  readonly required?: readonly string[];
  readonly items?: Part;
  readonly propertyNames?: Part;
  readonly additionalProperties?: Part;
  readonly then?: Part;
};
export const DEFS = schema.$defs as Record<string, Part>;
const bound = (part: Part, name: string, otherwise: number): number =>
  typeof part[name] === 'number' ? part[name] : otherwise;

function textOf(part: Part): fc.Arbitrary<string> {
  if (part.pattern) return fc.stringMatching(new RegExp(part.pattern));
  const [minLength, maxLength] = [bound(part, 'minLength', 0), bound(part, 'maxLength', 64)];
  const long = ['x', '\u00e9', '\u{1f600}'].map((letter) => letter.repeat(maxLength));
  const short = fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, 12) });
  return fc.oneof({ weight: 9, arbitrary: short }, fc.constantFrom(...long));
}

function objectOf(part: Part): fc.Arbitrary<unknown> {
  if (!part.properties) {
    const [name, item] = [part.propertyNames, part.additionalProperties];
    if (!name || !item) return fc.constantFrom<object>({}, { a: 1 });
    const maxKeys = bound(part, 'maxProperties', 5);
    const key = textOf(DEFS[String(name.$ref?.split('/').at(-1))] as Part);
    return fc.oneof(
      { weight: 9, arbitrary: fc.dictionary(key, valid(item), { maxKeys: 3 }) },
      fc.dictionary(key, fc.constant(''), { minKeys: maxKeys, maxKeys }),
    );
  }
  const fields = Object.entries(part.properties).map(([name, field]) => [name, valid(field)]);
  const requiredKeys = [...(part.required ?? [])];
  const shape: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(fields);
  const plain = fc.record(shape, { requiredKeys });
  if (!part.then) return plain;
  const strict = valid({ type: 'object', ...part.then.properties?.['details'] });
  return fc.oneof(
    plain,
    fc.tuple(plain, strict).map(([all, details]) => ({ ...all, event: 'dial-ended', details })),
  );
}

/** Values that the schema allows, bounds included. */
export function valid(part: Part): fc.Arbitrary<unknown> {
  if (part.$ref) return valid(DEFS[part.$ref.split('/').at(-1) as string] as Part);
  if ('const' in part) return fc.constant(part.const);
  if (part.enum) return fc.constantFrom(...part.enum);
  if (part.oneOf) return fc.oneof(...part.oneOf.map(valid));
  if (Array.isArray(part.type))
    return fc.oneof(...part.type.map((type) => valid({ ...part, type })));
  if (part.type === 'string') return textOf(part);
  if (part.type === 'boolean') return fc.boolean();
  if (part.type === 'array') {
    const maxLength = bound(part, 'maxItems', 3);
    return fc.array(valid(part.items as Part), { maxLength, size: 'small' });
  }
  if (part.type === 'object') return objectOf(part);
  if (part.type === 'null') return fc.constant(null);
  const [least, most] = [bound(part, 'minimum', -5), bound(part, 'maximum', 2 ** 53 - 1)];
  const bounds = fc.constantFrom(least, most);
  if (part.type !== 'integer')
    return fc.oneof(fc.double({ min: least, max: 1e9, noNaN: true }), bounds);
  return fc.oneof(fc.integer({ min: least, max: Math.min(most, least + 9) }), bounds);
}

/** What a changed place becomes, by what it was. */
export type Change = (old: unknown) => unknown;

const to =
  (value: unknown): Change =>
  () =>
    value;

/** Every number of the schema by its keyword. */
function boundsIn(part: object): [string, number][] {
  return Object.entries(part).flatMap(([name, value]): [string, number][] => {
    if (typeof value === 'number') return [[name, value]];
    return typeof value === 'object' && value !== null ? boundsIn(value) : [];
  });
}

/** Every bound of the schema and what is next to it, values of all kinds, and nothing. */
export function changes(): fc.Arbitrary<Change> {
  const found = new Set<unknown>([null, true, '', 'x', 0, 0.5, -1, 1e300, 2 ** 53, 'hold\n']);
  for (const [name, value] of boundsIn(schema)) {
    if (/Length$/.test(name)) {
      for (const letter of ['a', '\u{1f600}']) {
        found.add(letter.repeat(value)).add(letter.repeat(value + 1));
      }
    } else for (const off of [-1, 0, 0.5, 1]) found.add(value + off);
  }
  const many = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`h${index}`, '']));
  const composed = [[], {}, [1], [''], { a: 1 }, { 'a b': 'c' }, { a: '' }, many];
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...[...found, ...composed].map(to)) },
    { weight: 1, arbitrary: fc.constant(to(undefined)) },
  );
}

/** What a value of the same kind can be at any bound of the schema and one beyond. */
export function atBounds(): (old: unknown) => readonly unknown[] {
  const all = boundsIn(schema);
  const near = (pattern: RegExp): number[] => {
    const values = all.filter(([name]) => pattern.test(name)).map(([, value]) => value);
    return [...new Set(values.flatMap((value) => [value - 1, value, value + 1]))];
  };
  const numbers = near(/imum$/);
  const texts = near(/Length$/).filter((length) => length >= 0 && length < 2_000);
  const lengths = near(/^max(Items|Properties)$/);
  const mapOf = (length: number): object =>
    Object.fromEntries(Array.from({ length }, (_, index) => [`h${index}`, '']));
  return (old) => {
    if (typeof old === 'number') return numbers;
    if (typeof old === 'string') return texts.map((length) => 'a'.repeat(length));
    if (Array.isArray(old)) return lengths.map((n) => Array(old.length && n).fill(old[0]));
    return typeof old === 'object' && old !== null ? lengths.map(mapOf) : [];
  };
}

/** Every place in a value: the names that lead to it, and what is there. */
export function* placesIn(
  value: unknown,
  above: readonly string[] = [],
): Generator<readonly [way: readonly string[], value: unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const way = [...above, name];
    yield [way, inner];
    yield* placesIn(inner, way);
  }
}

/** A copy with one place changed, or without it when it becomes `undefined`. */
export function changed(value: unknown, way: readonly string[], change: Change): unknown {
  const [name, ...rest] = way as [string, ...string[]];
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  const old = Reflect.get(copy, name) as unknown;
  const next = rest.length > 0 ? changed(old, rest, change) : change(old);
  if (next === undefined) Reflect.deleteProperty(copy, name);
  else Reflect.set(copy, name, next);
  return copy;
}
