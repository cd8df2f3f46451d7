/** What a router must let pass, and what it must translate. */
import { passHalfSeen } from '../plan/half-seen.ts';
import type { Network, Router } from '../plan/network.ts';
import { code, codes, prose } from './markdown.ts';

export function trafficBullets(network: Network, router: Router): string[] {
  const { pods, segments, nodes, sites, kubernetes } = network;
  const balancers = network.loadBalancers
    .filter((pool) => pool.router === undefined || pool.router === router.name)
    .map(({ subnet }) => subnet);
  const routed = [pods.subnet, ...balancers, ...(kubernetes.advertiseServices ? [kubernetes.services] : [])];
  const own = sites.filter((site) => site.router === router.name);
  const here = segments.filter(({ name }) => router.addresses.some(({ network: one }) => one === name));
  const mine = new Set(own.flatMap((site) => site.nodes));
  const peers = nodes.flatMap(({ name, uplink }) => (mine.has(name) && uplink.address ? [uplink.address] : []));
  const asked = [...new Set(nodes.filter(({ name }) => mine.has(name)).flatMap(({ dns }) => dns.map(String)))];
  const answered = asked.filter((server) => router.addresses.some(({ address }) => String(address) === server));
  return [
    ...(own.length > 0
      ? [
          `To the router itself: TCP 179 from ${peers.length > 0 && peers.length <= LONGEST_LIST ? codes(peers) : 'the nodes'}.`,
        ]
      : []),
    ...(answered.length > 0
      ? [
          `To the router itself: DNS (UDP and TCP 53) at ${codes(answered)} from ${code(pods.subnet)}: the cluster's DNS asks with the address of a pod.`,
        ]
      : []),
    `Through the router: from ${codes(here.map(({ subnet }) => subnet))} to ${codes(routed)}, and from ${code(pods.subnet)} to wherever pods may go.`,
    `To the internet: translate the sources ${codes([pods.subnet, ...balancers])} (masquerade), unless a rule there does so for whatever leaves. Between networks of the plan, tunnels too: no translation, or pods see the router in place of who asks.`,
    ...sharedBullets(network, router, [pods.subnet, ...balancers]),
  ];
}

const LONGEST_LIST = 12;

/** Clients and nodes on one segment: the router sees only the questions. */
function sharedBullets(
  { segments, sites }: Network,
  router: Router,
  to: readonly Network['pods']['subnet'][],
): string[] {
  const shared = segments.filter(
    ({ name, clients }) => clients && sites.some((site) => site.router === router.name && site.network === name),
  );
  return shared.flatMap(({ name, subnet }) => [
    `No ICMP redirects on network ${code(name)} (Linux: ${code('net.ipv4.conf.all.send_redirects=0')} and that of the interface): they would pin clients to one node.`,
    ...(router.stateful
      ? [
          `Clients and nodes share network ${code(name)}, and nodes answer past the router: ${prose(passHalfSeen(router.software, { from: subnet, to }))}.`,
        ]
      : []),
  ]);
}
