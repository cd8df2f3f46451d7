/**
 * Rules about the DNS servers of nodes. A cluster that boots needs DNS (for its images and its time), so a DNS server in the
 * cluster would wait for itself:
 *
 *     node ---asks---> DNS in a pod ---runs on---> node ---waits for---> an image ---needs---> DNS
 */
import { type Address, IntervalSet, type Span } from '../../address/index.ts';
import { networksOf } from '../carrier.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import { groupBy } from '../group.ts';
import type { Rule, Violation } from './rule.ts';
import { nodeRanges } from './pods-bridged.ts';
import { hostsOf, interfacesOf } from './view/topology.ts';

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
    ...pools.flatMap(({ subnets }) => subnets.map((subnet) => ({ subnet, whose: 'load balancers' }))),
  ];
  const networks = IntervalSet.of(...entries(plan.networks).flatMap(([, { subnet }]) => (subnet ? [subnet] : [])));
  return [
    // A subnet that overlaps a network has a finding of its own.
    ...subnets.filter(({ subnet }) => networks.intersection(IntervalSet.of(subnet)).size === 0),
    // With on-lan, pods are inside their LAN.
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
        problem: `nodes on network ${network} use the DNS server ${String(server)}, which is ${holder.what}: it runs in the cluster, but the cluster needs it to start`,
        remedy: `name a server outside the cluster${outside}; client devices may still get this one by DHCP`,
      };
    }
  }
}

function holds({ first, last }: Span, { value }: Address): boolean {
  return first.value <= value && value <= last.value;
}

/** A server of the network itself: not where DHCP may give the address to another device, and not what no host has. */
function* unusable(checked: CheckedPlan): Iterable<Violation> {
  const { plan, incomplete } = checked;
  const fixed = groupBy(
    hostsOf(checked).filter(({ kind }) => kind === 'reserved' || kind === 'node'),
    ({ network }) => network,
  );
  for (const [name, { subnet, dns, dhcp }] of entries(plan.networks)) {
    if (!subnet || incomplete(['networks', name, 'reserved'])) continue;
    for (const [index, server] of (dns ?? []).entries()) {
      const at = ['networks', name, 'dns', index];
      if (subnet.prefix <= 30 && (server.equals(subnet.first) || server.equals(subnet.last)))
        yield {
          at,
          problem: `the DNS server ${String(server)} is the ${server.equals(subnet.first) ? 'network' : 'broadcast'} address of network ${name} ${String(subnet)}`,
          remedy: 'write the address of the DNS server',
        };
      else if (dhcp?.range?.contains(server) && !fixed.get(name)?.some(({ address }) => address.equals(server)))
        yield {
          at,
          problem: `the DNS server ${String(server)} is inside the DHCP range of network ${name}, ${String(dhcp.range)}: the server could lease the address to another device`,
        };
    }
  }
}

function* unannounced({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  for (const [node, value] of entries(plan.nodes)) {
    const own = [...networksOf(value)];
    // One list is enough: a node with a list uses no other server.
    const told = own.some(
      (name) => (plan.networks?.[name]?.dns?.length ?? 0) > 0 || incomplete(['networks', name, 'dns']),
    );
    if (told || incomplete(['nodes', node, 'interfaces'])) continue;
    for (const [name, { network, address, assigned }] of entries(value.interfaces)) {
      const lan = network === undefined ? undefined : plan.networks?.[network];
      if (network === undefined || !lan?.clients || !(address === 'dhcp' || assigned === 'dhcp')) continue;
      yield {
        at: ['nodes', node, 'interfaces', name],
        problem: `node ${node} uses the DNS server that the DHCP server of client network ${network} gives to ${name}; if this DNS server runs in the cluster, the cluster cannot start`,
        remedy: `add dns: [${lan.gateway ? String(lan.gateway) : '...'}] to network ${network}, or another server outside the cluster`,
      };
      break;
    }
  }
}

export const dnsRules: readonly Rule[] = [
  {
    code: 'dns/unusable',
    severity: 'error',
    summary: 'A DNS server has an address that a host can have and that DHCP leases to nobody else.',
    remedy: 'move the DHCP range or the server, or add the server under reserved',
    check: unusable,
  },
  {
    code: 'dns/in-cluster',
    severity: 'error',
    summary: 'No DNS server of nodes has an address of pods, services or load balancers.',
    remedy: 'name a server outside the cluster',
    check: inCluster,
  },
  {
    code: 'dns/unannounced',
    severity: 'warning',
    summary: 'The plan names the DNS servers of nodes that get their address by DHCP on a network with clients.',
    remedy: 'add dns to the network',
    check: unannounced,
  },
];
