/**
 * Played by the test: nothing runs pods here, and upstream's images can't be had. What the Tigera operator, Calico and
 * Kubernetes' own controllers would write into the cluster is written by these functions, and the gates read it.
 * The kinds are made by operatorHasRun of test/cluster/upstream.ts.
 */
import type { KubernetesObject } from '../cluster/clients.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { ok } from '../cluster/umbrella.ts';

async function apply(cluster: ControlPlane, object: object): Promise<void> {
  ok(await cluster.kubectl(['apply', '--server-side', '--filename=-'], JSON.stringify(object)));
}

async function writeStatus(
  cluster: ControlPlane,
  kind: string,
  name: string,
  status: object,
  namespace?: string,
): Promise<void> {
  const place = namespace === undefined ? [] : [`--namespace=${namespace}`];
  const patch = ['--type=merge', `--patch=${JSON.stringify({ status })}`];
  ok(await cluster.kubectl(['patch', kind, name, ...place, '--subresource=status', ...patch]));
}

async function find(cluster: ControlPlane, kind: string, name: string, namespace: string): Promise<KubernetesObject> {
  const object = await cluster.object(kind, name, namespace);
  if (!object) throw new Error(`there is no ${kind} ${namespace}/${name}`);
  return object;
}

/** A Deployment's pods run. */
export async function deploymentRuns(cluster: ControlPlane, namespace: string, name: string): Promise<void> {
  const condition = { status: 'True', reason: 'Played', message: 'by the test' };
  const { metadata, spec } = await find(cluster, 'deployment', name, namespace);
  const { replicas } = spec as { replicas: number };
  const status = {
    observedGeneration: metadata.generation,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    conditions: [
      { type: 'Available', ...condition },
      { type: 'Progressing', ...condition, reason: 'NewReplicaSetAvailable' },
    ],
  };
  await writeStatus(cluster, 'deployment', name, status, namespace);
}

/** Calico's DaemonSet, as the operator makes it. */
export async function calicoNode(cluster: ControlPlane): Promise<void> {
  const labels = { 'k8s-app': 'calico-node' };
  await apply(cluster, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'calico-node', namespace: 'calico-system' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'none', image: 'none.invalid/none:none' }] },
      },
    },
  });
}

/** A DaemonSet has one node, and on it a pod that is ready or not. */
export async function daemonSetRuns(
  cluster: ControlPlane,
  namespace: string,
  name: string,
  ready: 0 | 1 = 1,
): Promise<void> {
  const { metadata } = await find(cluster, 'daemonset', name, namespace);
  const status = {
    observedGeneration: metadata.generation,
    desiredNumberScheduled: 1,
    currentNumberScheduled: 1,
    updatedNumberScheduled: 1,
    numberMisscheduled: 0,
    numberAvailable: ready,
    numberReady: ready,
  };
  await writeStatus(cluster, 'daemonset', name, status, namespace);
}

/** A claim has its volume. */
export async function claimIsBound(cluster: ControlPlane, namespace: string, name: string): Promise<void> {
  await writeStatus(cluster, 'persistentvolumeclaim', name, { phase: 'Bound' }, namespace);
}

/** The operator's report on a component; without conditions as it first makes it. */
export async function tigeraStatus(
  cluster: ControlPlane,
  name: string,
  conditions?: { readonly Available: boolean; readonly Degraded: boolean },
): Promise<void> {
  await apply(cluster, { apiVersion: 'operator.tigera.io/v1', kind: 'TigeraStatus', metadata: { name }, spec: {} });
  if (!conditions) return;
  const status = {
    conditions: Object.entries(conditions).map(([type, value]) => ({
      type,
      status: value ? 'True' : 'False',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })),
  };
  await writeStatus(cluster, 'tigerastatus', name, status);
}

export async function namespace(cluster: ControlPlane, name: string): Promise<void> {
  await apply(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** The Secret that people create; `key` is where the password stands in it. */
export async function bgpPassword(cluster: ControlPlane, key: string): Promise<void> {
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'flatlan-bgp-password', namespace: 'calico-system' },
    stringData: { [key]: 'example' },
  });
}
