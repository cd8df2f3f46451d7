/** docs/facts.md: what comments cite is there, is cited, and says where it comes from. */
import { describe, expect, test } from '@jest/globals';
import { anchorOf, textOf, texts } from './sources.ts';

const PAGE = 'docs/facts.md';
const page = textOf(PAGE);

interface Section {
  readonly anchor: string;
  readonly body: string;
}

function sectionsOf(text: string): Section[] {
  return text
    .split(/^(?=#)/m)
    .filter((part) => part.startsWith('### '))
    .map((part) => {
      const [heading = ''] = part.split('\n', 1);
      return { anchor: anchorOf(heading.slice('### '.length)), body: part.slice(heading.length) };
    });
}

/** From any file, pages beside it among them. */
function citedIn(text: string): string[] {
  return [...text.matchAll(/\bfacts\.md#([\w-]+)/g)].map(([, anchor = '']) => anchor);
}

/** What a section lacks. */
function gaps({ body }: Section): string[] {
  const has = (word: string): boolean => new RegExp(`^- ${word}: \\S`, 'm').test(body);
  return [
    ...(/^[^-\s]/.test(body.trimStart()) ? [] : ['what upstream does']),
    ...(has('Read') || has('Tried') ? [] : ['Read or Tried']),
    ...(has('Here') ? [] : ['Here']),
  ];
}

const sections = sectionsOf(page);
const anchors = sections.map(({ anchor }) => anchor);
const citations = texts
  .filter((path) => path !== PAGE && path !== 'test/docs/facts.test.ts')
  .flatMap((path) => citedIn(textOf(path)).map((anchor) => ({ path, anchor })));

test('each citation leads to a section', () => {
  const lost = citations.filter(({ anchor }) => !anchors.includes(anchor));
  expect(lost.map(({ path, anchor }) => `${path}: ${anchor}`)).toEqual([]);
});

test('each section is cited', () => {
  const cited = new Set(citations.map(({ anchor }) => anchor));
  expect(anchors.filter((anchor) => !cited.has(anchor))).toEqual([]);
});

test('each section has its own address', () => {
  expect(anchors.length).toBeGreaterThan(0);
  expect([...new Set(anchors)]).toEqual(anchors);
});

test.each(sections)('$anchor says what, whence and what for', (section) => {
  expect(gaps(section)).toEqual([]);
});

describe('what the tests above go by', () => {
  test('sections', () => {
    const text = "# Page\n\n## Group\n\n### The kube's 1.2 way\n\nIt does.\n\n- Read: file\n\n### Other\n- Here: so\n";
    const [first, second, ...others] = sectionsOf(text);
    expect([first?.anchor, second?.anchor, others]).toEqual(['the-kubes-12-way', 'other', []]);
    expect([first, second].map((section) => section && gaps(section))).toEqual([
      ['Here'],
      ['what upstream does', 'Read or Tried'],
    ]);
  });

  test('citations', () => {
    expect(citedIn(' * One (docs/facts.md#as-numbers), [two](facts.md#cni-status). docs/facts.md')).toEqual([
      'as-numbers',
      'cni-status',
    ]);
  });
});
