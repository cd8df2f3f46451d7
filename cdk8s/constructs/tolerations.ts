import type { Taint } from '../plan/network/index.ts';

/** What a pod says to bear these taints, whatever their value. */
export function tolerationsOf(taints: readonly Taint[]): { key: string; operator: 'Exists'; effect: string }[] {
  return taints.map(({ key, effect }) => ({ key, operator: 'Exists', effect }));
}
