/** Mistakes in the half of the house: addresses, DHCP, routers and links. */
import {
  atNetwork,
  atNode,
  atRouter,
  hasAttachments,
  map,
  maps,
  put,
  set,
  uplinks,
  type Data,
  type Mistake,
} from './plant.ts';

export const houseMistakes: readonly Mistake[] = [
  // Addresses
  {
    name: 'a node with the address of its router',
    codes: ['addresses/duplicate'],
    arithmetic: true,
    plant: atNode(({ value }, plan) => {
      const router = maps(plan.routers).find(([, { addresses }]) => map(addresses)[String(value.network)]);
      value.address = router && map(router[1].addresses)[String(value.network)];
      return router !== undefined;
    }),
  },
  {
    name: 'two nodes with one address',
    codes: ['addresses/duplicate'],
    arithmetic: true,
    plant: (plan) => {
      const [one, other] = uplinks(plan);
      if (!one || !other || one.value.network !== other.value.network) return false;
      other.value.address = one.value.address;
      return true;
    },
  },
  {
    name: 'a node outside of its network',
    codes: ['addresses/outside-network'],
    arithmetic: true,
    plant: atNode(({ value }) => put(value, ['address'], '192.168.199.9')),
  },
  {
    name: 'a node with the address of the network',
    codes: ['addresses/network-or-broadcast'],
    arithmetic: true,
    plant: atNode(({ value, host }) => put(value, ['address'], `${host}.0`)),
  },
  {
    name: 'a gateway in another network',
    codes: ['addresses/outside-network'],
    arithmetic: true,
    plant: atNetwork((network) => put(network, ['gateway'], '192.168.199.1')),
  },
  {
    name: 'pods in the network of nodes',
    codes: ['addresses/overlap', 'pods/inside-network'],
    arithmetic: true,
    plant: atNetwork((network, _, __, plan) => put(plan, ['pods', 'subnet'], network.subnet)),
  },
  {
    name: 'services in the pods',
    codes: ['addresses/overlap'],
    arithmetic: true,
    plant: (plan) => put(plan, ['kubernetes', 'services'], map(plan.pods).subnet),
  },
  {
    name: 'load balancers in the services',
    codes: ['addresses/overlap'],
    arithmetic: true,
    plant: (plan) => put(plan, ['loadBalancers'], { subnet: map(plan.kubernetes).services }),
  },
  {
    name: 'a link in the network of nodes',
    codes: ['addresses/overlap'],
    arithmetic: true,
    plant: (plan) => {
      const [[, link] = []] = maps(plan.links);
      return link !== undefined && atNetwork((_, host) => put(link, ['subnet'], `${host}.64/30`))(plan);
    },
  },
  {
    name: 'host bits in a subnet',
    codes: ['addresses/host-bits'],
    plant: atNetwork((network, host) =>
      put(network, ['subnet'], String(network.subnet).replace(`${host}.0/`, `${host}.1/`)),
    ),
  },
  {
    name: 'an octet with a leading zero',
    codes: ['addresses/octal'],
    plant: atNode(({ value, host }) => put(value, ['address'], `${host}.011`)),
  },
  {
    name: 'cluster DNS outside of the services',
    codes: ['addresses/cluster-dns'],
    plant: set('kubernetes.dns', '10.1.2.3'),
  },
  {
    name: 'services for nobody',
    codes: ['addresses/services-size'],
    plant: set('kubernetes.services', '10.192.0.0/30'),
  },
  { name: 'pods on the internet', codes: ['addresses/public'], plant: set('pods.subnet', '8.0.0.0/10') },
  { name: 'pods in multicast', codes: ['addresses/special'], plant: set('pods.subnet', '224.0.0.0/10') },
  { name: 'pods in the loopback', codes: ['addresses/special'], plant: set('pods.subnet', '127.64.0.0/10') },
  {
    name: "pods in Docker's own network",
    codes: ['addresses/docker'],
    plant: (plan) => put(plan, ['loadBalancers'], { subnet: '172.17.4.0/24' }),
  },
  {
    name: 'a router on no network',
    codes: ['addresses/unknown-network'],
    plant: atRouter((router) => put(router, ['addresses', 'nowhere'], '192.168.199.1')),
  },

  // DHCP
  {
    name: 'a fixed address in the range',
    codes: ['dhcp/static-in-range'],
    arithmetic: true,
    plant: atNetwork((network, host, _, plan) =>
      put(network, ['dhcp'], { server: maps(plan.routers)[0]?.[0], range: `${host}.10-${host}.60` }),
    ),
  },
  {
    name: 'a range backwards',
    codes: ['addresses/range-order'],
    plant: atNetwork((network, host) => put(network, ['dhcp'], { server: 'box', range: `${host}.90-${host}.60` })),
  },
  {
    name: 'a range outside of its network',
    codes: ['addresses/outside-network'],
    plant: atNetwork((network) => put(network, ['dhcp'], { server: 'box', range: '192.168.199.10-192.168.199.60' })),
  },
  {
    name: 'a lease of a second',
    codes: ['dhcp/lease'],
    plant: atNetwork((network, host) =>
      put(network, ['dhcp'], { server: 'box', range: `${host}.100-${host}.160`, lease: '1s' }),
    ),
  },
  {
    name: 'a node by DHCP where no server is',
    codes: ['dhcp/no-server'],
    plant: atNode(({ value }, plan) => {
      delete value.bridge;
      return !hasAttachments(plan) && put(value, ['address'], 'dhcp');
    }),
  },
  {
    name: 'a DNS server at the broadcast address',
    codes: ['dns/unusable'],
    plant: atNetwork(
      (network, host) => put(network, ['subnet'], `${host}.0/24`) && put(network, ['dns'], [`${host}.255`]),
    ),
  },

  // Routers and links
  { name: 'AS 0', codes: ['bgp/asn-range'], plant: atRouter((router) => put(router, ['asn'], 0)) },
  { name: 'AS_TRANS', codes: ['bgp/asn-range'], plant: atRouter((router) => put(router, ['asn'], 23456)) },
  {
    name: 'the last AS of 16 bits',
    codes: ['bgp/asn-range'],
    plant: atRouter((router) => put(router, ['asn'], 65535)),
  },
  {
    name: 'linked routers of one AS',
    codes: ['bgp/distinct-asn'],
    plant: (plan) => {
      const [[, link] = []] = maps(plan.links);
      const [one, other] = (link?.between ?? []) as string[];
      if (one === undefined || other === undefined) return false;
      return put(plan, ['routers', other, 'asn'], map(map(plan.routers)[one]).asn);
    },
  },
  {
    name: 'a hold time of two keepalives',
    codes: ['bgp/keepalive-hold'],
    plant: (plan) => put(plan, ['bgp', 'hold'], 20) && put(plan, ['bgp', 'keepalive'], 10),
  },
  { name: 'a hold time of a second', codes: ['bgp/hold-range'], plant: set('bgp.hold', 1) },
  { name: 'sessions without a password', codes: ['bgp/no-password'], plant: set('bgp.passwordSecret', undefined) },
  {
    name: 'a site without a link',
    codes: ['reachability/sites'],
    plant: (plan) => {
      const [[name] = []] = maps(plan.links);
      return name !== undefined && put(plan, ['links', name], undefined);
    },
  },
  {
    name: 'a link to nobody',
    codes: ['addresses/unknown-router', 'links/ends'],
    plant: (plan) => {
      const [[, link] = []] = maps(plan.links);
      return link !== undefined && put(link, ['between'], [(link.between as string[])[0], 'nobody-at-all']);
    },
  },
  {
    name: 'a link of a router with itself',
    codes: ['links/ends'],
    plant: (plan) => {
      const [[, link] = []] = maps(plan.links);
      const [one] = (link?.between ?? []) as string[];
      return link !== undefined && put(link, ['between'], [one, one]);
    },
  },
  {
    name: 'a link without room for two',
    codes: ['links/room'],
    plant: (plan) => {
      const [[, link] = []] = maps(plan.links);
      return link !== undefined && put(link, ['subnet'], '10.255.9.0/32');
    },
  },
  {
    name: 'links that nobody can open',
    codes: ['reachability/link-ends'],
    plant: (plan) => {
      if (maps(plan.links).length === 0) return false;
      for (const [, router] of maps(plan.routers)) delete router.public;
      return true;
    },
  },
  {
    name: 'nodes without a router',
    codes: ['bgp/no-router', 'pods/network-needed'],
    plant: atNetwork((network, _, name, plan) => {
      delete network.gateway;
      for (const [, { addresses }] of maps(plan.routers)) Reflect.deleteProperty(map(addresses), name);
      return true;
    }),
  },
  {
    name: 'a gateway that is nobody',
    codes: ['reachability/unknown-gateway'],
    plant: atNetwork((network, host) => put(network, ['gateway'], `${host}.77`)),
  },
  {
    name: 'nodes without a default route',
    codes: ['reachability/default-route'],
    packets: true,
    plant: atNetwork((network) => 'gateway' in network && delete network.gateway),
  },
  {
    name: 'people without a gateway',
    codes: ['reachability/clients-without-gateway'],
    packets: true,
    plant: (plan) => {
      const lan = map(plan.networks)['house-of-clients'] as Data | undefined;
      return lan !== undefined && delete lan.gateway;
    },
  },
];
