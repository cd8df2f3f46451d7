/**
 * Upstream's half of a cluster, played by the test: no operator, no MetalLB, no controllers and no kubelets run here.
 */
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ATTACHMENT_CRD } from '../../cdk8s/constructs/release/attachment-crd.ts';
import { NAMESPACE, operators } from '../../cdk8s/helm/layers.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import type { KubernetesObject } from './clients.ts';
import type { ControlPlane } from './control-plane.ts';
import { lackOfShared, sharedFolder } from './shared.ts';
import { ok, planClusterValues, startUmbrella, type HelmVersion, type Umbrella } from './umbrella.ts';
import { describeUnless, lackOfTools, type ToolName } from './tools.ts';

const shared = sharedFolder();

/** Tests on a control plane with upstream's kinds; skipped, with the reason in the title, where one is not to be had. */
export function describeOnCluster(tools: readonly ToolName[], title: string, body: () => void): void {
  describeUnless(lackOfShared() ?? lackOfTools(['etcd', 'kube-apiserver', 'kubectl', ...tools]), title, body);
}

/**
 * Makes the kinds as they come about in a real cluster: the Tigera operator creates its own and Calico's a few seconds
 * after its start, and MetalLB's come with its chart. The stand-ins of these charts bring none.
 */
export async function operatorHasRun(cluster: ControlPlane): Promise<void> {
  await upstreamKinds(cluster, 'crds');
}

/** The same by the operator of Calico 3.33, from its release branch; over the kinds of 3.32 it is an upgrade. */
export async function nextOperatorHasRun(cluster: ControlPlane): Promise<void> {
  await upstreamKinds(cluster, 'crds-next');
}

async function upstreamKinds(cluster: ControlPlane, set: 'crds' | 'crds-next'): Promise<void> {
  const ofCalico = ['tigera-operator-', 'calico-'].map((name) => crdFolder(name, set));
  await cluster.applyCrds([...ofCalico, crdFolder('metallb-')]);
  const { stdout } = ok(await cluster.kubectl(['get', 'crd', '--output=name']));
  const ofMetallb = stdout.split('\n').filter((name) => name.endsWith('.metallb.io'));
  ok(await cluster.kubectl(['annotate', '--overwrite', ...ofMetallb, ...annotationsOf(operators.release, NAMESPACE)]));
  ok(await cluster.kubectl(['label', '--overwrite', ...ofMetallb, 'app.kubernetes.io/managed-by=Helm']));
}

/** A network that runs, as far as one does here: the operator has run, both releases are installed. */
export async function startNetwork(
  version: HelmVersion,
  values: Parameters<Umbrella['installBoth']>[0],
): Promise<Umbrella> {
  const umbrella = await startUmbrella(version);
  try {
    await operatorHasRun(umbrella.cluster);
    await umbrella.installBoth(values);
    return umbrella;
  } catch (error) {
    await umbrella.cluster.stop();
    throw error;
  }
}

/** By which Helm knows the release of an object, as `kubectl annotate` takes them. */
export function annotationsOf(release: string, namespace: string): string[] {
  return [`meta.helm.sh/release-name=${release}`, `meta.helm.sh/release-namespace=${namespace}`];
}

/** MetalLB's kinds as its manifest brings them. */
export async function metallbKinds(cluster: ControlPlane): Promise<void> {
  await cluster.applyCrds(crdFolder('metallb-'));
}

/** The kind of attachments as someone else brings it, Multus' own manifest for one: without Helm's annotations. */
export async function attachmentCrd(cluster: ControlPlane): Promise<void> {
  const objects = layerObjects(operators, planClusterValues('hybrid')) as KubernetesObject[];
  const kind = objects.find(
    ({ kind, metadata }) => kind === 'CustomResourceDefinition' && metadata.name === ATTACHMENT_CRD,
  );
  const path = join(mkdtempSync(join(cluster.folder, 'kind-')), 'kind.json');
  writeFileSync(path, JSON.stringify(kind));
  await cluster.applyCrds(path);
}

/** The kinds of Flux, which `flux bootstrap` makes. */
export async function fluxKinds(cluster: ControlPlane): Promise<void> {
  const controllers = ['source', 'kustomize', 'helm'].map((name) => `flux-${name}-controller-`);
  await cluster.applyCrds(controllers.map((name) => crdFolder(name)));
}

/** The one folder of upstream's schemas with this beginning; a version follows. */
function crdFolder(prefix: string, set: 'crds' | 'crds-next' = 'crds'): string {
  if (shared === undefined) throw new Error(lackOfShared());
  const crds = join(shared, 'upstream', set);
  const found = readdirSync(crds).filter((name) => name.startsWith(prefix));
  if (found.length !== 1) throw new Error(`${crds} has ${found.length} folders ${prefix}*, not one`);
  return join(crds, ...found);
}
