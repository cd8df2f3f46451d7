/**
 * Rules about the DNS servers of nodes. A cluster that boots needs DNS (for its images, for its time), so a server in the
 * cluster would wait for itself:
 *
 *     node ---asks---> DNS in a pod ---runs on---> node ---waits for---> an image ---needs---> DNS
 */
import { type Address, IntervalSet, type Span } from '../../address/index.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Rule, Violation } from './rule.ts';
import { nodeRanges } from './pods-bridged.ts';
import { interfacesOf, networksOf } from './view/topology.ts';

interface Inside {
  readonly span: Span;
  /** Completes "is". */
  readonly what: string;
}

function insideCluster(checked: CheckedPlan): Inside[] {
  const { plan, pools } = checked;
  const [mode, pods, services] = [plan.pods?.mode, plan.pods?.subnet, plan.kubernetes?.services];
  const subnets = [
    ...(pods && mode === 'routed' ? [{ subnet: pods, whose: 'pods' }] : []),
    ...(services ? [{ subnet: services, whose: 'services' }] : []),
    ...pools.flatMap(({ subnet }) => (subnet ? [{ subnet, whose: 'load balancers' }] : [])),
  ];
  const networks = IntervalSet.of(...entries(plan.networks).flatMap(([, { subnet }]) => (subnet ? [subnet] : [])));
  return [
    // One that overlaps a network has a finding for that.
    ...subnets.filter(({ subnet }) => networks.intersection(IntervalSet.of(subnet)).size === 0),
    // Pods inside their LAN are the point of on-lan.
    ...(pods && mode === 'on-lan' ? [{ subnet: pods, whose: 'pods' }] : []),
  ]
    .map(({ subnet, whose }): Inside => ({ span: subnet, what: `an address of the ${whose}, ${String(subnet)}` }))
    .concat(
      nodeRanges(checked).map(({ who, range }) => ({ span: range, what: `a pod address of ${who}, ${String(range)}` })),
    );
}

function* inCluster(checked: CheckedPlan): Iterable<Violation> {
  const { plan } = checked;
  const inside = insideCluster(checked);
  const withNodes = new Set([...interfacesOf(plan)].map(({ value }) => value.network));
  for (const [network, { dns, gateway }] of entries(plan.networks)) {
    if (!withNodes.has(network)) continue;
    for (const [index, server] of (dns ?? []).entries()) {
      const holder = inside.find(({ span }) => holds(span, server));
      if (!holder) continue;
      const outside = gateway && !inside.some(({ span }) => holds(span, gateway)) ? `, such as ${String(gateway)}` : '';
      yield {
        at: ['networks', network, 'dns', index],
        problem: `nodes on network ${network} would ask the DNS server ${String(server)}, which is ${holder.what}: it needs the cluster, and the cluster needs it to start`,
        remedy: `name a server outside the cluster${outside}; devices of the house may still be told of the other one by DHCP`,
      };
    }
  }
}

function holds({ first, last }: Span, { value }: Address): boolean {
  return first.value <= value && value <= last.value;
}

function* unannounced({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  for (const [node, value] of entries(plan.nodes)) {
    const own = [...networksOf(value)];
    // One list is enough: a node that has one is told to ask no other server.
    const told = own.some(
      (name) => (plan.networks?.[name]?.dns?.length ?? 0) > 0 || incomplete(['networks', name, 'dns']),
    );
    if (told || incomplete(['nodes', node, 'interfaces'])) continue;
    for (const [name, { network, address, assigned }] of entries(value.interfaces)) {
      const lan = network === undefined ? undefined : plan.networks?.[network];
      if (network === undefined || !lan?.clients || !(address === 'dhcp' || assigned === 'dhcp')) continue;
      yield {
        at: ['nodes', node, 'interfaces', name],
        problem: `node ${node} asks whatever DNS server the DHCP server of client network ${network} names to ${name}; if that is one in the cluster, the cluster cannot start`,
        remedy: `add dns: [${lan.gateway ? String(lan.gateway) : '...'}] to network ${network}, or the server that nodes are to ask`,
      };
      break;
    }
  }
}

export const dnsRules: readonly Rule[] = [
  {
    code: 'dns/in-cluster',
    severity: 'error',
    summary: 'No DNS server of nodes is an address of pods, services or load balancers.',
    remedy: 'name a server outside the cluster',
    check: inCluster,
  },
  {
    code: 'dns/unannounced',
    severity: 'warning',
    summary: 'The plan names the DNS servers of nodes that get their address by DHCP among clients.',
    remedy: 'add dns to the network',
    check: unannounced,
  },
];
