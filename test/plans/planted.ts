/**
 * Mistakes of meaning, as people make them, each put into a plan that is right: a value that is well-formed and does not go
 * with the others, or that breaks later.
 */
import { parse, stringify } from 'yaml';

export type Data = Record<string, unknown>;

/** The plan is the mistake's own copy; false: this plan has no place for it. */
type Plant = (plan: Data) => boolean;

export interface Mistake {
  readonly name: string;
  /** The rule that finds it; of several, which one depends on the plan. */
  readonly codes: readonly string[];
  readonly plant: Plant;
  /** Plain arithmetic on the text sees it too. */
  readonly arithmetic?: true;
  /** It is a warning, and packets get lost. */
  readonly packets?: true;
}

const map = (value: unknown): Data => (value ?? {}) as Data;
const maps = (value: unknown): [string, Data][] => Object.entries((value ?? {}) as Record<string, Data>);

/** Sets a key of a map, which may not be there. */
function put(plan: Data, [key = '', ...rest]: readonly string[], value: unknown): boolean {
  if (rest.length === 0) {
    if (value === undefined) Reflect.deleteProperty(plan, key);
    else plan[key] = value;
  } else put((plan[key] ??= {}) as Data, rest, value);
  return true;
}

interface Uplink {
  readonly node: string;
  readonly name: string;
  readonly value: Data;
  /** `192.168.8` */
  readonly host: string;
}

/** The nodes that are written by themselves, with their interface. */
function uplinks(plan: Data): Uplink[] {
  return maps(plan.nodes).flatMap(([node, { interfaces }]) =>
    node.includes('{')
      ? []
      : maps(interfaces).map(([name, value]) => {
          const host = String(value.address).split('.').slice(0, 3).join('.');
          return { node, name, value, host };
        }),
  );
}

/** Changes the first node that is written by itself and has an interface. */
const atNode =
  (change: (uplink: Uplink, plan: Data) => boolean): Plant =>
  (plan) => {
    const [one] = uplinks(plan);
    return one !== undefined && change(one, plan);
  };

/** Changes any node: the first entry with an interface, a pattern too. */
const atInterface =
  (change: (value: Data, name: string, node: Data, plan: Data) => boolean): Plant =>
  (plan) => {
    for (const [, node] of maps(plan.nodes))
      for (const [name, value] of maps(node.interfaces)) return change(value, name, node, plan);
    return false;
  };

const nodeNetwork = (plan: Data): [string, Data] | undefined => {
  for (const [, { interfaces }] of maps(plan.nodes))
    for (const [, { network }] of maps(interfaces)) {
      const found = map(plan.networks)[String(network)];
      if (found) return [String(network), found as Data];
    }
  return undefined;
};

const atNetwork =
  (change: (network: Data, host: string, name: string, plan: Data) => boolean): Plant =>
  (plan) => {
    const [name, network] = nodeNetwork(plan) ?? [];
    if (!network || name === undefined) return false;
    return change(network, String(network.subnet).split('.').slice(0, 3).join('.'), name, plan);
  };

const atRouter =
  (change: (router: Data, name: string, plan: Data) => boolean): Plant =>
  (plan) => {
    const [[name, router] = []] = maps(plan.routers);
    return router !== undefined && name !== undefined && change(router, name, plan);
  };

const set =
  (path: string, value: unknown): Plant =>
  (plan) =>
    put(plan, path.split('.'), value);

/** Renames an interface of a node. */
const renamed = (name: string, change: Data = {}): Plant =>
  atInterface((value, old, node) => {
    if (value.bond) return false;
    node.interfaces = { [name]: { ...value, ...change } };
    return old !== name;
  });

const hasAttachments = (plan: Data): boolean => Object.keys(map(plan.attachments)).length > 0;

/** Changes the application. */
const atApp =
  (change: (app: Data, plan: Data) => boolean): Plant =>
  (plan) => {
    const app = map(plan.apps)['home-assistant'] as Data | undefined;
    return app !== undefined && change(app, plan);
  };

