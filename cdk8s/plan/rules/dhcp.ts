/** Rules about DHCP: what is in its range, what it reserves, and whether it is large enough. */
import { Address } from '../../address/index.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import { dhcpServers } from '../../platforms/dhcp-servers/index.ts';
import { routers as platforms } from '../../platforms/routers/index.ts';
import { LEASE } from '../bounds.ts';
import { carrying } from '../carrier.ts';
import { didYouMean } from '../did-you-mean.ts';
import { groupBy } from '../group.ts';
import { secondsIn } from '../numbers.ts';
import type { Rule, Violation } from './rule.ts';
import { poolSize } from './dhcp-pool.ts';
import { hostsOf, interfacesOf, usesCalico, type Host } from './view/topology.ts';

/** A message names this many at most. */
const LONGEST_LIST = 4;

/** Pods and load balancers are outside every network or have rules of their own (pods/reservations, pods/bridged-ranges). */
function* staticInRange(checked: CheckedPlan): Iterable<Violation> {
  const { plan, incomplete } = checked;
  const kept = (network: string): boolean => keepsInRange(plan, plan.networks?.[network]?.dhcp?.server);
  const fixed = hostsOf(checked).filter(
    ({ kind, network, assigned, path }) =>
      !assigned &&
      !(kind === 'reserved' && kept(network)) &&
      // It could not be read whether the server reserves it.
      !(kind === 'node' && incomplete([...path.slice(0, -1), 'assigned'])),
  );
  const byNetwork = groupBy(fixed, ({ network }) => network);
  for (const [network, { dhcp }] of entries(plan.networks)) {
    const range = dhcp?.range;
    if (!range) continue;
    const inside = oneAnAddress((byNetwork.get(network) ?? []).filter(({ address }) => range.contains(address)));
    if (inside.length === 0) continue;
    const shown = inside.slice(0, LONGEST_LIST).map(({ address, who }) => `${String(address)} of ${who}`);
    const more = inside.length > LONGEST_LIST ? `, and ${inside.length - LONGEST_LIST} more` : '';
    yield {
      at: ['networks', network, 'dhcp', 'range'],
      problem: `the DHCP range of network ${network}, ${String(range)}, contains ${shown.join(', ')}${more}: the server could lease it to another device`,
      remedy: inside.some(({ kind }) => kind === 'node')
        ? 'move the range or the address; or let the server reserve the address of the node: add assigned: dhcp and its mac'
        : inside.every(({ kind }) => kind === 'reserved')
          ? 'move the range or the address: this DHCP server reserves addresses outside its range only'
          : 'move the range or the address',
    };
  }
}

/** Whether the server of a network keeps reserved addresses inside its range; a server that the plan does not know may. */
function keepsInRange({ routers }: CheckedPlan['plan'], server: string | undefined): boolean {
  const software = server === undefined ? undefined : routers?.[server]?.software;
  return software === undefined || dhcpServers[platforms[software].dhcpServer].reservesInRange;
}

/** A gateway may be a router or a reserved device as well: that name is more useful. */
function oneAnAddress(hosts: readonly Host[]): Host[] {
  return [...new Map(hosts.map((host) => [host.address.value, host])).values()];
}

function* reservedInterfaces({ plan }: CheckedPlan) {
  for (const one of interfacesOf(plan)) if (one.value.assigned === 'dhcp') yield one;
}

function* reservationAddress({ plan }: CheckedPlan): Iterable<Violation> {
  for (const { node, name, value, path } of interfacesOf(plan))
    if (value.assigned === 'dhcp' && value.address === 'dhcp')
      yield {
        at: [...path, 'address'],
        problem: `${name} of node ${node} has assigned: dhcp, but its address is not in the plan`,
      };
}

