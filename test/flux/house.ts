/**
 * A person's repository with one cluster in it: what `flatlan synth` writes, and what `flux bootstrap` commits beside it.
 *
 *     charts/flatlan/                      with stand-ins where a mirror's archives would lie (test/helm/stand-ins.ts)
 *     overlays/<cluster>/generated/        flux/
 *     flux/clusters/<cluster>/flux-system/ GitRepository and Kustomization of Flux itself
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { FLUX } from '../../cdk8s/flux/object.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { synthesize } from '../../cdk8s/synth.ts';
import { run } from '../cluster/process.ts';
import { standIns, writeStandIn } from '../helm/stand-ins.ts';
import { startGitServer } from './git-server.ts';

export interface House {
  /** Of the repository, for Flux. */
  readonly url: string;
  /** What `flux bootstrap` applies once: the GitRepository and the Kustomization of the cluster's folder. */
  readonly bootstrap: string;
  /** Where a file of the repository lies. */
  path(path: string): string;
  /** Changes one file; the text must be there. */
  edit(path: string, from: string, to: string): void;
  write(path: string, text: string): void;
  remove(path: string): void;
  /** Writes everything that the generator makes of one plan or several, as `flatlan synth` does. */
  synth(network: Network, ...others: readonly Network[]): void;
  /** Puts stand-ins where the chart's archives would lie; `synth` does so too. */
  putStandIns(): void;
  /** Commits and pushes what was changed, which may be nothing; returns the commit. */
  push(message: string): Promise<string>;
  stop(): Promise<void>;
}

/** An empty repository, served over HTTP. */
export async function startHouse(cluster: string): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'flatlan-house-'));
  const tree = join(folder, 'tree');
  const server = await startGitServer(folder);
  const url = server.url('house.git');
  const at = (path: string) => join(tree, path);

  async function git(...args: string[]): Promise<string> {
    const identity = ['-c', 'user.name=flatlan', '-c', 'user.email=test@flatlan.invalid', '-c', 'commit.gpgsign=false'];
    const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
    const { code, stdout, stderr } = await run('git', [...identity, ...args], { cwd: tree, env });
    if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}\n${stderr}`);
    return stdout.trim();
  }

  function write(path: string, text: string): void {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  }

  function putStandIns(versions?: Network['versions']): void {
    for (const name of standIns) writeStandIn(at('charts/flatlan/charts'), name, versions);
  }

  mkdirSync(tree);
  await git('init', '--quiet', '--bare', join(folder, 'house.git'));
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', join(folder, 'house.git'));
  write(`flux/clusters/${cluster}/flux-system/gotk-sync.yaml`, bootstrapSync(cluster, url));

  return {
    url,
    bootstrap: bootstrapSync(cluster, url),
    path: at,
    edit: (path, from, to) => {
      const before = readFileSync(at(path), 'utf8');
      if (!before.includes(from)) throw new Error(`${path} does not hold ${from}`);
      writeFileSync(at(path), before.replace(from, to));
    },
    write,
    remove: (path) => {
      if (!existsSync(at(path))) throw new Error(`there is no ${path}`);
      rmSync(at(path), { recursive: true });
    },
    synth: (network, ...others) => {
      const { files, owned } = synthesize([network, ...others]);
      // What it no longer makes goes, as the writer does it.
      for (const path of owned) rmSync(at(path), { recursive: true, force: true });
      for (const { path, content } of files) if (!path.startsWith('dist/')) write(path, content);
      putStandIns(network.versions);
    },
    putStandIns,
    push: async (message) => {
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
      await git('push', '--quiet', 'origin', 'main');
      return await git('rev-parse', 'HEAD');
    },
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * As `flux bootstrap --path=flux/clusters/<cluster>` writes it (fluxcd/flux2 v2.9.4, pkg/manifestgen/sync), with a
 * substitution beside, so that every file of ours goes through one.
 */
function bootstrapSync(cluster: string, url: string): string {
  const metadata = { name: FLUX, namespace: FLUX };
  const repository = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata,
    spec: { interval: '1m0s', ref: { branch: 'main' }, url },
  };
  const kustomization = {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata,
    spec: {
      interval: '10m0s',
      path: `./flux/clusters/${cluster}`,
      prune: true,
      sourceRef: { kind: 'GitRepository', name: FLUX },
      postBuild: { substitute: { cluster_of_the_house: cluster } },
    },
  };
  return `${stringify(repository)}---\n${stringify(kustomization)}`;
}
