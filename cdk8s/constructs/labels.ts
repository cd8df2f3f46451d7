import { JsonPatch, type ApiObject } from 'cdk8s';

/** Labels that every object of flatlan carries (kubernetes.io, "Recommended Labels"). */
export const partOf = { 'app.kubernetes.io/part-of': 'flatlan' } as const;

/** Says of the Installation which plan it came from; the name of a cluster fits a label (plan/schema/index.ts). */
export const CLUSTER_LABEL = 'flatlan/cluster';

/** Helm leaves an object in place when it uninstalls or upgrades without it, if this says `keep` (helm.sh, "Charts Tips and Tricks"). */
export const RESOURCE_POLICY = 'helm.sh/resource-policy';

/** Gives an object these annotations, which may be one expression: cdk8s would copy such a one letter by letter. */
export function annotate(object: ApiObject, annotations: Readonly<Record<string, string>>): void {
  object.addJsonPatch(JsonPatch.add('/metadata/annotations', annotations));
}