function* reservationMac(checked: CheckedPlan): Iterable<Violation> {
  for (const { node, name, value, path } of reservedInterfaces(checked)) {
    const at = [...path, 'mac'];
    if (value.mac || !(value.address instanceof Address) || checked.incomplete(at)) continue;
    yield {
      at,
      problem: `the DHCP server must reserve ${String(value.address)} for ${name} of node ${node}, but its MAC address is not in the plan`,
    };
  }
}

function* reservationServer(checked: CheckedPlan): Iterable<Violation> {
  const { plan, incomplete } = checked;
  for (const { node, name, value, path } of reservedInterfaces(checked)) {
    const network = value.network === undefined ? undefined : plan.networks?.[value.network];
    if (value.network === undefined || !network || network.dhcp || incomplete(['networks', value.network, 'dhcp']))
      continue;
    yield {
      at: [...path, 'assigned'],
      problem: `${name} of node ${node} gets its address from the DHCP server of network ${value.network}, but the plan has none there`,
      remedy: `add dhcp: {server: ..., range: ...} to network ${value.network}; or remove assigned, and the address is configured on the node`,
    };
  }
}

/** A network's DHCP server, where it is in the plan as a router. */
function* servers({ plan, names, incomplete }: CheckedPlan) {
  if (incomplete(['routers'])) return;
  for (const [network, { dhcp }] of entries(plan.networks))
    if (dhcp?.server !== undefined)
      yield { network, server: dhcp.server, at: ['networks', network, 'dhcp', 'server'], routers: names.routers };
}

function* serverElsewhere(checked: CheckedPlan): Iterable<Violation> {
  const { plan } = checked;
  for (const { network, server, at } of servers(checked)) {
    const addresses = plan.routers?.[server]?.addresses;
    if (!addresses || network in addresses) continue;
    const here = entries(plan.routers).find(([, router]) => router.addresses?.[network] !== undefined);
    yield {
      at,
      problem: `the DHCP server of network ${network} is router ${server}, which has no address there: no request reaches it`,
      remedy: `${here ? `write server: ${here[0]}, which has` : `give ${server}`} an address there; or, if a relay (RFC 1542) passes the requests on, name the server as it is not called under routers, and its address under servers`,
    };
  }
}

function* serverName(checked: CheckedPlan): Iterable<Violation> {
  const { plan } = checked;
  for (const { network, server, at, routers } of servers(checked)) {
    if (!routers || routers.has(server)) continue;
    const here = [...routers].filter((router) => plan.routers?.[router]?.addresses?.[network] !== undefined);
    const slip = didYouMean(server, here);
    // A device of the plan with that name is meant.
    if (slip === undefined || plan.networks?.[network]?.reserved?.[server] !== undefined) continue;
    yield {
      at,
      problem: `the DHCP server of network ${network} is ${server}, which is no router of the plan: flatlan takes it for a server that you configure yourself`,
      remedy: `${slip} Otherwise add it to networks.${network}.reserved`,
    };
  }
}

