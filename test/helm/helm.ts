/** Helm for tests: both versions, no cluster, no settings of the machine. */
import { afterAll, jest } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apps, network, operators, prerequisites, type Layer } from '../../cdk8s/helm/layers.ts';
import { run, type RunResult } from '../cluster/process.ts';
import { requireTool } from '../cluster/tools.ts';

// A run takes 0.2 s, and much longer on a machine with other things to do; `run` has the last word on a Helm that hangs.
jest.setTimeout(60_000);

export const helms = ['helm3', 'helm4'] as const;
export type Helm = (typeof helms)[number];

const release = (layer: Layer): string => `${layer.release} with -f layers/${layer.name}.yaml`;

/** How a refusal ends that names the releases, in their order. */
const WITHOUT_CALICO = `; a plan without Calico has ${release(prerequisites)} in place of ${operators.release}`;
export const installations = `${[operators, network, apps].map(release).join(', then ')}${WITHOUT_CALICO}`;
/** The whole of the one where no layer is chosen. */
export const NO_LAYER = `no layer is chosen: install ${release(operators)} first, then ${release(network)} and the values of your plan${WITHOUT_CALICO}`;

/** A folder of a test file, gone when its tests are over. Call it at the top level of a file or of a describe. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flatlan-helm-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Runs Helm with settings of its own below a folder and without a kubeconfig. */
export function helm(which: Helm, home: string, args: readonly string[]): Promise<RunResult> {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    KUBECONFIG: '/dev/null',
    HELM_CACHE_HOME: join(home, which, 'cache'),
    HELM_CONFIG_HOME: join(home, which, 'config'),
    HELM_DATA_HOME: join(home, which, 'data'),
  };
  return run(requireTool(which), args, { env });
}

/** A file below a folder with this text; returns its path. */
export function fileWith(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Runs a function over items, a few at a time; results in the order of the items. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  atOnce = 3,
): Promise<Result[]> {
  const results = new Map<number, Result>();
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) results.set(next[0], await work(next[1]));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return items.map((_, index) => results.get(index) as Result);
}
