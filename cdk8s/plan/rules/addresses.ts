/** Rules about addresses: subnets do not overlap, every host is inside its subnet and has an address of its own. */
import { DNS_INDEX, SERVICES_PREFIX } from '../bounds.ts';
import { Range, type Address, type Cidr, type Span } from '../../address/index.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import type { Rule, Violation } from './rule.ts';
import { docker, publicRanges, special } from './special-ranges.ts';
import { nestedSubnets, relation, type NamedSubnet } from './view/subnets.ts';
import { hostsOf, type Host } from './view/topology.ts';
import { unknownNames } from './view/unknown-name.ts';

/** Each subnet is reported once, with the innermost subnet that it must not be inside of. */
function* overlaps(checked: CheckedPlan): Iterable<Violation> {
  const reported = new Set<NamedSubnet>();
  for (const { inner, around } of nestedSubnets(checked)) {
    const outer = around.find((one) => !hasItsOwnRule(checked, inner, one));
    if (!outer || reported.has(inner)) continue;
    reported.add(inner);
    yield {
      at: inner.path,
      problem: `${String(inner.addresses)} of ${inner.what} ${relation(inner.addresses, outer.addresses)} ${String(outer.addresses)} of ${outer.what}`,
      remedy: `give ${inner.what} or ${outer.what} another subnet`,
    };
  }
}

/** With on-lan and bridged, pods are inside their LAN (pods/inside-network); load-balancers/inside-network and on-link explain more. */
function hasItsOwnRule({ plan }: CheckedPlan, a: NamedSubnet, b: NamedSubnet): boolean {
  if (a.kind !== 'network' && b.kind !== 'network') return false;
  const other = a.kind === 'network' ? b.kind : a.kind;
  return other === 'load-balancers' || (other === 'pods' && plan.pods?.mode !== 'routed');
}

function shown({ first, last }: Span): string {
  return `${String(first)} to ${String(last)}`;
}

/** The hosts whose network is known, DHCP ranges, and those of attachments. */
function* placed(
  checked: CheckedPlan,
): Iterable<{ who: string; has: Address | Range; network: string; subnet: Cidr; path: Path }> {
  const networks = checked.plan.networks ?? {};
  for (const { who, address, network, path } of hostsOf(checked)) {
    const subnet = networks[network]?.subnet;
    if (subnet) yield { who, has: address, network, subnet, path };
  }
  for (const [network, { subnet, dhcp }] of entries(networks))
    if (subnet && dhcp?.range) {
      const path = ['networks', network, 'dhcp', 'range'];
      yield { who: `the DHCP range of network ${network}`, has: dhcp.range, network, subnet, path };
    }
  for (const [name, { network = '', addresses }] of entries(checked.plan.attachments)) {
    const subnet = networks[network]?.subnet;
    const path = ['attachments', name, 'addresses'];
    if (subnet && addresses instanceof Range)
      yield { who: `the range of attachment ${name}`, has: addresses, network, subnet, path };
  }
}

function* outside(checked: CheckedPlan): Iterable<Violation> {
  for (const { who, has, network, subnet, path } of placed(checked))
    if (!subnet.contains(has))
      yield {
        at: path,
        problem: `${who} has ${String(has)}, which is outside network ${network}: ${String(subnet)} is ${shown(subnet)}`,
      };
}

function* networkOrBroadcast(checked: CheckedPlan): Iterable<Violation> {
  for (const { who, has, network, subnet, path } of placed(checked)) {
    // A subnet of two addresses has neither (RFC 3021), and a single address is a host.
    if (subnet.prefix > 30) continue;
    const taken = [has.first, has.last].find((end) => end.equals(subnet.first) || end.equals(subnet.last));
    if (!taken) continue;
    const role = taken.equals(subnet.first) ? 'the network address' : 'the broadcast address';
    yield {
      at: path,
      problem: `${who} has ${String(taken)}, which is ${role} of network ${network} ${String(subnet)}`,
      remedy: `choose from ${String(subnet.at(1))} to ${String(subnet.at(subnet.size - 2))}`,
    };
  }
}

