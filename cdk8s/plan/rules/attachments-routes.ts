/** Networks to which leases of an attachment may bring routes: none whose traffic a DHCP server on the LAN must not divert. */
import type { Cidr } from '../../address/index.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Violation } from './rule.ts';
import { specialRange } from './special-ranges.ts';
import { subnetsOf } from './view/subnets.ts';

export function* routes(checked: CheckedPlan): Iterable<Violation> {
  const { plan } = checked;
  const nodes = new Set(
    entries(plan.nodes).flatMap(([, node]) => entries(node.interfaces).map(([, { network }]) => network)),
  );
  for (const [name, attachment] of entries(plan.attachments)) {
    const guarded = subnetsOf(checked).filter(({ kind, path }) => {
      const [, network] = path;
      if (kind !== 'network') return kind !== 'link';
      return network !== attachment.network && nodes.has(String(network));
    });
    for (const [index, route] of (attachment.routes ?? []).entries()) {
      const problem = whyNot(route, guarded);
      if (problem !== undefined) yield { at: ['attachments', name, 'routes', index], problem };
    }
  }
}

function whyNot(route: Cidr | undefined, guarded: ReturnType<typeof subnetsOf>): string | undefined {
  if (!route) return undefined;
  const found = guarded.find(({ addresses }) => route.overlaps(addresses));
  if (found) {
    const whose = found.kind === 'network' ? `${found.what} of the nodes` : found.what;
    return `${String(route)} overlaps ${String(found.addresses)} of ${whose}: any DHCP server on the LAN could divert this traffic of the pod`;
  }
  const special = specialRange(route);
  return special && `${String(route)} overlaps ${String(special[0])}, which ${special[1]}`;
}
