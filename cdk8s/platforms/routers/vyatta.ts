/** What EdgeOS and VyOS have in common: the configuration of Vyatta, of which both come. */
import type { RouterTraits } from './router.ts';

export const vyatta: Pick<RouterTraits, 'save' | 'restore' | 'routes' | 'discard'> = {
  save: '`cp /config/config.boot /config/config.boot.before-flatlan`',
  restore: '`configure`, `load /config/config.boot.before-flatlan`, `commit`, `save`',
  routes: '`show ip route bgp`',
  discard: (subnet) => `\`set protocols static route ${String(subnet)} blackhole distance 254\``,
};

/** One after the other, in one line. */
export function each<T>(all: readonly T[], line: (one: T, index: number) => string): string {
  return all.map(line).join('; ');
}
