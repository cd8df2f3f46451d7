/** Where a cluster's values lie, from the root of the repository. */

/** What `flatlan synth` writes from the plan. */
export function generatedValues(cluster: string): string {
  return `overlays/${cluster}/generated/values.yaml`;
}

/** A person's own, last in every release; flatlan never writes, reads or removes it. */
export function ownValues(cluster: string): string {
  return `overlays/${cluster}/values.yaml`;
}
