/**
 * Rules about client devices. Clients and nodes on one subnet, and a stateful router:
 *
 *     client --1 SYN--> router --2 SYN--> node          the router sees 1 and 4 and never 3,
 *     client <----------3 SYN, ACK------- node          so 4 belongs to no connection,
 *     client --4 ACK--> router  x                       and drops it
 */
import { routers as platforms } from '../../platforms/routers/index.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Rule, Violation } from './rule.ts';
import { carriersOf, routersByNetwork, usesCalico } from './view/topology.ts';

function* sameSubnet(checked: CheckedPlan): Iterable<Violation> {
  const { plan, pools } = checked;
  if (usesCalico(plan) !== true) return;
  const routers = routersByNetwork(checked);
  const carriers = carriersOf(checked);
  const services = plan.kubernetes?.advertiseServices && plan.kubernetes.services ? [plan.kubernetes.services] : [];
  // The LAN reaches on-lan pods directly.
  const pods = plan.pods?.mode === 'routed' && plan.pods.subnet ? [plan.pods.subnet] : [];
  for (const [name, { clients, subnet, gateway }] of entries(plan.networks)) {
    if (!clients || !subnet || !carriers.has(name)) continue;
    const here = routers.get(name) ?? [];
    const found = here.find(({ address }) => gateway && address.equals(gateway)) ?? here[0];
    if (!found?.router.stateful || !found.router.software) continue;
    // Another site's pool is answered through the tunnel, as it was asked.
    const balancers = pools.flatMap(({ router, subnets }) =>
      router === undefined || router === found.name ? subnets : [],
    );
    const to = [...pods, ...balancers, ...services];
    if (to.length === 0) continue;
    const remedy = platforms[found.router.software].passAsymmetric({ from: subnet, to });
    yield {
      at: ['networks', name, 'clients'],
      problem: `clients and nodes share network ${name} ${String(subnet)}: TCP from a client to ${to.join(' or ')} goes through router ${found.name}, but the reply goes to the client directly, and a stateful router drops such connections`,
      remedy: `move the nodes to a network of their own; or ${remedy}`,
    };
  }
}

export const clientRules: readonly Rule[] = [
  {
    code: 'clients/same-subnet',
    severity: 'warning',
    summary: 'Nodes are on a network without clients, or the router passes connections with asymmetric routing.',
    remedy:
      'move the nodes to a network of their own, or configure the router to pass such connections (the finding says how)',
    check: sameSubnet,
  },
];
