/**
 * Flux's three controllers as processes, against one control plane. They run with the flags of Flux's own Deployments but
 * for ports, leader election and how soon a waiting layer looks again.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterAccess } from '../cluster/clients.ts';
import { NotYet, freePorts, http, waitFor } from '../cluster/http.ts';
import { startDaemon, startGuard, type Daemon } from '../cluster/process.ts';
import { requireTool } from '../cluster/tools.ts';
import { FLUX } from '../../cdk8s/flux/object.ts';

export const fluxTools = ['source-controller', 'kustomize-controller', 'helm-controller'] as const;
export type Controller = (typeof fluxTools)[number];

export interface Flux {
  /** What a controller has logged, one JSON document a line. */
  log(controller: Controller): string;
  /** Fails, with the end of its log, when a controller has ended. */
  check(): void;
  /** As `kubectl rollout restart` does: what it was waiting for is forgotten. */
  restart(controller: Controller): Promise<void>;
  stop(): Promise<void>;
}

const flags: Readonly<Record<Controller, readonly string[]>> = {
  'source-controller': [],
  // Strict is what Flux 2.9 does anyway; said here because the manifests must bear it.
  'kustomize-controller': ['--requeue-dependency=1s', '--feature-gates=StrictPostBuildSubstitutions=true'],
  'helm-controller': ['--requeue-dependency=1s'],
};

/** The kinds of Flux and the namespace flux-system must be there. */
export async function startFlux(cluster: ClusterAccess): Promise<Flux> {
  const folder = mkdtempSync(join(tmpdir(), 'flatlan-flux-'));
  const guard = startGuard(folder);
  const daemons = new Map<Controller, Daemon>();
  const stop = async () => {
    await Promise.all([...daemons.values()].map((daemon) => daemon.kill()));
    rmSync(folder, { recursive: true, force: true });
    await guard.dismiss();
  };
  const check = () => {
    for (const daemon of daemons.values()) {
      const end = daemon.ended();
      if (end !== undefined) throw new Error(end);
    }
  };
  const logOf = (name: Controller) => join(folder, `${name}.log`);
  try {
    const [storage = 0, ...ports] = await freePorts(1 + 2 * fluxTools.length);
    mkdirSync(join(folder, 'artifacts'));
    const start = async (name: Controller) => {
      const [metrics = 0, health = 0] = ports.slice(2 * fluxTools.indexOf(name));
      const args = [
        `--metrics-addr=127.0.0.1:${metrics}`,
        `--health-addr=127.0.0.1:${health}`,
        '--enable-leader-election=false',
        '--watch-all-namespaces',
        '--events-addr=',
        ...flags[name],
        ...(name === 'source-controller' ? storageFlags(join(folder, 'artifacts'), storage) : []),
      ];
      const env = {
        PATH: process.env.PATH,
        HOME: folder,
        TMPDIR: folder,
        KUBECONFIG: cluster.kubeconfig,
        RUNTIME_NAMESPACE: FLUX,
      };
      daemons.set(
        name,
        await startDaemon(name, requireTool(name), args, { log: logOf(name), env, cwd: folder, guard }),
      );
      await waitFor(`${name} is ready`, 60_000, async () => {
        check();
        try {
          const { status } = await http(`http://127.0.0.1:${health}/readyz`);
          return status === 200 ? true : new NotYet(`/readyz answers ${status}`);
        } catch (error) {
          return new NotYet(String(error));
        }
      });
    };
    const restart = async (name: Controller) => {
      await daemons.get(name)?.kill();
      await start(name);
    };
    for (const name of fluxTools) await start(name);
    return { log: (name) => readFileSync(logOf(name), 'utf8'), check, restart, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function storageFlags(folder: string, port: number): string[] {
  return [`--storage-path=${folder}`, `--storage-addr=127.0.0.1:${port}`, `--storage-adv-addr=127.0.0.1:${port}`];
}
