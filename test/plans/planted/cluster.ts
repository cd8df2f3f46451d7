/** Mistakes in the half of the cluster: nodes, pods, load balancers, VLANs, attachments and applications. */
import {
  atApp,
  atInterface,
  atNetwork,
  atNode,
  atRouter,
  hasAttachments,
  map,
  maps,
  put,
  renamed,
  set,
  uplinks,
  type Data,
  type Mistake,
} from './plant.ts';

export const clusterMistakes: readonly Mistake[] = [
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
