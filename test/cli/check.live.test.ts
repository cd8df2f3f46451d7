import { describe, expect, test } from '@jest/globals';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { flatlan, inFolder, root, run } from './flatlan.ts';

const valid = join('overlays', 'flat-bgp', 'plan.yaml');
const sixMistakes = join('test', 'fixtures', 'six-mistakes.yaml');

describe('flatlan check', () => {
  test('says that a good plan is good, and ends with 0', () => {
    const { code, stdout } = flatlan(['check', valid]);
    expect(stdout).toContain(`${valid}: 0 errors`);
    expect(code).toBe(0);
  });

  test('needs nothing but cli.cjs and its program: what other commands load is in files of their own', async () => {
    await inFolder((folder) => {
      for (const name of readdirSync(join(root, 'build')).filter((file) => /^(cli|flatlan-\w+)\.cjs$/.test(file)))
        copyFileSync(join(root, 'build', name), join(folder, name));
      const alone = run(process.execPath, [join(folder, 'cli.cjs'), 'check', valid], root);
      expect(alone).toEqual(flatlan(['check', valid]));
      expect(run(process.execPath, [join(folder, 'cli.cjs'), 'values', valid], root).stderr).toContain('values.cjs');
    });
  });

  test('takes the plans of overlays/ when none is named', () => {
    expect(flatlan(['check']).stdout).toContain(valid);
  });

  test('the six mistakes: six findings with place and remedy at once, as the README shows them', () => {
    const { code, stdout } = flatlan(['check', sixMistakes]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/: 6 errors, [0-9]+ warnings?\n$/);
    expect(stdout.match(/^\S+:\d+:\d+ error [a-z-]+\/[a-z-]+$/gm)).toHaveLength(6);
    expect(stdout.match(/^ {2}-> \S/gm)?.length).toBeGreaterThanOrEqual(6);
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const shown = /<!-- six-mistakes[^>]*-->\n```\n([\s\S]*?)```\n<!-- \/six-mistakes -->/.exec(readme)?.[1];
    expect(shown).toBe(`$ npx flatlan check ${sixMistakes}\n${stdout}`);
  });

  test('--json: the same findings for scripts', () => {
    const { code, stdout } = flatlan(['check', '--json', sixMistakes]);
    expect(code).toBe(1);
    const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Record<string, unknown>[] };
    expect(ok).toBe(false);
    expect(findings.filter((finding) => finding.severity === 'error')).toHaveLength(6);
    for (const finding of findings)
      expect(Object.keys(finding).sort()).toEqual(['code', 'path', 'place', 'problem', 'remedy', 'severity']);
  });

  test('a missing file, a folder and an unreadable file are findings, all at once', async () => {
    await inFolder((folder) => {
      mkdirSync(join(folder, 'folder.yaml'));
      const { code, stdout } = flatlan(['check', 'missing.yaml', 'folder.yaml'], { cwd: folder });
      expect(code).toBe(3);
      expect(stdout).toContain(
        'missing.yaml:1:1 error plan/unreadable\n  this file does not exist\n  -> give the path of an existing plan',
      );
      expect(stdout).toContain('folder.yaml:1:1 error plan/unreadable\n  this is a folder\n');
      expect(stdout).toContain('2 errors');
      if (process.getuid?.() === 0) return; // root may read everything
      writeFileSync(join(folder, 'secret.yaml'), 'version: 1\n');
      chmodSync(join(folder, 'secret.yaml'), 0);
      expect(flatlan(['check', 'secret.yaml'], { cwd: folder }).stdout).toContain(
        'there is no permission to read this file',
      );
    });
  });

  test.each([
    ['check', 'missing.yaml'],
    ['check', '--json', 'missing.yaml'],
    ['check', 'missing.yaml', join(root, sixMistakes)],
    ['check', join(root, sixMistakes), 'missing.yaml'],
    ['synth', 'missing.yaml'],
    ['synth', '--json', 'missing.yaml', join(root, valid)],
    ['values', 'missing.yaml'],
  ])('%s %s ends with 3: the file is not there, whatever the other plans have', async (...args) => {
    await inFolder((folder) => {
      expect(flatlan(args, { cwd: folder }).code).toBe(3);
    });
  });

  test('two plans of one cluster, or with different chart versions, do not go together', async () => {
    await inFolder((folder) => {
      const plan = readFileSync(join(root, valid), 'utf8');
      writeFileSync(join(folder, 'a.yaml'), plan);
      writeFileSync(join(folder, 'b.yaml'), plan);
      writeFileSync(
        join(folder, 'c.yaml'),
        `${plan.replace('cluster: flat-bgp', 'cluster: other')}versions: {calico: v3.33.0}\n`,
      );
      const { code, stdout } = flatlan(['check', 'a.yaml', 'b.yaml', 'c.yaml'], { cwd: folder });
      expect(code).toBe(1);
      expect(stdout).toContain('a.yaml and b.yaml are both plans of cluster flat-bgp');
      expect(stdout).toContain('c.yaml has calico v3.33.0, but a.yaml has v3.32.1');
    });
  });
});

