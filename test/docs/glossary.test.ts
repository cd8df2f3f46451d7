/** docs/glossary.md: each word is in use, and lives where the page says. */
import { describe, expect, test } from '@jest/globals';
import { files, textOf, texts } from './sources.ts';

const PAGE = 'docs/glossary.md';

interface Entry {
  readonly word: string;
  /** What stands in backticks after "Where:". */
  readonly places: readonly string[];
}

function entriesOf(page: string): Entry[] {
  return page
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [word = ''] = part.split('\n', 1);
      const where = /^- Where: (.*)$/m.exec(part)?.[1] ?? '';
      // A link is looked up by mentions.test.ts.
      return {
        word,
        places: [...where.matchAll(/`([^`]+)`|\]\(([^)]+)\)/g)].map(([, code, link]) => code ?? link ?? ''),
      };
    });
}

/** Every key of a plan, as docs/plan.md names maps and their keys: `networks.<name>.gateway`. */
function planKeys(page: string): Set<string> {
  const keys = new Set<string>();
  let map = '';
  for (const line of page.split('\n')) {
    const heading = /^## (?:`(.+)`|.*)$/.exec(line);
    if (heading) map = heading[1] === undefined ? '' : `${heading[1]}.`;
    const key = /^\| `([^`]+)` \|/.exec(line)?.[1];
    if (key !== undefined) keys.add(`${map}${key}`);
    if (heading?.[1] !== undefined) keys.add(heading[1]);
  }
  return keys;
}

const entries = entriesOf(textOf(PAGE));
const keys = planKeys(textOf('docs/plan.md'));
const code = texts.filter((path) => /^(cdk8s|cni)\/.*\.(ts|go)$/.test(path)).map((path) => textOf(path));
const said = [
  textOf('plan.schema.json'),
  ...code,
  ...texts.filter((path) => path.endsWith('.md') && path !== PAGE).map((path) => textOf(path)),
];

/** In any case, one or several, at the end of a line or not; `SourceRule` and `source-rules` too. */
function isUsed(word: string, within: readonly string[]): boolean {
  const [last = '', ...first] = word.split(' ').reverse();
  const plural = last.endsWith('x') ? `${last}(es)?` : last.endsWith('y') ? `${last.slice(0, -1)}(y|ies)` : `${last}s?`;
  const pattern = new RegExp(`\\b${[...first.reverse(), plural].join('[\\s*/-]*')}\\b`, 'i');
  return within.some((text) => pattern.test(text));
}

/** A key of the plan, a file by the end of its path, or a name that code declares. */
function isThere(place: string): boolean {
  if (/\.(ts|go|md)$/.test(place)) return files.some((path) => `/${path}`.endsWith(`/${place}`));
  if (keys.has(place)) return true;
  const declared = new RegExp(`^(export (interface|type|class|function|const)|  readonly|type) ${place}\\b`, 'm');
  return /^\w+$/.test(place) && code.some((text) => declared.test(text));
}

test('words', () => {
  expect(entries.length).toBeGreaterThan(0);
  expect([...new Set(entries.map(({ word }) => word))]).toEqual(entries.map(({ word }) => word));
});

test.each(entries)('$word is in use', ({ word }) => {
  expect(isUsed(word, said)).toBe(true);
});

test.each(entries)('$word lives somewhere', ({ places }) => {
  expect(places).not.toEqual([]);
  expect(places.filter((place) => !isThere(place))).toEqual([]);
});

describe('what the tests above go by', () => {
  test('entries', () => {
    const page = '# Page\n\n### Source rule\n\nIt is.\n\n- Where: `a.b`, [c](c.md)\n\n### Lost\n\nNowhere.\n';
    expect(entriesOf(page)).toEqual([
      { word: 'Source rule', places: ['a.b', 'c.md'] },
      { word: 'Lost', places: [] },
    ]);
  });

  test('use', () => {
    expect(isUsed('Source rule', ['all source\n * rules of it'])).toBe(true);
    expect(isUsed('Prefix', ['two prefixes'])).toBe(true);
    expect(isUsed('Link', ['linked'])).toBe(false);
  });

  test('places', () => {
    expect(
      ['networks.<name>.reach', 'loadBalancers', 'Segment', 'rules/index.ts'].filter((at) => !isThere(at)),
    ).toEqual([]);
    expect(['networks.<name>.gone', 'gone', 'Gone', 'rules/gone.ts', 'segment of'].filter(isThere)).toEqual([]);
  });
});
