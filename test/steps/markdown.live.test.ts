import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { block, bullets, code, prose, table } from '../../cdk8s/steps/markdown.ts';
import { word } from '../../cdk8s/steps/shell.ts';
import { spawnSync } from 'node:child_process';
import { nodesOf, parseMarkdown, shownText } from './markdown.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
  fc.constantFrom(
    '`',
    '``',
    '` `',
    '|',
    'a|b',
    '\\',
    '\\|',
    '<b>',
    '<!--',
    '# x',
    '- x',
    '1. x',
    '[a](b)',
    '*a*',
    '_a_',
    '~~~',
    '```',
    '&lt;',
    '$(id)',
    "'",
    '${x}',
    '---',
    '\n\n# x',
    'x\n```\ny',
  ),
);
/** What one line can show: CommonMark takes line breaks in code for spaces. */
const onOneLine = (text: string): string => text.replace(/\s/g, ' ');
/** It also takes one space off both ends, where both are there. */
const visible = hostile.filter((text) => text.trim() !== '' && !text.includes('\0'));

describe('any text stands for itself', () => {
  test('as code in a sentence', () => {
    fc.assert(
      fc.property(visible, (text) => {
        const [paragraph, ...more] = parseMarkdown(`before ${code(text)} after`).children ?? [];
        expect(more).toEqual([]);
        expect(paragraph?.children?.map(({ type }) => type)).toEqual(['text', 'inlineCode', 'text']);
        const [found] = nodesOf(paragraph ?? { type: '' }, 'inlineCode');
        expect(found?.value?.trim()).toBe(onOneLine(text).trim());
      }),
    );
  });

  test('as code in a cell', () => {
    fc.assert(
      fc.property(visible, visible, (a, b) => {
        const tree = parseMarkdown(table(['x', 'y'], [[code(a), code(b)]]));
        const rows = nodesOf(tree, 'tableRow');
        expect(rows.map((row) => row.children?.length)).toEqual([2, 2]);
        const cells = nodesOf(rows[1] ?? { type: '' }, 'inlineCode').map(({ value }) =>
          value?.replaceAll('\\|', '|').trim(),
        );
        expect(cells).toEqual([a, b].map((text) => onOneLine(text).replaceAll('\\|', '\\ |').trim()));
      }),
    );
  });

  test('as a sentence', () => {
    fc.assert(
      fc.property(visible, (text) => {
        const tree = parseMarkdown(`before ${prose(text)} after`);
        expect(nodesOf(tree, 'html', 'link', 'emphasis', 'strong', 'delete', 'inlineCode', 'heading')).toEqual([]);
        expect(shownText(tree)).toBe(`before ${onOneLine(text)} after`);
      }),
    );
  });

  test('in a block of lines', () => {
    fc.assert(
      fc.property(visible, (text) => {
        const [found, ...more] = parseMarkdown(block('sh', [text])).children ?? [];
        expect(more).toEqual([]);
        expect(found).toMatchObject({ type: 'code', lang: 'sh' });
        expect(found?.value?.replace(/\r\n?/g, '\n')).toBe(text.replace(/\r\n?/g, '\n'));
      }),
    );
  });

  test('in a list', () => {
    const tree = parseMarkdown(bullets([`${code('a')} b`, `c\n# d`]));
    expect(nodesOf(tree, 'listItem')).toHaveLength(2);
    expect(shownText(tree)).toContain('d');
  });
});

test('any text is one word to a shell', () => {
  fc.assert(
    fc.property(visible, (text) => {
      const { stdout } = spawnSync('sh', ['-c', `printf %s ${word(text)}`], { encoding: 'utf8' });
      expect(stdout).toBe(text);
    }),
    { numRuns: 60 },
  );
});

test('what needs no quotes has none', () => {
  for (const plain of ['eth0.20', '192.168.2.0/24', 'overlays/home/generated/values.yaml'])
    expect(word(plain)).toBe(plain);
});
