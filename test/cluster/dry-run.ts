/**
 * What the API server thinks of an object, without storing it: server-side apply as Helm 4 does it, with fields that the
 * kind does not have refused. Plain HTTP, because @kubernetes/client-node rebuilds the body of built-in kinds from the
 * fields that it knows: a misspelled one would be lost on the way and never be seen.
 */
import { fieldManager, type KubernetesObject } from './clients.ts';
import type { ControlPlane } from './control-plane.ts';
import { http } from './http.ts';
import { servedKinds } from './discovery.ts';

export interface Verdict {
  readonly accepted: boolean;
  /** What the API server said when it refused; empty otherwise. */
  readonly message: string;
}

export type DryRun = (object: KubernetesObject) => Promise<Verdict>;

/** Asks the API server for its kinds once; they must be there by then. */
export async function dryRunOn(cluster: ControlPlane): Promise<DryRun> {
  const kinds = await servedKinds(cluster);
  const query = new URLSearchParams({ dryRun: 'All', fieldManager, force: 'false', fieldValidation: 'Strict' });
  const headers = { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/apply-patch+yaml' };

  return async (object) => {
    const { apiVersion, kind, metadata } = object;
    const served = kinds.find((known) => known.apiVersion === apiVersion && known.kind === kind);
    if (!served) throw new Error(`this API server has no kind ${kind} in ${apiVersion}`);
    const { status, body } = await http(
      `${cluster.server}${pathOf(served.path, served.namespaced, metadata)}?${query.toString()}`,
      {
        method: 'PATCH',
        headers,
        ca: cluster.ca,
        body: JSON.stringify(object),
        timeout: 30_000,
      },
    );
    const accepted = status === 200 || status === 201;
    return { accepted, message: accepted ? '' : (JSON.parse(body) as { message: string }).message };
  };
}

/** What was refused, by the object's name; empty when all is well. */
export async function refusedBy(dryRun: DryRun, objects: readonly KubernetesObject[]): Promise<string[]> {
  const verdicts = await Promise.all(
    objects.map(async (object) => {
      const { accepted, message } = await dryRun(object);
      return accepted ? [] : [`${object.kind} ${object.metadata.name}: ${message}`];
    }),
  );
  return verdicts.flat();
}

function pathOf(path: string, namespaced: boolean, metadata: KubernetesObject['metadata']): string {
  if (!namespaced) return `${path}/${metadata.name}`;
  if (metadata.namespace === undefined) throw new Error(`${metadata.name} has no namespace`);
  return path.replace(/[^/]+$/, (plural) => `namespaces/${metadata.namespace ?? ''}/${plural}/${metadata.name}`);
}
