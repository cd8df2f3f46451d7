/**
 * The house of the plan same-subnet, with a second node, in a lab. Pods are hosts of their own here, behind a cable as Calico
 * makes it; a node does not have their addresses itself, and answers ARP for them only as its kernel settings make it.
 *
 *     lan 192.168.2.0/23   edgerouter .2.1 (FRR, dnsmasq)   phone by DHCP   sonos .2.250
 *                          rancher .2.225 --cali0-- pod-rancher     worker .2.226 --cali0-- pod-worker
 */
import { blockAt, type Address } from '../../cdk8s/address/index.ts';
import { startBird } from '../../cdk8s/lab/bird.ts';
import { startDnsmasq, type Dnsmasq } from '../../cdk8s/lab/dnsmasq.ts';
import { startFrr, type Frr } from '../../cdk8s/lab/frr.ts';
import type { Host } from '../../cdk8s/lab/host.ts';
import { startLab, type Lab, type Segment as Switch } from '../../cdk8s/lab/lab.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import { must, named } from '../../cdk8s/plan/must.ts';
import type { CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import type { Node, Router, Segment } from '../../cdk8s/plan/network/index.ts';
import { requireTool } from '../cluster/tools.ts';
import { changed, networkOf, planText } from '../plans/fixtures.ts';
import { birdConfiguration, firewall, frrConfiguration } from './router-writer.ts';

export const DHCP_CLIENT = 'cni-dhcp';

/** What a node's end of each pod's cable is set to (docs/facts.md#arp-for-pods). */
const calicoSets = { 'net/ipv4/conf/cali0/proxy_arp': 1, 'net/ipv4/neigh/cali0/proxy_delay': 0 };

const worker =
  '  worker: {interfaces: {eth0: {network: lan, mac: "00:15:5d:02:cb:01", address: 192.168.2.226, assigned: dhcp}}}';
const plan = [
  changed(
    changed(planText('same-subnet'), 'software: edgeos', 'software: frr'),
    '\npods: {mode: on-lan',
    `\n${worker}\npods: {mode: on-lan`,
  ).trimEnd(),
  'bgp: {hold: 3, keepalive: 1}\n',
].join('\n');

/** What stands on the LAN, with the address that others see. */
export interface Station {
  readonly host: Host;
  readonly address: Address;
}

/** A node and its one pod. */
export interface LabNode extends Station {
  readonly mac: string;
  readonly block: string;
  readonly pod: Station;
}

export interface OnLanHouse {
  readonly lab: Lab;
  readonly network: CalicoNetwork;
  readonly lan: Segment;
  /** Of the lab: what devices of the LAN are plugged into. */
  readonly cable: Switch;
  readonly router: Station;
  readonly frr: Frr;
  readonly dhcp: Dnsmasq;
  readonly phone: Host;
  readonly sonos: Station;
  readonly rancher: LabNode;
  readonly worker: LabNode;
}

export async function startOnLanHouse(): Promise<OnLanHouse> {
  const lab = await startLab();
  try {
    return await build(lab, networkOf(plan));
  } catch (error) {
    await lab.stop().catch(() => undefined);
    throw error;
  }
}

async function build(lab: Lab, network: CalicoNetwork): Promise<OnLanHouse> {
  const lan = named(network.segments, 'lan', 'network');
  const cable = await lab.segment('lan');
  const join = async (name: string, device: string, address?: Address, mac?: string): Promise<Host> => {
    const host = await lab.host(name);
    await host.join(cable, device, ...(address ? [`${String(address)}/${lan.subnet.prefix}`] : []));
    if (mac !== undefined) await host.ip(`link set ${device} address ${mac}`);
    return host;
  };

  const [router] = network.routers;
  const routerAddress = must(router?.interfaces[0]?.address, 'address of the router');
  const routerHost = await join('edgerouter', 'lan0', routerAddress);
  const [frr, dhcp] = await startRouter(routerHost, must(router, 'router'), lan);

  const phone = await join('phone', 'eth0');
  const { address: fixed } = named(lan.reserved, 'sonos', 'device');
  const sonos = { host: await join('sonos', 'eth0', fixed), address: fixed };
  await sonos.host.ip(`route add default via ${String(lan.gateway)}`);

  const nodeAt = async (index: number): Promise<LabNode> => {
    const node = must(network.nodes[index], `node ${index}`);
    const [one] = node.interfaces;
    const address = must(one?.address, `address of ${node.name}`);
    const mac = String(must(one?.mac, `MAC address of ${node.name}`));
    const host = await join(node.name, must(one?.holder, 'device'), address, mac);
    const block = blockAt(network.pods.subnet, network.pods.blockSize, index);
    const pod = { host: await lab.host(`pod-${node.name}`), address: block.at(5) };
    await startNode(lab, network, node, host, pod);
    return { host, address, mac, block: String(block), pod };
  };
  const [rancher, second] = [await nodeAt(0), await nodeAt(1)];
  const house = {
    lab,
    network,
    lan,
    cable,
    router: { host: routerHost, address: routerAddress },
    frr,
    dhcp,
    phone,
    sonos,
  };
  return { ...house, rancher, worker: second };
}

async function startRouter(host: Host, router: Router, { subnet, dhcp }: Segment): Promise<[Frr, Dnsmasq]> {
  await host.sysctl({ 'net/ipv4/ip_forward': 1 });
  await host.nft(firewall(router));
  // What a router permits its LAN in any case.
  await host.nft('add rule inet house input udp dport 67 accept');
  const { range, lease, reservations, options } = must(dhcp, 'DHCP on the LAN');
  const configuration = [
    'port=0',
    'interface=lan0',
    'dhcp-authoritative',
    `dhcp-range=${String(range.first)},${String(range.last)},${String(subnet.mask)},${String(lease)}`,
    `dhcp-option=option:router,${String(options.router)}`,
    ...reservations.map(({ name, mac, address }) => `dhcp-host=${String(mac)},${name},${String(address)}`),
  ];
  return [await startFrr(host, frrConfiguration(router)), await startDnsmasq(host, `${configuration.join('\n')}\n`)];
}

async function startNode(lab: Lab, network: CalicoNetwork, node: Node, host: Host, pod: Station): Promise<void> {
  await host.sysctl(node.sysctls);
  await host.ip(`route add default via ${String(node.uplink.defaultRoute?.gateway)}`);
  await lab.cable(host, 'cali0', pod.host, 'eth0');
  await host.sysctl(calicoSets);
  await host.ip(`route add ${String(pod.address)}/32 dev cali0 scope link`);
  await pod.host.ip(`address add ${String(pod.address)}/32 dev eth0`);
  await pod.host.ip('route add 169.254.1.1 dev eth0 scope link');
  await pod.host.ip('route add default via 169.254.1.1');
  const block = blockAt(network.pods.subnet, network.pods.blockSize, network.nodes.indexOf(node));
  // As calico-node's BIRD has it in the kernel: addresses of the block that no pod has lead nowhere.
  await host.ip(`route add blackhole ${String(block)}`);
  await startBird(host, birdConfiguration(network, node, block));
}

/** A device asks for an address, by a client with a lease; what it was told is its address then. */
export async function takeLease(host: Host): Promise<string> {
  const program = requireTool(DHCP_CLIENT);
  const socket = `${host.folder('dhcp')}/client.sock`;
  await host.start('dhcp', [program, 'daemon', '-socketpath', socket]);
  await waitFor('the DHCP client runs', 10_000, async () => {
    const { code } = await host.run(['test', '-S', socket]);
    return code === 0 || new NotYet('it has no socket');
  });
  const input = JSON.stringify({ cniVersion: '1.0.0', name: 'lan', ipam: { type: 'dhcp', daemonSocketPath: socket } });
  const env = {
    CNI_COMMAND: 'ADD',
    CNI_CONTAINERID: host.name,
    CNI_NETNS: `/run/netns/${host.name}`,
    // The plugin is on the device itself, not on a node with pods.
    CNI_NETNS_OVERRIDE: 'true',
    CNI_IFNAME: 'eth0',
    CNI_PATH: '/run',
  };
  const said = JSON.parse(await host.must([program], { env, input })) as {
    readonly ips: readonly { readonly address: string; readonly gateway: string }[];
  };
  const { address, gateway } = must(said.ips[0], 'address in the lease');
  await host.ip(`address add ${address} dev eth0`);
  await host.ip(`route add default via ${gateway}`);
  return address;
}

interface Neighbor {
  readonly lladdr?: string;
  readonly state: readonly string[];
}

/** The MAC address that answers a host's ARP for an address, asked anew; undefined: nobody, asked three times. */
export async function answersArp(host: Host, address: Address): Promise<string | undefined> {
  const entry = `${String(address)} dev eth0`;
  await host.run(['ip', 'neigh', 'delete', ...entry.split(' ')]);
  await host.ip(`neigh replace ${entry} use`);
  const found = await waitFor(`${host.name} has asked for ${String(address)}`, 10_000, async () => {
    const [one] = await host.ipJson<readonly Neighbor[]>(`neigh show ${entry}`);
    if (!one) return new NotYet('it asks for nothing');
    return one.state.includes('INCOMPLETE') || one.state.includes('NONE') ? new NotYet(one.state.join()) : one;
  });
  return found.state.includes('FAILED') ? undefined : must(found.lladdr, 'MAC address of a neighbor');
}
