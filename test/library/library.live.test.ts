/**
 * The package as somebody else's cdk8s app has it: packed, unpacked into an empty app, its documented examples type-checked
 * and run.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { layersIn } from '../../cdk8s/helm/layers.ts';
import { reviewFiles } from '../../cdk8s/helm/layer-objects.ts';
import { byKey, manifestsIn } from '../helm/manifests.ts';
import { planNetwork, planText } from '../plans/fixtures.ts';

jest.setTimeout(240_000);

const repository = resolve(import.meta.dirname, '../..');
const examples = [...readFileSync(join(repository, 'docs/library.md'), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(
  ([, text = '']) => text,
);

let app: string;
let library: string;

/** Without npm, which would look for a registry: the archive's files, and the app's own cdk8s and constructs. */
beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), 'flatlan-library-'));
  const npm = ['pack', '--ignore-scripts=false', '--pack-destination', app, '--silent'];
  const archive = execFileSync('npm', npm, { cwd: repository, encoding: 'utf8' }).trim().split('\n').at(-1) ?? '';
  library = join(app, 'node_modules', 'flatlan');
  mkdirSync(library, { recursive: true });
  execFileSync('tar', ['-xzf', join(app, archive), '--strip-components=1', '-C', library]);
  for (const name of ['cdk8s', 'constructs', 'cdk8s-plus-28', '@types'])
    symlinkSync(join(repository, 'node_modules', name), join(app, 'node_modules', name));
  const compilerOptions = {
    ...{ target: 'es2023', module: 'nodenext', strict: true, exactOptionalPropertyTypes: true, types: ['node'] },
    // Their types are looked at too: a library that skips nothing has to compile in any app.
    ...{ skipLibCheck: false, noEmitOnError: true, outDir: 'out', rootDir: '.' },
  };
  writeFileSync(join(app, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: examples.map(fileOf) }));
  examples.forEach((text, index) => {
    writeFileSync(join(app, fileOf(text, index)), text);
  });
  writeFileSync(join(app, 'plan.yaml'), planText('hybrid'));
});

afterAll(() => {
  rmSync(app, { recursive: true, force: true });
});

function fileOf(_: string, index: number): string {
  return `example-${index}.ts`;
}

function runs(index: number): string {
  return execFileSync(process.execPath, [join('out', `example-${index}.js`)], {
    cwd: app,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

describe('flatlan in an app of somebody else', () => {
  test('its examples type-check, with the types of the library itself', () => {
    expect(examples.length).toBe(2);
    const tsc = join(repository, 'node_modules/typescript/bin/tsc');
    expect(execFileSync(process.execPath, [tsc, '--project', app], { encoding: 'utf8' })).toBe('');
  });

  test("the app's manifests are those that synth writes for review", () => {
    runs(0);
    const network = planNetwork('hybrid');
    for (const layer of layersIn(network)) {
      const review = reviewFiles(network).find(({ path }) => path.endsWith(`/${layer.name}.k8s.yaml`));
      const own = readFileSync(join(app, 'dist', `${layer.name}.k8s.yaml`), 'utf8');
      expect(byKey(manifestsIn(own))).toEqual(byKey(manifestsIn(review?.content ?? '')));
    }
  });

  test('addresses need nothing else', () => {
    expect(runs(1)).toBe('10.244.0.0/16 has 1024 blocks of /26\n');
  });
});

describe('what the package holds', () => {
  const modules = () => readdirSync(join(library, 'build/library')).filter((name) => name.endsWith('.js'));

  test('each source once, and none of cdk8s', () => {
    const outputs = Object.values(
      JSON.parse(readFileSync(join(repository, 'build/library/inputs.json'), 'utf8')) as Record<
        string,
        { inputs: Record<string, unknown> }
      >,
    );
    const inputs = outputs.flatMap((output) => Object.keys(output.inputs));
    expect(inputs.length).toBeGreaterThan(100);
    expect(inputs.length).toBe(new Set(inputs).size);
    expect(inputs.filter((path) => /node_modules\/(cdk8s|constructs)/.test(path))).toEqual([]);
  });

  test('less than 2 MB of library, as docs/library.md says', () => {
    const bytes = modules().map((name) => readFileSync(join(library, 'build/library', name)).length);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(2_000_000);
  });

  test("types that name no package but the app's own", () => {
    const types = join(library, 'build/library/types');
    const texts = readdirSync(types, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.d.ts'))
      .map((name) => readFileSync(join(types, name), 'utf8'));
    const named = texts.flatMap((text) => [...text.matchAll(/from '([^.'][^']*)'/g)].map(([, name]) => name));
    expect([...new Set(named)]).toEqual(['constructs']);
  });

  test('every export is there', () => {
    const { exports } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')) as { exports: object };
    const paths = Object.values(exports).flatMap((one: string | object) =>
      typeof one === 'string' ? [one] : (Object.values(one) as string[]),
    );
    expect(paths.length).toBe(8);
    expect(paths.filter((path) => !existsSync(join(library, path)))).toEqual([]);
  });
});
