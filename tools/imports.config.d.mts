import type { CrdProject } from './upstream-crds.d.mts';

export const crdProjects: readonly CrdProject[];
