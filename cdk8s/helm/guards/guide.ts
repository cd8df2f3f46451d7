/** Where a sentence of a guard leads to who has a running cluster. */
export const GUIDE = 'docs/existing-clusters.md';
