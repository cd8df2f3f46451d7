import type { Taint } from '../plan/network/index.ts';

/** The tolerations for these taints, with any value. */
export function tolerationsOf(taints: readonly Taint[]): { key: string; operator: 'Exists'; effect: string }[] {
  return taints.map(({ key, effect }) => ({ key, operator: 'Exists', effect }));
}
