/** What `flux reconcile` and `flux get` do, by kubectl: the flux command itself can't be built from its module. */
import type { KubernetesObject } from '../cluster/clients.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { NotYet, waitFor } from '../cluster/http.ts';
import { ok } from '../cluster/umbrella.ts';
import { FLUX } from '../../cdk8s/flux/object.ts';

export type FluxKind = 'gitrepository' | 'kustomization' | 'helmchart' | 'helmrelease';

const groups: Readonly<Record<FluxKind, string>> = {
  gitrepository: 'gitrepositories.source.toolkit.fluxcd.io',
  kustomization: 'kustomizations.kustomize.toolkit.fluxcd.io',
  helmchart: 'helmcharts.source.toolkit.fluxcd.io',
  helmrelease: 'helmreleases.helm.toolkit.fluxcd.io',
};

/** The name by which kubectl knows a kind of Flux. */
export function kindOf(kind: FluxKind): string {
  return groups[kind];
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

export interface FluxObjectStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly lastHandledReconcileAt?: string;
  readonly lastAppliedRevision?: string;
  readonly artifact?: { readonly revision: string };
  readonly history?: readonly { readonly chartVersion: string; readonly version: number; readonly status: string }[];
}

export type FluxObjectInCluster = KubernetesObject & { readonly status?: FluxObjectStatus };

const waitMilliseconds = 120_000;

export async function get(
  cluster: ControlPlane,
  kind: FluxKind,
  name: string,
): Promise<FluxObjectInCluster | undefined> {
  return await cluster.object(kindOf(kind), name, FLUX);
}

export function condition(object: FluxObjectInCluster | undefined, type: string): Condition | undefined {
  return object?.status?.conditions?.find((candidate) => candidate.type === type);
}

/** Waits until a condition of an object is as wanted; the last state stands in the error. */
export async function waitForFlux(
  cluster: ControlPlane,
  kind: FluxKind,
  name: string,
  what: string,
  accept: (object: FluxObjectInCluster) => boolean,
): Promise<FluxObjectInCluster> {
  return await waitFor(`${kind} ${name} ${what}`, waitMilliseconds, async () => {
    const object = await get(cluster, kind, name);
    if (!object) return new NotYet('it is not there');
    return accept(object) ? object : new NotYet(JSON.stringify(object.status, null, 2));
  });
}

export function isReady(object: FluxObjectInCluster): boolean {
  const ready = condition(object, 'Ready');
  return ready?.status === 'True' && object.status?.observedGeneration === object.metadata.generation;
}

/** Ready, and of this commit. */
export async function waitUntilReady(
  cluster: ControlPlane,
  kind: FluxKind,
  name: string,
  commit: string,
): Promise<FluxObjectInCluster> {
  return await waitForFlux(
    cluster,
    kind,
    name,
    `is ready at ${commit.slice(0, 12)}`,
    (object) => isReady(object) && revisionOf(kind, object).includes(commit.slice(0, 12)),
  );
}

function revisionOf(kind: FluxKind, { status }: FluxObjectInCluster): string {
  switch (kind) {
    case 'gitrepository':
    case 'helmchart':
      return status?.artifact?.revision ?? '';
    case 'kustomization':
      return status?.lastAppliedRevision ?? '';
    case 'helmrelease':
      return status?.history?.[0]?.chartVersion ?? '';
  }
}

let requests = 0;

/** Asks for one reconciliation, as `flux reconcile` and a forge's webhook do; returns once it is over. */
export async function reconcile(cluster: ControlPlane, kind: FluxKind, name: string): Promise<void> {
  requests += 1;
  const token = `request-${requests}`;
  const annotation = `reconcile.fluxcd.io/requestedAt=${token}`;
  ok(await cluster.kubectl(['annotate', '--overwrite', kindOf(kind), name, `--namespace=${FLUX}`, annotation]));
  await waitForFlux(cluster, kind, name, `is done with ${token}`, (object) => {
    // The request is noted at the start already, and with it that there is something to do.
    return object.status?.lastHandledReconcileAt === token && !condition(object, 'Reconciling');
  });
}
