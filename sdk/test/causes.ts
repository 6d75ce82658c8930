/** How a server ends a call: message and numbers, from the shared table. */
import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';

const ROWS = parse(
  readFileSync(new URL('../../spec/causes.toml', import.meta.url), 'utf8'),
) as Record<string, Record<string, unknown>>;

/** The fields of `ended` that come of the cause. */
export function saidOf(cause: string): { message: string; sip: number; q850: number } {
  const { sentence, sip, q850 } = ROWS[cause] ?? {};
  return { message: String(sentence), sip: Number(sip), q850: Number(q850) };
}
