/**
 * Mistakes of meaning, as people make them, each put into a plan that is right: a value that is well-formed and does not go
 * with the others, or that breaks later.
 */
import { clusterMistakes } from './cluster.ts';
import { houseMistakes } from './house.ts';
import type { Mistake } from './plant.ts';

export { planted } from './plant.ts';

export const mistakes: readonly Mistake[] = [...houseMistakes, ...clusterMistakes];
