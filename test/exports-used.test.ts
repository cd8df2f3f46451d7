/** What a file exports, another one imports: a value that only its own file uses is not exported, one that nobody uses goes. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, normalize } from 'node:path';

const root = join(import.meta.dirname, '..');

/** For other people's apps, and what tools/docs.mjs bundles. */
const ENTRY_POINTS = /^cdk8s\/(library|docs\/index\.ts)\b/;

interface Source {
  readonly path: string;
  readonly text: string;
}

const sources = ['cdk8s', 'test', 'tools', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => ['.ts', '.mjs', '.js'].includes(extname(path)) && !path.includes('node_modules'))
    .map((path): Source => ({ path: `${folder}/${path}`, text: readFileSync(join(root, folder, path), 'utf8') })),
);

/** `cdk8s/paths.ts OVERLAYS`, for each constant, function and class. */
function exportsOf({ path, text }: Source): string[] {
  const written = /^export (?:abstract |async )*(?:const|let|function\*?|class) (\w+)/gm;
  return [...text.matchAll(written)].map(([, name = '']) => `${path} ${name}`);
}

/** The same for what a file imports, or passes on; `*` for a whole module. */
function importsOf({ path, text }: Source): string[] {
  const written = /^(?:import|export)\s(?:type\s)?([^;'"]*?)\sfrom\s'(\.[^'\n]+)';/gm;
  const onDemand = /const (\{[^}]*\}) = await import\('(\.[^'\n]+)'\)/g;
  return [...text.matchAll(written), ...text.matchAll(onDemand)].flatMap(([, clause = '', from = '']) => {
    const file = normalize(join(dirname(path), from));
    const names = /\{([^}]*)\}/.exec(clause)?.[1];
    if (names === undefined) return [`${file} *`];
    return names
      .split(',')
      .map((name) => name.trim().replace(/^type\s+/, ''))
      .filter((name) => name !== '')
      .map((name) => `${file} ${name.split(' as ')[0]?.trim() ?? ''}`);
  });
}

const imported = new Set(sources.flatMap(importsOf));

function isUsed(name: string): boolean {
  const [path = ''] = name.split(' ');
  return imported.has(name) || imported.has(`${path} *`) || ENTRY_POINTS.test(path);
}

test.each(['cdk8s', 'test'])('of %s', (folder) => {
  const own = sources.filter(({ path }) => path.startsWith(`${folder}/`) && path.endsWith('.ts'));
  expect(own.flatMap(exportsOf).filter((name) => !isUsed(name))).toEqual([]);
});

describe('what is read', () => {
  test('exports', () => {
    const text =
      'export const A = 1;\nexport async function b() {}\nconst c = 2;\nexport interface D {}\nexport class E {}\n';
    expect(exportsOf({ path: 'cdk8s/x.ts', text })).toEqual(['cdk8s/x.ts A', 'cdk8s/x.ts b', 'cdk8s/x.ts E']);
  });

  test('imports', () => {
    const text = [
      "import { a, type B,\n  c as d } from '../y.ts';",
      "import * as z from './z.ts';",
      "export { e } from './e.ts';",
      "import { f } from 'elsewhere';",
      '',
    ].join('\n');
    expect(importsOf({ path: 'test/a/x.ts', text })).toEqual([
      ...['test/y.ts a', 'test/y.ts B', 'test/y.ts c', 'test/a/z.ts *', 'test/a/e.ts e'],
    ]);
  });
});
