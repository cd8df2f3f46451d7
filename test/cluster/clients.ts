/** kubectl and Helm against one cluster, with homes of their own: nothing of the user's settings is read or written. */
import { join } from 'node:path';
import { servedKinds } from './discovery.ts';
import { NotYet, waitFor } from './http.ts';
import { run, type RunResult } from './process.ts';
import { requireTool } from './tools.ts';

/** A Kubernetes object as JSON. */
export type KubernetesObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; resourceVersion?: string; [field: string]: unknown };
} & Record<string, unknown>;

/** Where the API server is and what it trusts. */
export interface ClusterAccess {
  /** Path of a kubeconfig whose user may do everything. */
  readonly kubeconfig: string;
  readonly server: string;
  /** The bearer token in the kubeconfig, made for this run. */
  readonly token: string;
  /** Certificate that the API server's own is checked against, in PEM form. */
  readonly ca: string;
}

export interface ClusterClients {
  kubectl(args: readonly string[], input?: string): Promise<RunResult>;
  helm(version: 3 | 4, args: readonly string[], input?: string): Promise<RunResult>;
  /** Applies a folder (with its subfolders) or files server side and waits until every kind can be used. */
  applyCrds(source: string | readonly string[]): Promise<void>;
  /** One object; undefined when it is not there. An unknown kind is an error. */
  object(kind: string, name: string, namespace?: string): Promise<KubernetesObject | undefined>;
}

/** The owner that server-side apply records; tests of conflicts look for it. */
export const fieldManager = 'flatlan-test';

/** How long a new kind may take until it can be used; about a second is usual. */
const usableMilliseconds = 30_000;

export function clusterClients(folder: string, access: ClusterAccess): ClusterClients {
  const base = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: access.kubeconfig };

  async function kubectl(args: readonly string[], input?: string): Promise<RunResult> {
    const env = { ...base, KUBECACHEDIR: join(folder, 'kubectl-cache') };
    return await run(requireTool('kubectl'), args, { cwd: folder, env, input });
  }

  async function helm(version: 3 | 4, args: readonly string[], input?: string): Promise<RunResult> {
    const home = join(folder, `helm${version}`);
    const env = {
      ...base,
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_DATA_HOME: join(home, 'data'),
    };
    return await run(requireTool(`helm${version}`), args, { cwd: folder, env, input });
  }

  /** Standard output of a kubectl that must succeed. */
  async function kubectlOutput(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await kubectl(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}\n${stderr || stdout}`);
    return stdout;
  }

  async function applyCrds(source: string | readonly string[]): Promise<void> {
    const paths = typeof source === 'string' ? [source] : source;
    const files = ['--recursive', ...paths.map((path) => `--filename=${path}`)];
    const apply = ['apply', '--server-side', `--field-manager=${fieldManager}`, '--output=json', ...files];
    const applied = JSON.parse(await kubectlOutput(apply)) as KubernetesObject | { items: KubernetesObject[] };
    const objects = 'items' in applied ? (applied.items as KubernetesObject[]) : [applied];
    const crds = objects.filter(({ kind }) => kind === 'CustomResourceDefinition') as unknown as Crd[];
    if (crds.length === 0) throw new Error(`no CustomResourceDefinition in ${paths.join(', ')}`);
    await waitUntilServed(access, crds.flatMap(servedVersions));
  }

  async function object(kind: string, name: string, namespace?: string): Promise<KubernetesObject | undefined> {
    const place = namespace === undefined ? [] : [`--namespace=${namespace}`];
    const text = await kubectlOutput(['get', kind, name, ...place, '--ignore-not-found', '--output=json']);
    return text.trim() === '' ? undefined : (JSON.parse(text) as KubernetesObject);
  }

  return { kubectl, helm, applyCrds, object };
}

interface Crd {
  spec: { group: string; names: { plural: string }; versions: { name: string; served: boolean }[] };
}

/** For instance `bgppeers.metallb.io/v1beta2`. */
function servedVersions({ spec: { group, names, versions } }: Crd): string[] {
  return versions.filter(({ served }) => served).map(({ name }) => `${names.plural}.${group}/${name}`);
}

/**
 * Waits for the list of all kinds, which Helm and kubectl go by. It follows the condition Established a second or more
 * later, and never lists a kind without it.
 */
async function waitUntilServed(access: ClusterAccess, wanted: readonly string[]): Promise<void> {
  await waitFor('the API server lists the new kinds', usableMilliseconds, async () => {
    const kinds = await servedKinds(access);
    const listed = kinds.map(({ name, apiVersion }) => `${name}/${apiVersion.split('/').at(-1)}`);
    const missing = wanted.filter((kind) => !listed.includes(kind));
    return missing.length === 0 ? true : new NotYet(`it does not list ${missing.join(', ')}`);
  });
}