export const mistakes: readonly Mistake[] = [
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

  // Nodes
  {
    name: 'two nodes with one MAC address',
    codes: ['nodes/mac-duplicate'],
    arithmetic: true,
    plant: (plan) => {
      const [one, other] = uplinks(plan);
      if (!one || !other) return false;
      return put(one.value, ['mac'], '02:00:00:aa:00:01') && put(other.value, ['mac'], '02:00:00:AA:00:01');
    },
  },
  {
    name: 'a MAC address of a group',
    codes: ['nodes/mac-unicast'],
    plant: atNode(({ value }) => put(value, ['mac'], '01:00:5e:00:00:01')),
  },
  {
    name: 'a node on no network',
    codes: ['nodes/unknown-network'],
    plant: atInterface((value) => put(value, ['network'], 'nowhere-at-all')),
  },
  { name: 'an interface called lo', codes: ['nodes/interface-name', 'nodes/owned-name'], plant: renamed('lo') },
  {
    name: "an interface with one of Calico's names",
    codes: ['nodes/interface-name', 'nodes/owned-name'],
    plant: renamed('cali0'),
  },
  {
    name: "a bridge with k3s' name",
    codes: ['nodes/owned-name', 'nodes/bridge-name'],
    plant: atInterface(
      (value, _, __, plan) => map(plan.kubernetes).distribution === 'k3s' && put(value, ['bridge'], 'cni0'),
    ),
  },
  {
    name: "a bridge with Docker's name",
    codes: ['nodes/owned-name', 'nodes/bridge-name'],
    plant: atInterface((value) => put(value, ['bridge'], 'docker0')),
  },
  {
    name: 'a bridge called as its port',
    codes: ['nodes/bridge-name'],
    plant: atInterface((value, name) => put(value, ['bridge'], name)),
  },
  {
    name: 'a bridge on wireless',
    codes: ['nodes/wifi-bridge'],
    plant: renamed('wlan0', { bridge: 'br0' }),
  },
  {
    name: 'a node on one network twice',
    codes: ['nodes/two-on-network', 'nodes/two-uplinks'],
    plant: atNode(({ value, host }, plan) => {
      const [node] = uplinks(plan).map((one) => map(plan.nodes)[one.node] as Data);
      return (
        node !== undefined && put(node, ['interfaces', 'enp77s0'], { network: value.network, address: `${host}.201` })
      );
    }),
  },
  {
    name: 'a bond without members',
    codes: ['nodes/bond-members', 'schema/value'],
    plant: atInterface((value) => put(value, ['bond'], { members: [], mode: 'active-backup' })),
  },
  {
    name: 'no control plane',
    codes: ['nodes/no-control-plane'],
    plant: (plan) => {
      for (const [, node] of maps(plan.nodes)) node.roles = ['worker'];
      return true;
    },
  },
  {
    name: 'Talos on a node of another distribution',
    codes: ['platform/talos'],
    plant: (plan) => {
      if (map(plan.kubernetes).distribution === 'talos') return false;
      for (const [, node] of maps(plan.nodes)) node.os = 'talos';
      return true;
    },
  },

  // Pods and load balancers
  {
    name: 'pods on no network',
    codes: ['pods/unknown-network'],
    plant: set('pods.network', 'nowhere-at-all'),
  },
  {
    name: 'fewer blocks than nodes',
    codes: ['pods/too-few-blocks', 'pods/smaller-than-block'],
    plant: (plan) =>
      new Set(uplinks(plan).map(({ node }) => node)).size > 1 &&
      put(plan, ['pods', 'subnet'], '10.64.0.0/26') &&
      put(plan, ['pods', 'blockSize'], 26),
    arithmetic: true,
  },
  {
    name: 'pods in less than a block',
    codes: ['pods/smaller-than-block'],
    plant: (plan) => put(plan, ['pods', 'subnet'], '10.64.0.0/27') && put(plan, ['pods', 'blockSize'], 26),
  },
  {
    name: 'pods with larger packets than any way',
    codes: ['mtu/pods-network', 'mtu/pods-path', 'mtu/range'],
    plant: (plan) =>
      maps(plan.networks).every(([, { mtu }]) => Number(mtu ?? 1500) < 9216) && put(plan, ['pods', 'mtu'], 9216),
  },
  {
    name: 'a gateway with larger packets than its network',
    codes: ['mtu/gateway'],
    plant: atNetwork((network) => put(network, ['mtu'], 1400) && put(network, ['gatewayMtu'], 1500)),
  },
  {
    name: 'a pool of one address',
    codes: ['load-balancers/usable'],
    plant: (plan) => put(plan, ['loadBalancers'], { subnet: '100.64.0.0/32' }),
  },

  // VLANs
  { name: 'VLAN 4095', codes: ['vlan/id-range'], plant: atNetwork((network) => put(network, ['vlan'], 4095)) },
  {
    name: 'two networks of a router on one VLAN',
    codes: ['vlan/same-number'],
    plant: atRouter((router, _, plan) => {
      const [one, other] = Object.keys(map(router.addresses)).map((name) => map(plan.networks)[name] as Data);
      if (!one || !other) return false;
      one.vlan = other.vlan = 20;
      return true;
    }),
  },
  {
    name: 'a tag without a number',
    codes: ['vlan/number-needed'],
    plant: atInterface((value) => !value.bond && put(value, ['tagged'], true)),
  },
  {
    name: 'a device of another VLAN',
    codes: ['vlan/name-mismatch'],
    plant: (plan) =>
      atNetwork((network) => put(network, ['vlan'], 30))(plan) && renamed('eth0.20', { tagged: true })(plan),
  },

  // Attachments and applications
  {
    name: 'an attachment where no DHCP server is',
    codes: ['attachments/no-dhcp'],
    plant: (plan) => {
      const [[, attachment] = []] = maps(plan.attachments);
      if (attachment?.addresses !== 'dhcp') return false;
      return delete (map(plan.networks)[String(attachment.network)] as Data).dhcp;
    },
  },
  {
    name: 'an attachment on no network',
    codes: [
      'attachments/unknown',
      'attachments/off-network',
      'addresses/unknown-network',
      'attachments/unknown-network',
    ],
    plant: (plan) => {
      const [[, attachment] = []] = maps(plan.attachments);
      return attachment !== undefined && put(attachment, ['network'], 'nowhere-at-all');
    },
  },
  {
    name: 'an application with an attachment that is none',
    codes: ['attachments/unknown'],
    plant: atApp((app, plan) => hasAttachments(plan) && put(app, ['attachments'], ['nothing-at-all'])),
  },
  {
    name: 'an application in a namespace that may not use its attachment',
    codes: ['attachments/namespace'],
    plant: atApp((app) => Array.isArray(app.attachments) && put(app, ['namespace'], 'somewhere-else-entirely')),
  },
  {
    name: 'an application among the parts of Kubernetes',
    codes: ['owned-names/namespace'],
    plant: atApp((app) => put(app, ['namespace'], 'kube-system')),
  },
  {
    name: 'a time zone of a city',
    codes: ['schema/value'],
    plant: atApp((app) => put(app, ['timeZone'], 'Berlin')),
  },

  // Words
  {
    name: 'a key with a letter too few',
    codes: ['schema/unknown-key'],
    plant: atNetwork((network, host) => put(network, ['gatway'], `${host}.1`)),
  },
  {
    name: 'a Calico with a known fault',
    codes: ['versions/broken', 'versions/untested', 'versions/native-crds'],
    plant: set('versions.calico', 'v3.20.0'),
  },
  {
    name: 'a Kubernetes of years ago',
    codes: ['versions/untested', 'versions/native-crds'],
    plant: set('kubernetes.version', '1.12'),
  },
];

/** The plan with this mistake; undefined where it has no place for it. */
export function planted({ plant }: Mistake, text: string): string | undefined {
  const plan = parse(text) as Data;
  return plant(plan) ? stringify(plan, { aliasDuplicateObjects: false }) : undefined;
}
