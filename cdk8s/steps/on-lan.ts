/**
 * Pods inside the network of the nodes (mode on-lan): how that network grows around the addresses that its devices have, from
 * the router outwards, what answers for pods there, and what does not work this way.
 */
import { dhcpServers } from '../platforms/dhcp-servers/index.ts';
import { named } from '../plan/must.ts';
import type { Network, OnLanPods, Segment } from '../plan/network/index.ts';
import { bullets, code, codes, LONGEST_LIST } from './markdown.ts';
import { word } from './shell.ts';
import type { Step } from './step.ts';

/** No device gets another address: each has a longer network around the one that it has. */
export function growSteps(network: Network): Step[] {
  const { pods } = network;
  if (pods.mode !== 'on-lan') return [];
  const segment = named(network.segments, pods.network, 'network');
  const steps = [routerGrows(network, pods), ...dhcpGrows(segment), devicesGrow(network, pods, segment)];
  return steps.map((step, index) => ({
    ...step,
    title: `Network ${code(segment.name)} becomes ${code(segment.subnet)}, ${index + 1} of ${steps.length}: ${step.title}`,
  }));
}

function routerGrows({ routers }: Network, { network, subnet, networkSubnet }: OnLanPods): Step {
  const there = routers.flatMap(({ interfaces }) => interfaces.filter((one) => one.network === network));
  const addresses = there.map(({ address }) => `${String(address)}/${networkSubnet.prefix}`);
  return {
    title: 'the router',
    todo: [
      `Pods have addresses of ${code(subnet)}, a part of ${code(networkSubnet)} that no device has. Where devices of ${code(network)} have a smaller network until now (a /24, say), it grows around them: masks change, from the router outwards, and no address does. Where all have ${code(networkSubnet)} already, go on after these steps.`,
      `The router gets ${codes(addresses)} in place of the same address with the old mask. Where its firewall, NAT or VPNs name the old network, they name ${code(networkSubnet)} now.`,
    ],
    see: [
      `Devices reach each other, the router and the internet as before: their mask is the old one still, and what is beyond it they send to the router. \`ping\` to ${code(subnet.at(1))}, from the router too, finds nobody.`,
    ],
    back: ['The same address with the old mask, and the old network in those rules.'],
  };
}

function dhcpGrows({ subnet, dhcp }: Segment): Step[] {
  if (!dhcp) return [];
  const leases = dhcp.software ? dhcpServers[dhcp.software].leases : `the lease list of ${code(dhcp.server)}`;
  return [
    {
      title: `the DHCP server ${code(dhcp.server)}`,
      todo: [
        `The server's subnet becomes ${code(subnet)}, so that it tells the mask ${code(subnet.mask)} (option 1). Its range becomes or stays ${code(dhcp.range)}, and no lease is deleted.`,
      ],
      see: [
        `${leases} shows the leases that were there. A device that is connected anew has the address that it had, with ${code(subnet.mask)}.`,
      ],
      back: ['Give the server its old subnet. Devices that have the new mask keep it until they renew.'],
    },
  ];
}

function devicesGrow({ nodes }: Network, { subnet, reserved, blockSize }: OnLanPods, segment: Segment): Step {
  const byHand = [
    ...segment.reserved.map(({ name }) => name),
    ...nodes.filter(({ uplink }) => uplink.from === 'itself').map(({ name }) => name),
  ];
  const named = byHand.length > LONGEST_LIST ? `${byHand.length} of the plan, nodes too` : codes(byHand);
  const devices = reserved.filter(({ prefix }) => prefix <= blockSize);
  return {
    title: 'leases and masks',
    todo: [
      `Devices take the new mask when they renew their lease${segment.dhcp?.lease === undefined ? '' : `, within ${code(segment.dhcp.lease)}`}, or when they are connected anew. Those with an address of their own${byHand.length > 0 ? ` (${named})` : ''} get ${code(segment.subnet.mask)} by hand.`,
      'Nothing is cut off meanwhile, for devices that are left out neither: with the old mask they send to the router what is for pods, and it passes it on, without redirects. The last address of the old network, its broadcast address, is an ordinary one now: give it to nobody while one device has the old mask.',
    ],
    see: [
      `On a device ${code('ip -4 -brief address')} (or its settings) shows the address that it had before, with ${code(`/${segment.subnet.prefix}`)} or ${code(segment.subnet.mask)}.`,
      `Nobody is where pods will be: ${code(`nmap -sn ${word(subnet)}`)} from such a device finds no host${devices.length > 0 ? ` outside ${codes(devices)}, which are left to devices` : ''}. A device that has an address there by hand moves now, or the plan names it.`,
    ],
    back: [
      'The old mask where it was set by hand; the others take it from the server again. Then the steps before, backwards.',
    ],
  };
}

