/** What a field of a frame may be: checks, and checks made of checks. `frame-checks.ts` is a table of them. */

/** Whether a value will do; `frame` is the object that it is a field of. */
export type Check = (value: unknown, frame?: Readonly<Record<string, unknown>>) => boolean;
export type FieldChecks = Readonly<Record<string, Check>>;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text of so many code points, as JSON Schema counts them. */
export const text =
  (most: number, least = 0) =>
  (value: unknown): value is string =>
    typeof value === 'string' && value.length >= least && [...value].length <= most;

export const matching =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);

/** Of a kind, and in bounds. Nothing is above a bound that is not there. */
const between =
  (isKind: (value: unknown) => boolean) =>
  (least: number, most?: number): Check =>
  (value) =>
    isKind(value) && (value as number) >= least && !((value as number) > (most as number));

type Between = (least: number, most?: number) => Check;
export const number: Between = between(Number.isFinite);
export const integer: Between = between(Number.isSafeInteger);

export const flag: Check = (value) => typeof value === 'boolean';

export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
export const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
/** A field that has to be one thing where another field is `word`, and something else otherwise. */
export const when =
  (name: string, word: string, then: Check, otherwise: Check): Check =>
  (value, frame) =>
    (frame?.[name] === word ? then : otherwise)(value);

/** An object with these fields, and maybe others. */
export const shaped =
  (fields: FieldChecks): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name], value));

export const listOf =
  (check: Check, most: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every((item) => check(item));

/** An object whose names and values are all of a kind. */
export const mapOf =
  (name: Check, item: Check, most: number): Check =>
  (value) =>
    isObject(value) &&
    Object.keys(value).length <= most &&
    Object.entries(value).every(([key, each]) => name(key) && item(each));
