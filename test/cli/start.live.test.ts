/** How build/cli.cjs starts the command: with what the build has compiled where that is its own, else without. */
import { describe, expect, test } from '@jest/globals';
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describeWith, requireTool } from '../cluster/tools.ts';
import { flatlan, inFolder, root, run, type Ended } from './flatlan.ts';

const plans = ['overlays/flat-bgp/plan.yaml', 'test/fixtures/six-mistakes.yaml'];

interface Copy {
  readonly folder: string;
  readonly program: string;
  readonly cache: string;
}

/** The command as it was built, with the times of its files, in another folder. */
function copyTo(folder: string): Copy {
  const names = readdirSync(join(root, 'build')).filter((name) => /^(cli|flatlan-)/.test(name));
  for (const name of names) cpSync(join(root, 'build', name), join(folder, name), { preserveTimestamps: true });
  const only = (ending: string): string => {
    const [found = '', ...others] = names.filter((name) => name.startsWith('flatlan-') && name.endsWith(ending));
    expect([found, others]).toEqual([expect.stringMatching(/./), []]);
    return join(folder, found);
  };
  return { folder, program: only('.cjs'), cache: only('.cache') };
}

/** Runs it with a hook that goes first; `said` is what the hook wrote. */
function withHook(folder: string, hook: string, args: readonly string[], node = process.execPath) {
  const said = join(folder, 'said');
  writeFileSync(
    join(folder, 'hook.cjs'),
    `const say = (text) => require('fs').writeFileSync(${JSON.stringify(said)}, text);${hook}`,
  );
  const ended = run(node, ['--require', join(folder, 'hook.cjs'), join(folder, 'cli.cjs'), ...args], root);
  return { ended, said: readFileSync(said, 'utf8') };
}

const check = ['check', ...plans];
const asBuilt = (): Ended => flatlan(check);

/** What became of the compiled code: `undefined` where V8 was given none. */
function rejected(folder: string, node?: string): { ended: Ended; said: string } {
  const hook = `const vm = require('vm');
    vm.Script = class extends vm.Script {
      constructor(...args) { super(...args); say(String(this.cachedDataRejected)); }
    };`;
  return withHook(folder, hook, check, node);
}

describe('compiled code', () => {
  test('is used where it is as the build left it', async () => {
    await inFolder((folder) => {
      copyTo(folder);
      expect(rejected(folder)).toEqual({ ended: asBuilt(), said: 'false' });
      expect(asBuilt().stdout).toContain('6 errors');
    });
  });

  test.each<[string, (copy: Copy) => void]>([
    [
      'there is none',
      ({ cache }) => {
        rmSync(cache);
      },
    ],
    [
      'it is a folder',
      ({ cache }) => {
        rmSync(cache);
        cpSync(join(root, 'overlays'), cache, { recursive: true });
      },
    ],
    [
      'it was cut off',
      ({ cache }) => {
        writeFileSync(cache, readFileSync(cache).subarray(0, 500_000));
      },
    ],
    [
      'it is empty',
      ({ cache }) => {
        writeFileSync(cache, '');
      },
    ],
    [
      'it has other bytes',
      ({ cache }) => {
        writeFileSync(cache, readFileSync(cache).fill(7, 400_000, 600_000));
      },
    ],
    [
      'it is of another time',
      ({ cache }) => {
        utimesSync(cache, 1, 1);
      },
    ],
  ])('is not used where %s, and the result is the same', async (_, change) => {
    await inFolder((folder) => {
      change(copyTo(folder));
      expect(rejected(folder)).toEqual({ ended: asBuilt(), said: 'undefined' });
    });
  });

  test('that V8 refuses is not used, and the result is the same', async () => {
    await inFolder((folder) => {
      const { cache } = copyTo(folder);
      const { atime, mtime } = statSync(cache);
      writeFileSync(cache, readFileSync(cache).fill(7, 0, 16));
      utimesSync(cache, atime, mtime);
      expect(rejected(folder)).toEqual({ ended: asBuilt(), said: 'true' });
    });
  });

  test('of another build has another name, and so does its program', async () => {
    await inFolder((folder) => {
      const { program, cache } = copyTo(folder);
      const other = program.replace(/-\w+\.cjs$/, '-OTHER.cjs');
      copyFileSync(program, other);
      copyFileSync(cache, cache.replace(/-\w+\.cjs/, '-OTHER.cjs'));
      rmSync(cache);
      expect(rejected(folder)).toEqual({ ended: asBuilt(), said: 'undefined' });
      rmSync(program);
      expect(run(process.execPath, [join(folder, 'cli.cjs'), ...check], root)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining(program) as unknown,
      });
    });
  });

  test('is not in the package', () => {
    const { stdout } = run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], root);
    const [{ files = [] } = {}] = JSON.parse(stdout) as { files?: { path: string }[] }[];
    const names = files.map(({ path }) => path);
    expect(names).toContain('build/cli.cjs');
    expect(names.filter((name) => name.includes('flatlan-'))).toEqual([
      expect.stringMatching(/^build\/flatlan-\w+\.cjs$/),
    ]);
  });
});

describeWith(['node22', 'node24'], 'other versions of Node', () => {
  test.each(['node22', 'node24'] as const)('%s compiles by itself, with the same result', async (name) => {
    await inFolder((folder) => {
      copyTo(folder);
      expect(rejected(folder, requireTool(name))).toEqual({ ended: asBuilt(), said: 'undefined' });
    });
  });
});

describe('what a check loads', () => {
  test('of Node: neither streams, sockets nor programs', async () => {
    await inFolder((folder) => {
      copyTo(folder);
      const hook = `const before = new Set(process.moduleLoadList);
        process.on('exit', () => say(process.moduleLoadList.filter((name) => !before.has(name)).join('\\n')));`;
      const { ended, said } = withHook(folder, hook, check);
      expect(ended).toEqual(asBuilt());
      expect(
        said.split('\n').filter((name) => /stream|net\b|tty|child_process|dgram|crypto|zlib|http|worker/.test(name)),
      ).toEqual([]);
    });
  });
});

test('an error that nobody expected says function and file', async () => {
  await inFolder((folder) => {
    const { program } = copyTo(folder);
    const hook = `const { readFileSync } = require('fs');
      say('');
      require('fs').readFileSync = (path, ...rest) => {
        if (String(path).endsWith('plan.yaml')) throw new TypeError('planted');
        return readFileSync(path, ...rest);
      };`;
    const { ended } = withHook(folder, hook, check);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('TypeError: planted');
    expect(ended.stderr).toMatch(new RegExp(` at readPlan \\(${basename(program)}:\\d+:\\d+\\)`));
  });
});
