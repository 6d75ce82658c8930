/** The SDK's reference is written from the model that api-extractor makes: pages, links and tables. */
import { expect, test } from 'vitest';
import { pagesOf } from '../scripts/reference.mjs';

const text = (words: string) => `/**\n * ${words.split('\n').join('\n * ')}\n */\n`;
const tokens = (...parts: string[]) => parts.map((part) => ({ kind: 'Content', text: part }));

const CALL = {
  kind: 'Class',
  name: 'Call',
  releaseTag: 'Public',
  docComment: text(
    'One call, see {@link Options}.\n\n@remarks\n\nThe constructor for this class is internal.',
  ),
  excerptTokens: tokens('export declare class Call '),
  members: [
    {
      kind: 'Method',
      name: 'hangup',
      releaseTag: 'Public',
      docComment: text(
        'Ends it.\n\n@param cause - Why.\n\n@throws\n\n{@link Failure} `wrong-state`.',
      ),
      excerptTokens: tokens('hangup(cause?: Cause): void;'),
    },
    {
      kind: 'Property',
      name: 'state',
      releaseTag: 'Public',
      docComment: text('Where it is.'),
      excerptTokens: tokens('get state(): ', "'up' | 'ended'", ';'),
      propertyTypeTokenRange: { startIndex: 1, endIndex: 2 },
    },
    { kind: 'Method', name: 'hidden', releaseTag: 'Internal', docComment: '', excerptTokens: [] },
  ],
};
const OPTIONS = {
  kind: 'Interface',
  name: 'Options',
  releaseTag: 'Public',
  docComment: text('What a call can have.'),
  excerptTokens: tokens('export interface Options '),
  members: [],
};
const NAMESPACE = { kind: 'Namespace', name: 'Call', releaseTag: 'Public', members: [OPTIONS] };

const pages = pagesOf({ members: [{ members: [CALL, OPTIONS, NAMESPACE] }] }, 'offhook');

test('a class has a page, and other exports share one', () => {
  expect(Object.keys(pages).sort()).toEqual(['Call.md', 'index.md', 'types.md']);
  expect(pages['types.md']).toContain('## Options {#Options}');
  expect(pages['types.md']).toContain('## Call.Options {#Call.Options}');
});

test('the index links every export with its first sentence', () => {
  expect(pages['index.md']).toContain(
    '| [`Call`](Call.md) | class | One call, see [`Options`](types.md#Options). |',
  );
  expect(pages['index.md']).toContain('[`Call.Options`](types.md#Call.Options)');
});

test('methods show parameters and errors, properties their types', () => {
  expect(pages['Call.md']).toContain('- `cause`: Why.');
  expect(pages['Call.md']).toContain('Throws: `Failure` `wrong-state`.');
  expect(pages['Call.md']).toContain("| `state` | `'up' \\| 'ended'` | Where it is. |");
});

test('internal members and remarks that the model adds are left out', () => {
  expect(pages['Call.md']).not.toContain('hidden');
  expect(pages['Call.md']).not.toContain('constructor');
});
