/**
 * Played by the test: what Kubernetes' namespace controller does to a namespace that is being deleted. It deletes every kind
 * in it, all objects of one by one request, and lets the namespace go once it is empty.
 */
import type { ControlPlane } from '../cluster/control-plane.ts';
import { get, servedKinds } from '../cluster/discovery.ts';
import { ok } from '../cluster/umbrella.ts';

/** One round; answers with the names of the objects that are still there, as `helmreleases.helm.toolkit.fluxcd.io name`. */
export async function emptyNamespace(cluster: ControlPlane, namespace: string): Promise<string[]> {
  const kinds = (await servedKinds(cluster)).filter(({ namespaced }) => namespaced);
  const left: string[] = [];
  for (const { name, path } of kinds) {
    const inside = path.replace(/[^/]+$/, (plural) => `namespaces/${namespace}/${plural}`);
    const names = async () => {
      const { items } = await get<{ items: { metadata: { name: string } }[] }>(cluster, inside);
      return items.map(({ metadata }) => `${name} ${metadata.name}`);
    };
    if ((await names()).length === 0) continue;
    // A refusal is no end: the controller goes on with the other kinds and comes back.
    await cluster.kubectl(['delete', `--raw=${inside}`]);
    left.push(...(await names()));
  }
  return left;
}

/** The namespace is empty and goes. */
export async function finalizeNamespace(cluster: ControlPlane, namespace: string): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace }, spec: { finalizers: [] } };
  const path = `/api/v1/namespaces/${namespace}/finalize`;
  ok(await cluster.kubectl(['replace', `--raw=${path}`, '--filename=-'], JSON.stringify(object)));
}
