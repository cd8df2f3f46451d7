/** What the steps lead to, at a glance. */
import { cnis } from '../platforms/cnis/index.ts';
import { isCalico } from '../plan/network/calico.ts';
import type { Network, Pods } from '../plan/network/index.ts';
import { code, table } from './markdown.ts';

export function overview(network: Network): string {
  const { segments, pods, kubernetes, loadBalancers } = network;
  const rows = [
    ...segments.map(({ name, subnet, vlan, mtu, gatewayMtu, clients }) => [
      `network ${code(name)}`,
      code(subnet),
      [
        vlan === undefined ? 'untagged' : `VLAN ${vlan}`,
        `MTU ${mtu}${gatewayMtu < mtu ? `, ${gatewayMtu} at the gateway` : ''}`,
        ...(clients ? ['client devices'] : []),
      ].join(', '),
    ]),
    ['pods', code(pods.subnet), podsText(pods, network)],
    [
      'services',
      code(kubernetes.services),
      kubernetes.advertiseServices ? 'announced by BGP' : 'inside the cluster only',
    ],
    ...loadBalancers.map(({ name, addresses, router }) => [
      loadBalancers.length === 1 || name === router ? 'load balancers' : `load balancers ${code(name)}`,
      code(addresses),
      router === undefined ? 'announced by every node' : `announced at router ${code(router)}`,
    ]),
  ];
  return `${sentence(network)}\n\n${table(['what', 'addresses', 'how'], rows)}`;
}

function sentence(network: Network): string {
  const { nodes, sites, pods, kubernetes } = network;
  const count = nodes.length === 1 ? 'One node' : `${nodes.length} nodes`;
  if (pods.mode === 'bridged')
    return `${count} on one network, ${kubernetes.distribution}. Pods are on that network too: no router, no Calico, no load balancers, and no NetworkPolicy.`;
  if (!isCalico(network))
    return `${count}, ${kubernetes.distribution}. The cluster keeps its network; what stands here is added to it.`;
  const routers = new Set(sites.map(({ router }) => router)).size;
  return `${count}, ${sites.length === 1 ? 'one router that speaks BGP' : `${routers} routers that speak BGP`}, ${kubernetes.distribution}.`;
}

function podsText(pods: Pods, { clusterNetwork }: Network): string {
  if (pods.mode === 'routed') return `blocks of /${pods.blockSize}, MTU ${pods.mtu}; the router learns them by BGP`;
  if (pods.mode === 'on-lan')
    return `inside network ${code(pods.network)}; blocks of /${pods.blockSize}, MTU ${pods.mtu}; nodes answer ARP for them, and the router learns them by BGP`;
  if (pods.mode === 'bridged')
    return `${pods.nodes[0]?.range.size ?? 0} addresses of network ${code(pods.network)} a node, on its bridge, MTU ${pods.mtu}`;
  const network = pods.cni === undefined ? `network ${code(clusterNetwork.name)}` : cnis[pods.cni].title;
  return `by ${network}, as before`;
}