function* noServer({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  for (const { node, name, value, path } of interfacesOf(plan)) {
    const network = value.network === undefined ? undefined : plan.networks?.[value.network];
    if (value.address !== 'dhcp' || value.assigned === 'dhcp' || value.network === undefined || !network) continue;
    if (network.dhcp || incomplete(['networks', value.network, 'dhcp'])) continue;
    yield {
      at: [...path, 'address'],
      problem: `${name} of node ${node} gets its address by DHCP, but the plan has no DHCP server on network ${value.network}`,
      remedy: `add dhcp: {server: ..., range: ...} to network ${value.network}, or write a fixed address`,
    };
  }
}

function* unreservedUplink({ plan }: CheckedPlan): Iterable<Violation> {
  if (usesCalico(plan) !== true) return;
  const carrierOf = carrying(plan);
  for (const { node, name, value, path } of interfacesOf(plan)) {
    if (value.address !== 'dhcp' || value.assigned === 'dhcp' || value.network === undefined) continue;
    // Without any server, what is missing is the server.
    if (carrierOf(plan.nodes?.[node] ?? {}) !== value.network || !plan.networks?.[value.network]?.dhcp) continue;
    yield {
      at: [...path, 'address'],
      problem: `${name} of node ${node} carries its pods and has any address that DHCP gives: the router cannot name its BGP neighbor, and another lease ends every route to its pods`,
      remedy: `let the server reserve the address: write it here, with assigned: dhcp and the mac of ${name}; or write a fixed address`,
    };
  }
}

function* leaseBounds({ plan }: CheckedPlan): Iterable<Violation> {
  for (const [network, { dhcp }] of entries(plan.networks)) {
    const lease = dhcp?.lease;
    const seconds = lease === undefined ? undefined : secondsIn(lease);
    if (lease === undefined || seconds === undefined) continue;
    if (seconds >= LEASE.minimum && seconds <= LEASE.maximum) continue;
    yield {
      at: ['networks', network, 'dhcp', 'lease'],
      problem:
        seconds < LEASE.minimum
          ? `a lease of ${lease} is shorter than two minutes: servers grant more than that, and each renewal costs every pod a request`
          : `a lease of ${lease} is longer than DHCP can say: ${LEASE.maximum} seconds`,
    };
  }
}

export const dhcpRules: readonly Rule[] = [
  {
    code: 'dhcp/lease',
    severity: 'error',
    summary: 'A lease lasts for two minutes at least, and for what 32 bits of seconds hold at most.',
    remedy: 'write a lease such as 12h or 24h',
    check: leaseBounds,
  },
  {
    code: 'dhcp/static-in-range',
    severity: 'error',
    summary:
      'A DHCP range contains no fixed address, unless its server reserves it: that of a node with assigned: dhcp, or of a reserved device where the server can (not pfSense).',
    remedy: 'move the range or the address',
    check: staticInRange,
  },
  {
    code: 'dhcp/reservation-address',
    severity: 'error',
    summary: 'For an interface with assigned: dhcp, the plan has the address that the DHCP server reserves for it.',
    remedy: 'write the address; or remove assigned if the address may be any',
    check: reservationAddress,
  },
  {
    code: 'dhcp/reservation-mac',
    severity: 'error',
    summary:
      'For an interface with assigned: dhcp, the plan has its MAC address, by which the DHCP server identifies it.',
    remedy: 'add mac: the address that `ip link` shows on the node',
    check: reservationMac,
  },
  {
    code: 'dhcp/reservation-server',
    severity: 'error',
    summary: 'An interface with assigned: dhcp is on a network with a DHCP server.',
    remedy: 'add dhcp to the network, or remove assigned',
    check: reservationServer,
  },
  {
    code: 'dhcp/server-elsewhere',
    severity: 'error',
    summary: 'A DHCP server that is a router of the plan has an address on the network.',
    remedy: 'name the router on that network',
    check: serverElsewhere,
  },
  {
    code: 'dhcp/server-name',
    severity: 'warning',
    summary: 'A DHCP server whose name is close to that of a router on its network is that router.',
    remedy: 'write the name of the router',
    check: serverName,
  },
  {
    code: 'dhcp/no-server',
    severity: 'warning',
    summary: 'An interface with address: dhcp is on a network with a DHCP server.',
    remedy: 'add dhcp to the network, or write a fixed address',
    check: noServer,
  },
  {
    code: 'dhcp/unreserved-uplink',
    severity: 'warning',
    summary: 'The interface of a node that carries its pods has an address that the plan knows.',
    remedy: 'let the DHCP server reserve it (assigned: dhcp, mac), or write a fixed address',
    check: unreservedUplink,
  },
  {
    code: 'dhcp/pool-size',
    severity: 'error',
    summary:
      'A DHCP range has an address for every client, node and pod that requests one, plus a fifth of that as spare addresses, at least two.',
    remedy: 'make the range larger, or use fewer pods with an attachment',
    check: poolSize,
  },
];