function* duplicates(checked: CheckedPlan): Iterable<Violation> {
  const holders = new Map<string, Host>();
  const gateways = new Map<string, Host>();
  for (const host of hostsOf(checked)) {
    const key = `${host.network} ${host.address.value}`;
    if (host.kind === 'gateway') {
      gateways.set(key, host);
      continue;
    }
    // The gateway's address may belong to a router or a reserved device as well, but not to a node or a pod.
    const other = holders.get(key) ?? (host.kind === 'node' || host.kind === 'pod' ? gateways.get(key) : undefined);
    if (!other) holders.set(key, host);
    else if (isOneDevice(host, other)) continue;
    else if (other.who === host.who)
      yield { at: host.path, problem: `${host.who} has ${String(host.address)} on two interfaces` };
    else
      yield {
        at: host.path,
        problem: `${host.who} and ${other.who} both have ${String(host.address)}`,
        ...remedyOf(checked, host, other),
      };
  }
}

/** A router or a node that is listed under `reserved` too, by its own name. */
function isOneDevice(one: Host, other: Host): boolean {
  const [reserved, owner] = one.kind === 'reserved' ? [one, other] : [other, one];
  if (reserved.kind !== 'reserved' || (owner.kind !== 'router' && owner.kind !== 'node')) return false;
  return reserved.path.at(-1) === owner.path[1];
}

function remedyOf(checked: CheckedPlan, host: Host, other: Host): { remedy?: string } {
  if (checked.sameText(host.path, other.path)) return { remedy: 'use {} in the address: it is the number of the node' };
  if (host.kind === 'node' && other.kind === 'router')
    return {
      remedy: `give ${host.who} another address; if it is one machine, it cannot be both: the router and Calico's BIRD would each take TCP port 179 there. Let another machine be the router`,
    };
  if (host.kind === 'reserved' && other.kind === 'router')
    return {
      remedy: `if it is one device, remove it from reserved, or call it ${String(other.path[1])} there; else give one of them another address`,
    };
  return {};
}

function* unknownNetworks({ plan, names }: CheckedPlan): Iterable<Violation> {
  const unknown = unknownNames('network', names.networks);
  for (const [router, { addresses }] of entries(plan.routers))
    for (const name of Object.keys(addresses ?? {})) yield* unknown(name, ['routers', router, 'addresses', name]);
  for (const [name, { network }] of entries(plan.attachments))
    yield* unknown(network, ['attachments', name, 'network']);
}

function* unknownRouters({ plan, names }: CheckedPlan): Iterable<Violation> {
  const unknown = unknownNames('router', names.routers);
  for (const [name, { between }] of entries(plan.links))
    for (const [index, router] of (between ?? []).entries()) yield* unknown(router, ['links', name, 'between', index]);
}

function* clusterDns({ plan }: CheckedPlan): Iterable<Violation> {
  const { services, dns } = plan.kubernetes ?? {};
  if (!services) return;
  const remedyOf = (address: Address): string => `choose from ${shown(services)}, usually ${String(address)}`;
  if (dns && !services.contains(dns))
    yield {
      at: ['kubernetes', 'dns'],
      problem: `the cluster's DNS has ${String(dns)}, which is outside the services range ${String(services)}`,
      remedy:
        services.size > DNS_INDEX ? remedyOf(services.at(DNS_INDEX)) : 'choose a larger range for kubernetes.services',
    };
  else if (dns && services.size > DNS_INDEX) {
    const taken = dns.equals(services.at(1))
      ? 'the API server takes the first host address of the services for itself (Service kubernetes)'
      : dns.equals(services.first) || dns.equals(services.last)
        ? 'the API server gives no Service the first or the last address of the range'
        : undefined;
    if (taken !== undefined)
      yield {
        at: ['kubernetes', 'dns'],
        problem: `the cluster's DNS has ${String(dns)}, but ${taken}`,
        remedy: `choose from ${String(services.at(2))} to ${String(services.at(services.size - 2))}, usually ${String(services.at(DNS_INDEX))}`,
      };
  }
}

