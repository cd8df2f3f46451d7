/** Gateways that are no router of the plan: nobody tells them the way to pods, so they need it by hand. */
import type { Network, Segment } from '../plan/network/index.ts';
import { code, codes } from './markdown.ts';

/** One sentence for each network with nodes or client devices behind such a gateway (reachability/gateway-without-bgp). */
export function otherGateways(network: Network): string[] {
  return network.segments.flatMap((segment) => sentence(network, segment));
}

function sentence(network: Network, { name, gateway, clients, reserved }: Segment): string[] {
  const { routers, sites, pods, loadBalancers, kubernetes } = network;
  const here = routers.flatMap(({ interfaces, ...router }) =>
    interfaces.filter((one) => one.network === name).map(({ address }) => ({ router: router.name, address })),
  );
  const [first] = here;
  const carries = sites.some((site) => site.network === name);
  const device = reserved.find(({ address }) => gateway && address.equals(gateway));
  if (!device || !first || !(carries || clients)) return [];
  const to = [
    pods.subnet,
    ...loadBalancers.flatMap(({ subnets }) => subnets),
    ...(kubernetes.advertiseServices ? [kubernetes.services] : []),
  ];
  const internet = carries
    ? ` It also has to translate the sources ${code(pods.subnet)} (masquerade) for the internet: pods leave through it.`
    : '';
  return [
    `The gateway of network ${code(name)}, ${code(device.address)}, is ${code(device.name)}, which learns nothing by BGP. Add static routes there for ${codes(to)} by ${code(first.address)} (router ${code(first.router)}), unless it is an address that the routers share (VRRP). Without them its devices reach none of these.${internet}`,
  ];
}
