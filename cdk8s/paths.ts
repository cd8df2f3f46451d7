/**
 * Where things lie in a repository of clusters, from its root. What flatlan owns whole, it also tidies (writer/).
 *
 *   overlays/<cluster>/plan.yaml            a person's
 *   overlays/<cluster>/values.yaml          a person's, where there is one
 *   overlays/<cluster>/generated/           owned
 *   dist/<cluster>/                         owned; manifests for review
 *   charts/flatlan/, flux/sources/          owned; every cluster's
 *   flux/clusters/<cluster>/flatlan/        owned; beside it lies what `flux bootstrap` writes
 *   flux/layers/<cluster>/                  owned
 *   flux/secrets/<cluster>/                 a person's, but for its README
 */

export const OVERLAYS = 'overlays';
export const PLAN_FILE = 'plan.yaml';
export const CHART_FOLDER = 'charts/flatlan';
export const FLUX_SOURCES = 'flux/sources';

/** What the plan decides: values, steps, files for routers. */
export function generatedFolder(cluster: string): string {
  return `${OVERLAYS}/${cluster}/generated`;
}

/** Files for routers, in a folder for each. */
export function generatedRouters(cluster: string): string {
  return `${generatedFolder(cluster)}/routers`;
}

/** The Helm values that `flatlan synth` writes from the plan. */
export function generatedValues(cluster: string): string {
  return `${generatedFolder(cluster)}/values.yaml`;
}

/** A person's own values, last in every release; flatlan never writes, reads or removes them. */
export function ownValues(cluster: string): string {
  return `${OVERLAYS}/${cluster}/values.yaml`;
}

/** Manifests for review. */
export function distFolder(cluster: string): string {
  return `dist/${cluster}`;
}

/** What `flux bootstrap --path` is given. */
export function fluxClusterFolder(cluster: string): string {
  return `flux/clusters/${cluster}`;
}

/** The Kustomizations, in a folder of their own: Flux's files lie beside it. */
export function fluxKustomizations(cluster: string): string {
  return `${fluxClusterFolder(cluster)}/flatlan`;
}

/** What the Kustomizations apply. */
export function fluxLayers(cluster: string): string {
  return `flux/layers/${cluster}`;
}

/** Encrypted Secrets of a person's. */
export function fluxSecrets(cluster: string): string {
  return `flux/secrets/${cluster}`;
}

/** The folders in which flatlan removes what it no longer makes. */
export function ownedFolders(clusters: readonly string[]): string[] {
  const ofOne = [generatedFolder, distFolder, fluxKustomizations, fluxLayers];
  return [CHART_FOLDER, FLUX_SOURCES, ...clusters.flatMap((cluster) => ofOne.map((folder) => folder(cluster)))];
}