function* servicesSize({ plan }: CheckedPlan): Iterable<Violation> {
  const services = plan.kubernetes?.services;
  if (!services || (services.prefix >= SERVICES_PREFIX.minimum && services.prefix <= SERVICES_PREFIX.maximum)) return;
  const few = services.prefix > SERVICES_PREFIX.maximum;
  yield {
    at: ['kubernetes', 'services'],
    problem: `${String(services)} has ${services.size} addresses: the API server does not start with ${few ? 'so few' : 'so many'} for Services`,
    remedy: `choose a range from /${SERVICES_PREFIX.minimum} to /${SERVICES_PREFIX.maximum}, such as 10.96.0.0/12`,
  };
}

export const addressRules: readonly Rule[] = [
  {
    code: 'addresses/syntax',
    severity: 'error',
    summary: 'Addresses, subnets, ranges and MAC addresses are complete and in their usual form.',
    remedy: 'write it in the form that the message shows',
  },
  {
    code: 'addresses/octal',
    severity: 'error',
    summary: 'No number in an address has a leading zero, which some programs read as octal.',
    remedy: 'write the number without the leading zero',
  },
  {
    code: 'addresses/host-bits',
    severity: 'error',
    summary: "A subnet is written with its first address (Calico's BIRD does not restart with any other).",
    remedy: 'write the first address of the subnet',
  },
  {
    code: 'addresses/range-order',
    severity: 'error',
    summary: 'A range is written from its lower to its higher address.',
    remedy: 'swap the two addresses',
  },
  {
    code: 'addresses/ipv6',
    severity: 'error',
    summary: 'Addresses are IPv4.',
    remedy: 'write an IPv4 address',
  },
  {
    code: 'addresses/overlap',
    severity: 'error',
    summary: 'The subnets of networks, links, pods, services and load balancers do not overlap.',
    remedy: 'give one of them another subnet',
    check: overlaps,
  },
  {
    code: 'addresses/outside-network',
    severity: 'error',
    summary:
      'The addresses of gateways, routers, nodes, reserved devices and pods, DHCP ranges and those of attachments are inside their network.',
    remedy: 'choose an address in that network, or name the network that contains this address',
    check: outside,
  },
  {
    code: 'addresses/duplicate',
    severity: 'error',
    summary: 'No two routers, nodes, reserved devices or pods of a network have the same address.',
    remedy: 'give one of them another address; in a node pattern, use {} in the address',
    check: duplicates,
  },
  {
    code: 'addresses/network-or-broadcast',
    severity: 'error',
    summary: 'No host has the network or the broadcast address (first and last) of its subnet.',
    remedy: 'choose an address between them',
    check: networkOrBroadcast,
  },
  {
    code: 'addresses/special',
    severity: 'error',
    summary: 'No subnet overlaps loopback, link-local, multicast or reserved addresses (RFC 6890).',
    remedy: 'choose a subnet inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16',
    check: special,
  },
  {
    code: 'addresses/public',
    severity: 'warning',
    summary: 'Subnets are private: inside the ranges of RFC 1918 or 100.64.0.0/10 (RFC 6598).',
    remedy: 'choose a subnet inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, unless this one is assigned to you',
    check: publicRanges,
  },
  {
    code: 'addresses/unknown-network',
    severity: 'error',
    summary: 'Routers and attachments refer to networks of the plan.',
    remedy: 'name one of the networks under networks',
    first: true,
    check: unknownNetworks,
  },
  {
    code: 'addresses/unknown-router',
    severity: 'error',
    summary: 'Links refer to routers of the plan.',
    remedy: 'name one of the routers under routers',
    first: true,
    check: unknownRouters,
  },
  {
    code: 'addresses/services-size',
    severity: 'error',
    summary: `The services range is /${SERVICES_PREFIX.minimum} to /${SERVICES_PREFIX.maximum}.`,
    remedy: 'choose another range, such as 10.96.0.0/12',
    check: servicesSize,
  },
  {
    code: 'addresses/docker',
    severity: 'warning',
    summary: 'No subnet overlaps 172.17.0.0/16, which Docker takes on every machine that it runs on.',
    remedy: 'choose another subnet, unless no machine on these networks runs Docker',
    check: docker,
  },
  {
    code: 'addresses/cluster-dns',
    severity: 'error',
    summary: "The address of the cluster's DNS is inside the services range and is free there.",
    remedy: 'choose a larger range, such as 10.96.0.0/12',
    check: clusterDns,
  },
];
