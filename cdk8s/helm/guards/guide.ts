/** The guide for a running cluster, to which messages of guards refer. */
export const GUIDE = 'docs/existing-clusters.md';