/** Who answers for pods, in the step of the nodes. */
export function answeringBullets({ pods }: Network): string[] {
  if (pods.mode !== 'on-lan') return [];
  if (pods.answersArp === 'calico')
    return [
      `Leave \`proxy_arp\` off: calico-node itself answers ARP for its own pods of ${code(pods.subnet)} (FelixConfiguration, \`localSubnetL2Reachability\`), and two would answer.`,
    ];
  return [
    `\`proxy_arp\` is for that one device: the node then answers ARP for its own pods, whose routes lead to other devices, and for nobody else. Not \`net.ipv4.conf.all.proxy_arp\` and not \`proxy_arp_pvlan\`, which answer for addresses of others too. Without \`proxy_delay=0\` each answer takes up to 0.8 s. A second interface with an address would make the node answer for all of that network: the plan refuses one, so add none by hand.`,
  ];
}

/** What a router shows: both routes, and the longer one wins. */
export function bothRoutes({ pods }: Network): string[] {
  if (pods.mode !== 'on-lan') return [];
  return [
    `The table of a router there has ${code(pods.networkSubnet)} as connected and each /${pods.blockSize} of ${code(pods.subnet)} by BGP beside it, by the address of its node: the longer prefix wins, so the router asks nobody by ARP for a pod.`,
  ];
}

/** What a device shows, and what it never will. */
export function onTheLan({ pods, nodes }: Network): string[] {
  if (pods.mode !== 'on-lan') return [];
  const [first] = nodes;
  const mac = first?.uplink.mac;
  return [
    `On a device of ${code(pods.network)}, after that ping: ${code('ip neigh')} (or ${code('arp -a')}) has the pod's address with the MAC address of its node${mac && nodes.length === 1 ? `, ${code(mac)}` : ''}. Where there is none, the device has the old mask; where nobody answers, look at the node's ${pods.answersArp === 'kernel' ? '`proxy_arp`' : 'calico-node'}.`,
  ];
}

/** In the overview, before anything is done. */
export function limits({ pods }: Network): string[] {
  if (pods.mode !== 'on-lan') return [];
  const { network, networkSubnet, subnet, blockSize } = pods;
  return [
    `What pods inside ${code(network)} are, and what they are not:`,
    bullets([
      `**No discovery.** A pod has its address as a /32 behind its node, not a port of the LAN: mDNS, SSDP, broadcasts and Wake-on-LAN neither reach it nor leave it. A pod that needs them takes a second interface on a bridge (the plan's ${code('attachments')}, as in the plan hybrid), whose network has no pods of this mode inside it.`,
      `**Whole blocks.** A node takes /${blockSize} blocks of ${code(subnet)}, and all of a block is sent to it, by nodes, pods and the router: a device inside it would be reached by its neighbors on ${code(network)} alone. So devices of the plan there fill whole blocks, which are reserved before Calico has its pool.`,
      `**No duplicate address detection.** A node answers who asks for a pod's address, but not a device's probe whether an address is free (RFC 5227): a device that takes an address of ${code(subnet)} by hand is not stopped, and both lose packets. DHCP never gives one.`,
      `**Nothing is renumbered** to leave ${code(networkSubnet)}: the way to pods of a subnet of their own (${code('mode: routed')}) or with a second interface (hybrid) is a new pool, so a new network of the cluster.`,
    ]),
  ];
}

/** After the releases: a device for which the plan reserves addresses later, while pods may have them. */
export function laterDevices({ pods }: Network): string[] {
  if (pods.mode !== 'on-lan') return [];
  return [
    `A device that later gets an address of ${code(pods.subnet)}: first the plan (its whole block: devices or the DHCP range fill it), then the network's release, which reserves it for no new pod. Pods that have such an address keep it until they are deleted, and the block stays with its node until it is empty and the node has another: ${code('kubectl get pods --all-namespaces --output wide')} shows the pods, ${code('kubectl get ipamblocks.projectcalico.org')} the blocks. Only when the block is gone from there does the device get its address. The other way round: take the device off its address first, then out of the plan.`,
  ];
}
