/** What is true of a mode of pods, wherever the plan is: as it is read, as the rules see it, and resolved. */
import type { Plan } from './schema/index.ts';

/** pods.mode. */
export type Mode = Plan['pods']['mode'];

/** Whether Calico gives pods their addresses and BGP announces them, and MetalLB serves load balancers. */
export function hasCalico(mode: Mode): boolean {
  return mode === 'routed' || mode === 'on-lan';
}