describe('color', () => {
  const colored = (env: Record<string, string>): boolean => {
    const { stdout } = spawnSync(process.execPath, [join(root, 'build', 'cli.cjs'), 'check', sixMistakes], {
      cwd: root,
      env: { PATH: process.env.PATH, ...env },
      encoding: 'utf8',
    });
    const plain = stripVTControlCharacters(stdout);
    expect(plain).toBe(flatlan(['check', sixMistakes]).stdout);
    return plain !== stdout;
  };

  test.each<[boolean, Record<string, string>]>([
    [false, {}],
    [false, { TERM: 'xterm-256color' }],
    [true, { FORCE_COLOR: '1' }],
    [true, { CI: 'true' }],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }],
  ])('%s in a pipe with %j', (expected, env) => {
    expect(colored(env)).toBe(expected);
  });
});

test('more findings than a pipe holds are written whole', () => {
  const many = Array.from({ length: 60 }, () => sixMistakes);
  const { stdout } = flatlan(['check', '--json', ...many]);
  expect(stdout.length).toBeGreaterThan(100_000);
  expect((JSON.parse(stdout) as { findings: unknown[] }).findings.length).toBeGreaterThanOrEqual(6 * many.length);
});

describe('wrong usage ends with 2', () => {
  test.each([
    ['an unknown command', ['chek'], "error: unknown command 'chek'\n(Did you mean check?)"],
    ['an unknown option', ['check', '--jsno'], "error: unknown option '--jsno'\n(Did you mean --json?)"],
    ['values without a plan', ['values'], "error: missing required argument 'plan'"],
    ['an unknown schema', ['schema', 'pla'], "error: command-argument value 'pla' is invalid"],
  ])('%s', (_, args, message) => {
    const { code, stderr } = flatlan(args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test('no plan named and none in overlays/', async () => {
    await inFolder((folder) => {
      const { code, stderr } = flatlan(['check'], { cwd: folder });
      expect(stderr).toContain('there is no overlays/*/plan.yaml here: give the path of a plan file');
      expect(code).toBe(2);
    });
  });

  test('--help and --version end with 0', () => {
    expect(flatlan(['--help']).code).toBe(0);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(flatlan(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe('flatlan values and schema', () => {
  test('values prints what synth writes', () => {
    const { stdout, code } = flatlan(['values', valid]);
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(join(root, 'overlays/flat-bgp/generated/values.yaml'), 'utf8'));
  });

  test('values of a plan with errors: no values, 1', () => {
    expect(flatlan(['values', sixMistakes])).toMatchObject({ code: 1, stdout: '' });
  });

  test('schema prints the committed plan.schema.json', () => {
    expect(flatlan(['schema']).stdout).toBe(readFileSync(join(root, 'plan.schema.json'), 'utf8'));
    expect(flatlan(['schema', 'values']).stdout).toBe(
      readFileSync(join(root, 'charts/flatlan/charts/network/values.schema.json'), 'utf8'),
    );
  });
});
