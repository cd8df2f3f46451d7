/**
 * What a router's firewall lets pass, as new connections. People's devices get to pods, load balancers and announced services,
 * those of other sites too, and nothing else: never to each other's networks, and from other networks nobody gets anywhere.
 */
import { parseAddress, type Address, type Cidr } from '../../address/index.ts';
import { groupBy } from '../group.ts';
import { named } from '../must.ts';
import { once, onceByName } from '../once.ts';
import { joined } from './joined.ts';
import type { Permit, Port, TunnelEnd } from '../network/index.ts';
import { poolsAt, segmentsAt, sitesOf, type NetworkBeforeRouting } from './routing.ts';

const BGP: readonly Port[] = [{ protocol: 'tcp', number: 179 }];
const DNS: readonly Port[] = [
  { protocol: 'udp', number: 53 },
  { protocol: 'tcp', number: 53 },
];

export function permitsOf(house: NetworkBeforeRouting, router: string, tunnels: readonly TunnelEnd[]): Permit[] {
  return [...toItself(house, router, tunnels), ...throughIt(house, router)].filter(
    ({ from, why }) => from.length > 0 || why === 'tunnel',
  );
}

function toItself(house: NetworkBeforeRouting, router: string, tunnels: readonly TunnelEnd[]): Permit[] {
  const sites = sitesOf(house, router);
  const { interfaces } = named(house.routers, router, 'router');
  const mine = new Set(sites.flatMap(({ nodes }) => nodes));
  // Nodes on one network share its list.
  const lists = new Set(house.nodes.flatMap(({ name, dns }) => (mine.has(name) ? [dns] : [])));
  const asked = new Set([...lists].flatMap((dns) => dns.map(String)));
  const servers = interfaces.map(({ address }) => address).filter((address) => asked.has(String(address)));
  return [
    ...sites.map((site) => input('bgp', nodesOn(house, site.network), [site.address], BGP)),
    ...tunnels.flatMap(({ remote, ports, local, far }) => [
      input('tunnel', fixedAddress(remote), [], ports),
      input('bgp', [far], [local], BGP),
    ]),
    ...(servers.length > 0 ? [input('dns', [house.pods.subnet], servers, DNS)] : []),
  ];
}

/** None for a host name, since its address may change, and for a router without one, which calls from wherever it is. */
function fixedAddress(remote: string | undefined): Address[] {
  const parsed = remote === undefined ? undefined : parseAddress(remote);
  return parsed?.ok ? [parsed.value] : [];
}

const byNetwork = once((nodes: NetworkBeforeRouting['nodes']) => groupBy(nodes, ({ network }) => network));

/** Their addresses, or their network where DHCP gives one that the plan does not know. */
const nodesOn = onceByName(
  ({ nodes, segments }: NetworkBeforeRouting, network: string): readonly (Address | Cidr)[] => {
    const addresses = (byNetwork(nodes).get(network) ?? []).map(({ uplink }) => uplink.address);
    const known = addresses.filter((address) => address !== undefined);
    if (known.length === addresses.length) return known;
    return [named(segments, network, 'network').subnet];
  },
);

function throughIt(house: NetworkBeforeRouting, router: string): Permit[] {
  const { pods, kubernetes, segments } = house;
  const reached = joined(house.links, router);
  const here = segmentsAt(house, router);
  const cluster = [
    pods.subnet,
    ...poolsAt(house, ...reached).flatMap(({ subnets }) => subnets),
    ...(kubernetes.advertiseServices ? [kubernetes.services] : []),
  ];
  const carriers = new Set(reached.flatMap((name) => sitesOf(house, name)).map(({ network }) => network));
  const nodes = subnets(segments.filter(({ name }) => carriers.has(name)));
  const elsewhere = reached
    .flatMap((name) => segmentsAt(house, name))
    .filter(({ clients, reach, name }) => clients && reach === 'house' && !here.some((one) => one.name === name));
  return [
    forward('clients', subnets(here.filter(({ clients, name }) => clients && !carriers.has(name))), cluster),
    forward('clients elsewhere', subnets(elsewhere.filter(({ name }) => !carriers.has(name))), cluster),
    forward('nodes', nodes, nodes.length > 1 ? [...cluster, ...nodes] : cluster),
    forward('pods', [pods.subnet], []),
  ];
}

function subnets(segments: readonly { readonly subnet: Cidr }[]): Cidr[] {
  return [...new Set(segments.map(({ subnet }) => subnet))];
}

function input(why: Permit['why'], from: Permit['from'], to: Permit['to'], ports: Permit['ports']): Permit {
  return { why, way: 'input', from, to, ports };
}

function forward(why: Permit['why'], from: Permit['from'], to: Permit['to']): Permit {
  return { why, way: 'forward', from, to, ports: [] };
}
