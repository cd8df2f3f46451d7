/**
 * Bonds and bridges of nodes.
 *
 *     eth1 --+
 *            bond0 --- br0       the address is on the bridge; bond and members have none
 *     eth2 --+
 */
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import type { Violation } from './rule.ts';
import { interfacesOf } from './view/topology.ts';

export function* bondMembers({ plan }: CheckedPlan): Iterable<Violation> {
  for (const [node, { interfaces }] of entries(plan.nodes)) {
    const bonds = new Map<string, string>();
    for (const [name, { bond }] of entries(interfaces))
      for (const [index, member] of (bond?.members ?? []).entries()) {
        const at: Path = ['nodes', node, 'interfaces', name, 'bond', 'members', index];
        const other = bonds.get(member);
        if (other !== undefined) {
          const problem =
            other === name
              ? `${member} is listed twice in bond ${name} of node ${node}`
              : `${member} of node ${node} is in bond ${other} and in bond ${name}`;
          yield { at, problem };
        } else if (interfaces?.[member]) {
          const problem = `${member} of node ${node} is in bond ${name} and also an interface of its own`;
          yield { at, problem, remedy: `remove ${member} from the node's interfaces; only the bond has a network` };
        }
        bonds.set(member, name);
      }
  }
}

/** Both systemd's predictable names and the kernel's names start with it (systemd.net-naming-scheme(7)). */
export function isWireless(name: string): boolean {
  return name.startsWith('wl');
}

export function* wifiBridge({ plan }: CheckedPlan): Iterable<Violation> {
  for (const { node, name, value, path } of interfacesOf(plan)) {
    if (value.bridge === undefined) continue;
    const wireless = [name, ...(value.bond?.members ?? [])].find(isWireless);
    if (wireless !== undefined)
      yield {
        at: [...path, 'bridge'],
        problem: `${wireless} of node ${node} is wireless and cannot be a port of bridge ${value.bridge}: the access point drops frames of MAC addresses other than its own`,
      };
  }
}

export function* sharedBridges({ plan }: CheckedPlan): Iterable<Violation> {
  for (const [node, { interfaces }] of entries(plan.nodes)) {
    const ports = new Map<string, string>();
    for (const [name, { bridge }] of entries(interfaces)) {
      if (bridge === undefined) continue;
      const other = ports.get(bridge);
      if (other === undefined) ports.set(bridge, name);
      else
        yield {
          at: ['nodes', node, 'interfaces', name, 'bridge'],
          problem: `${other} and ${name} of node ${node} are both ports of bridge ${bridge}, which joins their networks into one`,
        };
    }
  }
}
