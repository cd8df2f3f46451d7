/** The chart of a release: the one of the repository, with a digest at every image that it names. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { writeChart, withDigests } from '../tools/release-chart.mjs';
import { NODE_IMAGE } from '../cdk8s/version.ts';

const repository = join(import.meta.dirname, '..');
const digestOf = (image: string): string => `sha256:${createHash('sha256').update(image).digest('hex')}`;

/** Paths below a folder, sorted. */
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

/** Every scalar called image or nodeImage. */
function images(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    /^(image|nodeImage)$/.test(key) && typeof inner === 'string' ? [inner] : images(inner),
  );
}

describe('the chart of a release', () => {
  let out: string;
  const asked = new Map<string, string>();

  beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), 'flatlan-release-'));
    // What an earlier run left goes.
    mkdirSync(join(out, 'flatlan'), { recursive: true });
    writeFileSync(join(out, 'flatlan/old.yaml'), 'old');
    writeChart(out, (image, key) => {
      asked.set(image, key);
      return digestOf(image);
    });
  });

  afterAll(() => {
    rmSync(out, { recursive: true, force: true });
  });

  test('holds the files that git knows, and only values.yaml differ', () => {
    expect(readdirSync(out)).toEqual(['flatlan']);
    const tracked = spawnSync('git', ['ls-files', 'charts/flatlan'], { cwd: repository, encoding: 'utf8' })
      .stdout.trim()
      .split('\n')
      .map((path) => path.replace('charts/flatlan/', ''));
    expect(files(join(out, 'flatlan'))).toEqual(tracked.sort());
    const changed = tracked.filter(
      (path) =>
        readFileSync(join(out, 'flatlan', path), 'utf8') !==
        readFileSync(join(repository, 'charts/flatlan', path), 'utf8'),
    );
    expect(changed).toEqual(['charts/multus/values.yaml', 'values.yaml']);
  });

  test('every image in it has a digest: ours the one of the build, the others what their registries say', () => {
    const found = files(join(out, 'flatlan'))
      .filter((path) => path.endsWith('values.yaml'))
      .flatMap((path) => images(parse(readFileSync(join(out, 'flatlan', path), 'utf8'))));
    expect(found.length).toBeGreaterThanOrEqual(4);
    expect(found.filter((image) => !/:[^@/]+@sha256:[0-9a-f]{64}$/.test(image))).toEqual([]);
    expect(found).toContain(`${NODE_IMAGE}@${digestOf(NODE_IMAGE)}`);
    expect(asked.get(NODE_IMAGE)).toBe('nodeImage');
    expect([...asked.values()].filter((key) => key === 'nodeImage')).toHaveLength(1);
  });
});

describe('digests', () => {
  const digest = `sha256:${'a'.repeat(64)}`;

  test('one that is there stays, quotes or not, and nothing else of the text changes', () => {
    const text = `# image: none:1\nimage: "one.example/a:1@${digest}"\nnot: {image: two:2}\nsub:\n  image: two.example:5000/b:2\n`;
    expect(withDigests(text, () => digest)).toBe(
      text.replace('b:2', `b:2@${digest}"`).replace('image: two.example', 'image: "two.example'),
    );
  });

  test.each(['', 'sha256:abc', `${digest}\n`, 'latest'])('an answer that is no digest is refused: %j', (answer) => {
    expect(() => withDigests('image: a:1\n', () => answer)).toThrow('is no digest (of a:1)');
  });
});

test.each([
  [[], 'a digest and a folder are needed'],
  [['--node-digest', 'latest', '--out', 'x'], 'a digest and a folder are needed'],
  [['--nodedigest', 'x'], "Unknown option '--nodedigest'"],
])('wrong usage: %j', (args, said) => {
  const { status, stderr } = spawnSync(process.execPath, [join(repository, 'tools/release-chart.mjs'), ...args], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
});
