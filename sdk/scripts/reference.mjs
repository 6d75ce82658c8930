// Writes the SDK's reference from what api-extractor has read out of the source: for each entry an index, a page for
// each class, and a page with all other types.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entriesOf } from './entries.mjs';

const here = join(import.meta.dirname, '..');
const out = join(here, '../docs/reference/sdk');
const OTHER = 'types';
const KINDS = {
  Class: 'class',
  Constructor: 'constructor',
  Function: 'function',
  IndexSignature: 'index signature',
  Interface: 'interface',
  Method: 'method',
  MethodSignature: 'method',
  Namespace: 'namespace',
  TypeAlias: 'type',
  Variable: 'variable',
};

/** A doc comment, without its frame of stars: `text`, and the texts of `param`, `returns`, `throws` and `remarks`. */
function parse(comment) {
  const lines = comment
    .trim()
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''));
  const [text, ...blocks] = lines.join('\n').split(/^@(?=\w)/m);
  const found = { text: text.trim(), param: [], returns: [], throws: [], remarks: [] };
  for (const block of blocks) {
    const [, tag, rest] = /^(\w+)\s*([\s\S]*)$/.exec(block);
    found[tag]?.push(rest.trim());
  }
  // The model adds this sentence to every class without a public constructor.
  found.remarks = found.remarks.filter(
    (remark) => !remark.startsWith('The constructor for this class'),
  );
  return found;
}

/** Every export of an entry, those in namespaces included, by its whole name. */
function* exportsOf(members, above = '') {
  for (const member of members) {
    if (member.releaseTag === 'Internal') continue;
    const name = above + member.name;
    if (member.kind === 'Namespace') yield* exportsOf(member.members, `${name}.`);
    else yield { ...member, name };
  }
}

/** The reference of one entry: a map of file names to Markdown. */
export function pagesOf(model, module) {
  const all = [...exportsOf(model.members[0].members)];
  const isPage = ({ kind, name }) => kind === 'Class' && !name.includes('.');
  const page = (item) => (isPage(item) ? item.name : OTHER);
  const places = new Map(
    all.map((item) => [item.name, `${page(item)}.md${isPage(item) ? '' : `#${item.name}`}`]),
  );

  const linked = (text) =>
    text.replace(/\{@link ([^}|\s]+)(?:\s*\|\s*([^}]*))?\}/g, (_, target, label) => {
      const [name] = [target, target.split('.')[0]].filter((each) => places.has(each));
      const words = label?.trim() || `\`${target}\``;
      return name ? `[${words}](${places.get(name)})` : words;
    });
  const paragraph = (text) => linked(text).replace(/(?<!`)<(?=[a-z/])/gi, '&lt;');
  const cell = (text) =>
    paragraph(text)
      .replace(/\s*\n\s*/g, ' ')
      .replaceAll('|', '\\|');
  const code = (text) => text.replace(/\s+/g, ' ').trim();
  const signature = (item) =>
    item.excerptTokens
      .map(({ text }) => text)
      .join('')
      .trim();
  const typeOf = ({ excerptTokens, propertyTypeTokenRange: range }) =>
    code(
      excerptTokens
        .slice(range.startIndex, range.endIndex)
        .map(({ text }) => text)
        .join(''),
    );

  function properties(members) {
    if (members.length === 0) return [];
    const rows = members.map((member) => {
      const name = member.name.replaceAll('"', '') + (member.isOptional ? '?' : '');
      const type = `\`${typeOf(member).replaceAll('|', '\\|')}\``;
      return `| \`${name}\` | ${type} | ${cell(parse(member.docComment).text)} |`;
    });
    return ['| name | type | |', '|---|---|---|', ...rows, ''];
  }

  function described(item) {
    const said = parse(item.docComment);
    const params = said.param.map((text) => {
      const [, name, words] = /^(\S+)\s*-?\s*([\s\S]*)$/.exec(text);
      return `- \`${name}\`: ${paragraph(words)}`;
    });
    return [
      paragraph(said.text),
      ...said.remarks.map(paragraph),
      params.join('\n'),
      ...said.returns.map((text) => `Returns: ${paragraph(text)}`),
      ...said.throws.map((text) => `Throws: ${paragraph(text)}`),
    ].flatMap((text) => (text ? [text, ''] : []));
  }

  function body(item, depth) {
    const members = (item.members ?? []).filter(({ releaseTag }) => releaseTag !== 'Internal');
    const typed = members.filter(({ propertyTypeTokenRange }) => propertyTypeTokenRange);
    const others = members.filter((member) => !typed.includes(member));
    return [
      ...described(item),
      '```ts',
      signature(item),
      '```',
      '',
      ...properties(typed),
      ...others.flatMap((member) => [
        `${'#'.repeat(depth)} ${member.name || KINDS[member.kind]}`,
        '',
        ...described(member),
        '```ts',
        signature(member),
        '```',
        '',
      ]),
    ];
  }

  const pages = { index: [`# ${module}`, '', `Everything that \`${module}\` exports.`, ''] };
  pages.index.push('| name | | |', '|---|---|---|');
  for (const item of all) {
    const words = cell(parse(item.docComment).text.split('\n\n')[0]);
    pages.index.push(
      `| [\`${item.name}\`](${places.get(item.name)}) | ${KINDS[item.kind]} | ${words} |`,
    );
  }
  const rest = all.filter((item) => !isPage(item));
  if (rest.length > 0) pages[OTHER] = [`# Types of ${module}`, ''];
  for (const item of all) {
    if (isPage(item)) {
      pages[item.name] = [`# ${item.name}`, '', ...body(item, 2)];
    } else {
      pages[OTHER].push(`## ${item.name} {#${item.name}}`, '', ...body(item, 3));
    }
  }
  return Object.fromEntries(
    Object.entries(pages).map(([name, lines]) => [`${name}.md`, `${lines.join('\n').trim()}\n`]),
  );
}

/** Writes the reference of every entry that was built. */
function main() {
  rmSync(out, { recursive: true, force: true });
  for (const { name } of entriesOf(here)) {
    const model = JSON.parse(readFileSync(join(here, 'dist/model', `${name}.api.json`), 'utf8'));
    const folder = join(out, name);
    mkdirSync(folder, { recursive: true });
    const pages = pagesOf(model, name === 'offhook' ? 'offhook' : `offhook/${name}`);
    for (const [file, text] of Object.entries(pages)) writeFileSync(join(folder, file), text);
    process.stdout.write(
      `${name}: ${Object.keys(pages).length} pages in docs/reference/sdk/${name}\n`,
    );
  }
}

if (import.meta.filename === process.argv[1]) main();
