import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownValues } from '../../cdk8s/paths.ts';
import { describeWith, requireTool } from '../cluster/tools.ts';
import { flatlan, inFolder, root, run, tree } from './flatlan.ts';

const plan = join(root, 'overlays', 'flat-bgp', 'plan.yaml');
const planText = readFileSync(plan, 'utf8');

/** What a repository like this one holds before its first synth. */
function repository(folder: string): void {
  for (const path of [
    'cdk8s',
    'imports',
    'overlays/flat-bgp/plan.yaml',
    'package.json',
    'cdk8s.yaml',
    'esbuild.config.js',
    'tools/code-cache.mjs',
  ])
    cpSync(join(root, path), join(folder, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
}

const generated = (folder: string): Map<string, string> =>
  new Map(
    [...tree(folder)].filter(([path]) => /^(charts|dist|flux|overlays\/[^/]+\/generated|plan\.schema)/.test(path)),
  );

describe('flatlan synth', () => {
  test('from an empty foreign folder: the whole tree, and what it wrote', async () => {
    await inFolder((folder) => {
      writeFileSync(join(folder, 'plan.yaml'), planText);
      const { code, stdout } = flatlan(['synth', 'plan.yaml', '--out', 'out'], { cwd: folder });
      expect(code).toBe(0);
      const files = [...tree(join(folder, 'out')).keys()];
      expect(files).toEqual(
        expect.arrayContaining([
          'charts/flatlan/Chart.yaml',
          'charts/flatlan/layers/network.yaml',
          'dist/flat-bgp/network.k8s.yaml',
          'overlays/flat-bgp/generated/values.yaml',
          'plan.schema.json',
        ]),
      );
      for (const file of files) expect(stdout).toContain(`wrote ${file}\n`);
      expect(stdout).toContain(`${files.length} written, 0 unchanged, 0 removed`);
    });
  });

  test('in a folder that holds a plan and nothing else: everything beside it, whatever Git then leaves out', async () => {
    await inFolder((folder) => {
      const overlay = join(folder, 'overlays', 'flat-bgp');
      mkdirSync(overlay, { recursive: true });
      writeFileSync(join(overlay, 'plan.yaml'), planText);
      expect(flatlan(['synth'], { cwd: folder }).code).toBe(0);
      const first = tree(folder);
      expect([...first.keys()]).toEqual(
        expect.arrayContaining(['charts/flatlan/Chart.lock', 'flux/sources/charts.yaml']),
      );
      rmSync(join(folder, 'dist'), { recursive: true });
      expect(flatlan(['synth'], { cwd: folder }).stdout).toContain('wrote dist/flat-bgp/network.k8s.yaml');
      expect(tree(folder)).toEqual(first);
    });
  });

  test('twice: the same bytes, nothing written', async () => {
    await inFolder((folder) => {
      flatlan(['synth', plan, '--out', folder]);
      const first = tree(folder);
      const { stdout } = flatlan(['synth', plan, '--out', folder]);
      expect(stdout).toContain(`0 written, ${first.size} unchanged, 0 removed`);
      expect(tree(folder)).toEqual(first);
    });
  });

  test("a person's own values stay, whether a cluster is written, written again or gone from the plans", async () => {
    await inFolder((folder) => {
      const own = join(folder, ownValues('flat-bgp'));
      mkdirSync(dirname(own), { recursive: true });
      writeFileSync(own, 'checks: {timeout: 2m}\n');
      const other = join(folder, 'casa.yaml');
      writeFileSync(other, planText.replace('cluster: flat-bgp', 'cluster: casa'));
      for (const given of [plan, plan, other]) {
        const { code, stdout } = flatlan(['synth', given, '--out', folder]);
        expect(code).toBe(0);
        expect(stdout).not.toMatch(/overlays\/flat-bgp\/values\.yaml/);
        expect(readFileSync(own, 'utf8')).toBe('checks: {timeout: 2m}\n');
      }
    });
  });

  test('what is committed is what synth makes', async () => {
    await inFolder((folder) => {
      flatlan(['synth', plan, '--out', folder]);
      for (const [path, content] of tree(folder))
        if (!path.startsWith('dist/')) expect([path, readFileSync(join(root, path), 'utf8')]).toEqual([path, content]);
    });
  });

  test('a plan with errors writes nothing and ends with 1', async () => {
    await inFolder((folder) => {
      const { code, stderr } = flatlan(['synth', join(root, 'test/fixtures/six-mistakes.yaml'), '--out', folder]);
      expect(code).toBe(1);
      expect(stderr).toContain('nothing was written');
      expect(tree(folder).size).toBe(0);
    });
  });

  test("a file that is somebody else's is left alone, and named", async () => {
    await inFolder((folder) => {
      mkdirSync(join(folder, 'charts/flatlan'), { recursive: true });
      writeFileSync(join(folder, 'charts/flatlan/values.yaml'), 'mine: true\n');
      const { code, stderr } = flatlan(['synth', plan, '--out', folder]);
      expect(code).toBe(3);
      expect(stderr).toContain('charts/flatlan/values.yaml');
      expect(tree(folder)).toEqual(new Map([['charts/flatlan/values.yaml', 'mine: true\n']]));
    });
  });
});

describe('cdk8s synth', () => {
  const cdk8s = join(root, 'node_modules', '.bin', 'cdk8s');

  test('gives the same bytes as flatlan synth, and lists its manifests', async () => {
    await inFolder((folder) => {
      repository(folder);
      const { code, stdout } = run(cdk8s, ['synth'], folder);
      expect(code).toBe(0);
      expect(stdout).toContain('.cdk8s/flat-bgp/network.k8s.yaml');
      const byCdk8s = generated(folder);
      const other = join(folder, 'other');
      flatlan(['synth', 'overlays/flat-bgp/plan.yaml', '--out', other], { cwd: folder });
      expect(byCdk8s).toEqual(generated(other));
    });
  });

  test('one that fails leaves the output of the last one', async () => {
    await inFolder((folder) => {
      repository(folder);
      run(cdk8s, ['synth'], folder);
      const before = generated(folder);
      writeFileSync(join(folder, 'overlays/flat-bgp/plan.yaml'), planText.replace('192.168.4.0/24', '192.168.4.1/24'));
      const { code, stderr, stdout } = run(cdk8s, ['synth'], folder);
      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain('addresses/host-bits');
      expect(generated(folder)).toEqual(before);
    });
  });

  test('one that is killed at any moment leaves whole files, and the next one finishes', async () => {
    await inFolder(async (folder) => {
      repository(folder);
      run(cdk8s, ['synth'], folder);
      const before = generated(folder);
      const planFile = join(folder, 'overlays/flat-bgp/plan.yaml');
      writeFileSync(planFile, planText.replaceAll('192.168.4.0/24', '192.168.8.0/24'));
      const reference = join(folder, 'reference');
      flatlan(['synth', planFile, '--out', reference]);
      const after = generated(reference);
      for (let delay = 40; delay < 1200; delay += 80) {
        // A group of its own: the command, the shell it starts and the app in it die together.
        const child = spawn(cdk8s, ['synth'], { cwd: folder, detached: true, stdio: 'ignore' });
        const closed = once(child, 'close');
        const timer = setTimeout(() => {
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        }, delay);
        await closed;
        clearTimeout(timer);
        const found = generated(folder);
        expect([...found.keys()].filter((path) => before.has(path))).toEqual([...before.keys()]);
        for (const [path, content] of found) expect([before.get(path), after.get(path)]).toContain(content);
      }
      expect(run(cdk8s, ['synth'], folder).code).toBe(0);
      expect(generated(folder)).toEqual(after);
    });
  }, 120_000);
});

describeWith(['node22', 'node24'], 'other versions of Node', () => {
  test('20, 22 and 24 give the same bytes', async () => {
    await inFolder((folder) => {
      const trees = [process.execPath, requireTool('node22'), requireTool('node24')].map((node, index) => {
        const out = join(folder, String(index));
        expect(flatlan(['synth', plan, '--out', out], { node }).code).toBe(0);
        return tree(out);
      });
      expect(trees[0]?.size).toBeGreaterThan(20);
      expect(trees[1]).toEqual(trees[0]);
      expect(trees[2]).toEqual(trees[0]);
    });
  });
});
