/** Files and folders that comments and pages name are there, and links on pages lead to a heading. */
import { describe, expect, test } from '@jest/globals';
import { dirname, extname, join, normalize } from 'node:path';
import { anchorsOf, files, folders, prose, textOf, texts, type Line } from './sources.ts';

/** Pages of others, each named with the project that has it. */
const ofOthers: ReadonlySet<string> = new Set(['SPEC.md', 'datastore/ha.md', 'install/ha.md', 'image-layout.md']);

const path = /(?<![\w.@*~${}<>:/-])(?:\.{1,2}\/)*(?:\w[\w@-]*(?:\.[\w@-]+)*\/)*\w[\w@-]*(?:\.[\w@-]+)*(?![\w/*{<$-])/g;
const ours = /^(cdk8s|cni|docs|test|tools|bench|charts\/flatlan)\//;
/** What upstream's files are hardly called by, or are in `ofOthers`. */
const always = new Set(['.md', '.ts', '.mjs']);
const goFolders = new Set(
  files.filter((file) => file.endsWith('.go')).map((file) => dirname(file).split('/').at(-1) ?? ''),
);
/** Every end of a path from a folder on: `rules/index.ts` is cdk8s/plan/rules/index.ts. */
const ends = new Set(
  [...files, ...folders].flatMap((file) => file.split('/').map((_, index, parts) => parts.slice(index).join('/'))),
);

function isThere(named: string, from: string): boolean {
  const relative = normalize(join(dirname(from), named));
  return ends.has(named.replace(/^(\.{1,2}\/)+/, '')) || files.includes(relative) || folders.has(relative);
}

/** A file of ours by its name: of Go's, which upstream has too, by the folder of a package, or from within our own. */
function meansOurs(named: string, from: string): boolean {
  const [first = '', ...rest] = named.replace(/^(\.{1,2}\/)+/, '').split('/');
  if (ours.test(named) || always.has(extname(named))) return true;
  return (
    extname(named) === '.go' &&
    (rest.length === 0 ? from.startsWith('cni/') : rest.length === 1 && goFolders.has(first))
  );
}

function missing({ path: from, number, text }: Line): string[] {
  return [...text.matchAll(path)]
    .map(([named]) => named)
    .filter((named) => !ofOthers.has(named) && meansOurs(named, from) && !isThere(named, from))
    .map((named) => `${from}:${number}: ${named}`);
}

function brokenLinks(page: string, text = textOf(page)): string[] {
  return [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].flatMap(([, target = '', anchor]) => {
    const file = target === '' ? page : normalize(join(dirname(page), target)).replace(/\/$/, '');
    const there =
      file === page || files.includes(file)
        ? anchor === undefined || anchorsOf(file === page ? text : textOf(file)).includes(anchor)
        : folders.has(file) && anchor === undefined;
    return there ? [] : [`${page}: ${target}${anchor === undefined ? '' : `#${anchor}`}`];
  });
}

const pages = texts.filter((file) => file.endsWith('.md'));

test('of files and folders', () => {
  const self = 'test/docs/mentions.test.ts';
  expect(texts.filter((file) => file !== self).flatMap((file) => prose(file).flatMap(missing))).toEqual([]);
});

test('links', () => {
  expect(pages.flatMap((page) => brokenLinks(page))).toEqual([]);
});

test('pages of others are still named', () => {
  const said = texts.flatMap((file) => prose(file).map(({ text }) => text)).join('\n');
  expect([...ofOthers].filter((name) => !said.includes(name))).toEqual([]);
});

describe('what is found', () => {
  test.each([
    [
      'a page of a folder that is not here',
      'cdk8s/a.ts',
      ' * as tried (facts/calico.md section 4).',
      'facts/calico.md',
    ],
    ['a page that is not here', 'cdk8s/a.ts', 'x(); // design.md, "Names"', 'design.md'],
    ['a file that was moved', 'test/a.test.ts', '// cdk8s/plan/gone.ts says why', 'cdk8s/plan/gone.ts'],
    ['one by the end of its path', 'cdk8s/a.ts', ' * One table (rules/gone.ts).', 'rules/gone.ts'],
    ['a folder', 'README.md', 'Tests lie in test/gone, and', 'test/gone'],
    ['a file of Go by its package', 'docs/a.md', 'filtered (routefix/gone.go).', 'routefix/gone.go'],
    ['a file of Go from within', 'cni/internal/agent/a.go', '// see gone.go', 'gone.go'],
    ['a script', 'cni/a.go', '// bench/gone.sh runs it.', 'bench/gone.sh'],
  ])('%s', (_, from, text, named) => {
    expect(prose(from, text).flatMap(missing)).toEqual([`${from}:1: ${named}`]);
  });

  test.each([
    ['code', 'cdk8s/a.ts', "const name = 'notes.md';"],
    ["upstream's source", 'cdk8s/a.ts', '// tigera/operator v1.42.3, pkg/render/typha.go and startup.go'],
    ["upstream's site", 'docs/a.md', 'see https://example.net/docs/gone.md'],
    ['a placeholder', 'docs/a.md', '`overlays/<cluster>/generated/STEPS.md` and docs/<name>.md'],
    ['files that are here', 'cdk8s/plan/rules/index.ts', '// docs/plan.md, checked-plan.ts, ../rule.ts, test/lab'],
  ])('and not: %s', (_, from, text) => {
    expect(prose(from, text).flatMap(missing)).toEqual([]);
  });

  test('links to a page, a folder and a heading that are not there', () => {
    const page = '# A\n[a](#a) [b](#b) [c](rules.md) [d](gone.md) [e](rules.md#gone) [f](../gone/) [g](../cni/)\n';
    expect(brokenLinks('docs/a.md', page)).toEqual([
      'docs/a.md: #b',
      'docs/a.md: gone.md',
      'docs/a.md: rules.md#gone',
      'docs/a.md: ../gone/',
    ]);
  });
});
