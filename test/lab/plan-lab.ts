/**
 * A plan's house in a lab: its segments as switches, routers with FRR and a firewall, nodes with BIRD in Calico's role, a
 * device on each network of people. Links are plain cables that let pass what a tunnel would. Each router has a line to an
 * internet of its own, which answers nothing.
 *
 *     device --- router --wan0-- internet
 *                  |  \--link-- router ...
 *                node: its pod's address and those of Services are its own (loopback), so it answers for them
 */
import { blockAt, type Address, type Cidr } from '../../cdk8s/address/index.ts';
import { startBird } from '../../cdk8s/lab/bird.ts';
import type { Counter } from '../../cdk8s/lab/counter.ts';
import { startFrr, type Frr } from '../../cdk8s/lab/frr.ts';
import type { Host } from '../../cdk8s/lab/host.ts';
import { startLab, type Lab, type Segment as Switch } from '../../cdk8s/lab/lab.ts';
import type { CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import type { Node, Router, Routing, Segment } from '../../cdk8s/plan/network/index.ts';
import { allowedAddresses, birdConfiguration, firewall, frrConfiguration } from './router-writer.ts';

const WEB = 80;
/** Of devices: outside what plans here give to nodes and routers. */
const DEVICE = 77;

export interface House {
  readonly lab: Lab;
  /** By name: routers, nodes, and a device by the name of its network. */
  readonly hosts: ReadonlyMap<string, Host>;
  /** The routing daemons of each router. */
  readonly routers: ReadonlyMap<string, Frr>;
  /** The pod of each node. */
  readonly pods: ReadonlyMap<string, Address>;
  host(name: string): Host;
  /** What whoever has the address says to a host that asks by TCP, from an address of its own. */
  answers(from: string, address: Address | undefined, source?: Address): Promise<string>;
  /** A tunnel that carries nothing any more, and tells nobody. */
  cut(link: string): Promise<void>;
  /** Packets for these ranges that leave a router by its WAN. */
  leaks(router: string, ranges: readonly Cidr[]): Promise<Counter>;
}

/** `change`: what a router does otherwise than the plan says. */
export async function startHouse(
  network: CalicoNetwork,
  change: (routing: Routing, router: Router) => Routing = (routing) => routing,
): Promise<House> {
  const lab = await startLab();
  try {
    return await build(lab, {
      ...network,
      routers: network.routers.map((router) => ({ ...router, routing: change(router.routing, router) })),
    });
  } catch (error) {
    await lab.stop().catch(() => undefined);
    throw error;
  }
}

async function build(lab: Lab, network: CalicoNetwork): Promise<House> {
  const hosts = new Map<string, Host>();
  const host = (name: string): Host => {
    const found = hosts.get(name);
    if (!found) throw new Error(`the house has no ${name}`);
    return found;
  };
  const switches = new Map<string, Switch>();
  for (const [index, { name }] of network.segments.entries()) switches.set(name, await lab.segment(`sw${index}`));
  const plug = async (one: Host, segment: Segment, device: string, address: Address | undefined): Promise<void> => {
    const to = switches.get(segment.name);
    if (to) await one.join(to, device, `${String(address)}/${segment.subnet.prefix}`);
  };
  const segmentOf = (name: string): Segment => {
    const found = network.segments.find((one) => one.name === name);
    if (!found) throw new Error(`there is no network ${name}`);
    return found;
  };

  for (const [index, router] of network.routers.entries()) {
    const one = await lab.host(router.name);
    hosts.set(router.name, one);
    await one.sysctl({ 'net/ipv4/ip_forward': 1, 'net/ipv4/fib_multipath_hash_policy': 1 });
    for (const [port, { network: name, address }] of router.interfaces.entries())
      await plug(one, segmentOf(name), `lan${port}`, address);
    const internet = await lab.host(`internet${index}`);
    await lab.cable(one, 'wan0', internet, 'eth0');
    await one.ip(`address add 203.0.113.2/30 dev wan0`);
    await internet.ip(`address add 203.0.113.1/30 dev eth0`);
    await one.ip('route add default via 203.0.113.1');
  }
  for (const [index, { between, addresses, subnet }] of network.links.entries()) {
    const [left, right] = [host(between[0]), host(between[1])];
    await lab.cable(left, `tun${index}`, right, `tun${index}`);
    await left.ip(`address add ${String(addresses[0])}/${subnet.prefix} dev tun${index}`);
    await right.ip(`address add ${String(addresses[1])}/${subnet.prefix} dev tun${index}`);
  }
  for (const segment of network.segments.filter(({ clients }) => clients)) {
    const device = await lab.host(segment.name);
    hosts.set(segment.name, device);
    await plug(device, segment, 'eth0', segment.subnet.at(DEVICE));
    await device.ip(`route add default via ${String(segment.gateway)}`);
    await device.listen([`tcp 0.0.0.0:${WEB}`]);
  }
  const pods = new Map<string, Address>();
  for (const [index, node] of network.nodes.entries()) {
    const block = blockAt(network.pods.subnet, network.pods.blockSize, index);
    const pod = block.at(1);
    pods.set(node.name, pod);
    hosts.set(node.name, await lab.host(node.name));
    await startNode(network, node, host(node.name), { plug, segmentOf }, block, pod);
  }
  const routers = new Map<string, Frr>();
  for (const router of network.routers) {
    await host(router.name).nft(firewall(router));
    for (const tunnel of router.routing.tunnels) {
      const index = network.links.findIndex(({ name }) => name === tunnel.link);
      await host(router.name).nft(allowedAddresses(tunnel, `tun${index}`));
    }
    routers.set(router.name, await startFrr(host(router.name), frrConfiguration(router)));
  }
  return {
    lab,
    hosts,
    routers,
    pods,
    host,
    answers: async (from, address, source) =>
      await host(from).probe(`tcp ${String(address)}:${WEB}`, source ? { from: String(source) } : {}),
    cut: async (link) => {
      const index = network.links.findIndex(({ name }) => name === link);
      for (const end of network.links[index]?.between ?? [])
        await host(end).nft(
          `table inet cut${index} { chain in { type filter hook prerouting priority -400; iifname "tun${index}" drop; }; }`,
        );
    },
    leaks: async (router, ranges) =>
      await host(router).count('leaving', `oifname "wan0" ip daddr { ${ranges.map(String).join(', ')} }`),
  };
}

interface Ground {
  readonly plug: (host: Host, segment: Segment, device: string, address: Address | undefined) => Promise<void>;
  readonly segmentOf: (name: string) => Segment;
}

async function startNode(
  network: CalicoNetwork,
  node: Node,
  host: Host,
  { plug, segmentOf }: Ground,
  block: Cidr,
  pod: Address,
): Promise<void> {
  for (const one of node.interfaces) {
    // A bridge for pods only: nothing that these tests ask comes by it.
    if (one.from === 'none') await host.ip(`link add ${one.holder} type bridge`);
    else await plug(host, segmentOf(one.network), one.holder, one.address);
  }
  for (const { from, to, gateway, device, table, priority } of node.sourceRules) {
    await host.ip(`rule add from ${String(from)} to ${String(to)} lookup ${table} priority ${priority}`);
    await host.ip(`route replace default via ${String(gateway)} dev ${device} table ${table}`);
  }
  await host.sysctl(node.sysctls);
  await host.ip(`route add default via ${String(node.uplink.defaultRoute?.gateway)}`);
  await host.ip(`address add ${String(pod)}/32 dev lo`);
  const site = network.sites.find(({ nodes }) => nodes.includes(node.name));
  for (const pool of network.loadBalancers.filter(({ router }) => router === undefined || router === site?.router))
    await host.ip(`address add ${String(pool.addresses.first.plus(10))}/32 dev lo`);
  await host.listen([`tcp 0.0.0.0:${WEB}`]);
  await startBird(host, birdConfiguration(network, node, block));
}
