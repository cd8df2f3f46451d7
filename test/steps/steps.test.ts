import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import { layers } from '../../cdk8s/helm/layers.ts';
import { stepsFiles, stepsText } from '../../cdk8s/steps/index.ts';
import { isOurs } from '../../cdk8s/writer/file.ts';
import { randomPlans } from '../plans/random.ts';
import { changed } from '../plans/fixtures.ts';
import { networkOf, planText } from '../plans/fixtures.ts';
import { nodesOf, parseMarkdown, shownText } from './markdown.ts';
import { committed, section, stepsOf } from './plans.ts';

const hybrid = planText('hybrid');
const flatBgp = planText('flat-bgp');
const multiSite = planText('multi-site');

describe.each(['flat-bgp', 'hybrid'])('%s', (name) => {
  test('gives what is committed', () => {
    expect(stepsOf(planText(name))).toBe(committed(name));
  });

  test('goes from the router inwards', () => {
    const titles = nodesOf(parseMarkdown(committed(name)), 'heading').map(shownText);
    const order = [
      'Router',
      'Nodes',
      'The operators',
      'The network',
      'The BGP password',
      'Both halves',
      'With Flux',
      'Roll back everything',
    ];
    const places = order.map((title) => titles.findIndex((one) => one.includes(title)));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });
});

test.each(['flat-bgp', 'hybrid', 'multi-site'])('%s: the layers of the plan are installed, in their order', (name) => {
  const text = planText(name);
  const installed = [...stepsOf(text).matchAll(/^helm install (\S+) /gm)].map(([, release]) => release);
  expect(installed).toEqual(layers.filter((layer) => layer.isIn(networkOf(text))).map(({ release }) => release));
});

describe('the router', () => {
  const step = section(stepsOf(hybrid), 'Router edgerouter'.replace('edgerouter', '`edgerouter`'));

  test('gets neighbors, filters and timers in numbers', () => {
    expect(step).toContain('| `node1` | `192.168.3.2` | 64512 | 9 s, 3 s |');
    expect(step).toContain('| `node2` | `192.168.3.3` | 64512 | 9 s, 3 s |');
    expect(step).toContain(
      '`192.168.7.0/24` as /26 to /32 (ge 26 le 32) for pods, `192.168.6.0/24` as /24 to /32 (le 32) for load balancers, and nothing else',
    );
    expect(step).toContain('route reflector');
    expect(step).toContain('(BGP): TCP 179 at `192.168.3.1` from `192.168.3.2` and `192.168.3.3`');
    expect(step).toContain('UDP 53, TCP 53 at `192.168.3.1` from `192.168.7.0/24`');
    expect(step).toContain('`set protocols static route 192.168.7.0/24 blackhole distance 254`');
  });

  test('is told plainly that nothing is generated for it', () => {
    expect(step).toContain('**Files for it are not generated yet**');
  });

  test('alone with one node it reflects nothing; among clients it must pass connections of asymmetric routing', () => {
    const alone = section(stepsOf(flatBgp), 'Router');
    expect(alone).toContain('Announce nothing to the node');
    expect(alone).not.toContain('paths at once');
    expect(alone).toContain('set firewall name LAN_IN rule 2 destination address 192.168.6.0/24');
    expect(alone).toContain('send_redirects=0');
    expect(section(stepsOf(changed(flatBgp, 'stateful: true', 'stateful: false')), 'Router')).not.toContain('LAN_IN');
  });

  test.each([
    ['edgeos', '`show ip bgp summary`'],
    ['vyos', '`show bgp summary`'],
    ['frr', "`vtysh -c 'show bgp summary'`"],
    ['unifi', "`vtysh -c 'show bgp summary'`"],
    ['pfsense', 'Status > FRR > BGP'],
    ['opnsense', 'Routing > Diagnostics > BGP'],
    ['routeros', '`/routing/bgp/session print`'],
    ['bird', '`birdc show protocols`'],
  ])('%s is looked at by its own command', (software, command) => {
    expect(section(stepsOf(changed(flatBgp, 'edgeos', software)), 'Router')).toContain(command);
  });

  test('of another site gets only its nodes, its pool and its tunnels, and itself as next hop', () => {
    const home = section(stepsOf(multiSite), 'Router `home-a`');
    expect(home).toContain('| `a1` | `10.71.0.11` | 65001 |');
    expect(home).not.toContain('`b1`');
    const accepted = home.split('\n').find((line) => line.includes('Accept from nodes'));
    expect(accepted).toContain('10.65.1.0/24');
    expect(accepted).not.toContain('10.65.2.0/24');
    expect(home).toContain('`10.96.0.0/12` as /12 to /32 (le 32) for services');
    expect(home).toContain('next hop on routes of other sites');
    expect(home).toContain(
      '`a-vps` to `vps`, which is `198.51.100.10`: IPsec (routed, with an interface of its own: VTI), `10.255.0.1` here and `10.255.0.2` there, MTU 1400',
    );
    expect(home).toContain('BGP through it with `10.255.0.2`, AS 65003');
    expect(section(stepsOf(multiSite), 'Router `vps`')).toContain('`10.255.0.2` here and `10.255.0.1` there');
  });
});

describe('several sites', () => {
  const home = section(stepsOf(multiSite), 'Router `home-a`');
  const both = section(stepsOf(multiSite), 'Both halves');

  test('pass on what they learned, announce the networks of clients, and let them get to the cluster alone', () => {
    expect(home).toContain(
      'Announce, also what other routers announced to this one: `10.64.0.0/18` as /26 to /32 (ge 26 le 32) for pods',
    );
    expect(home).toContain('`10.71.0.0/24`, `192.168.11.0/24`, `10.72.0.0/24` and `192.168.12.0/24` (networks, whole)');
    expect(home).toContain(
      '(client devices of other sites: nothing else here): from `192.168.12.0/24` to `10.64.0.0/18`',
    );
    expect(home).toContain('(nodes, to each other too): from `10.71.0.0/24`, `10.72.0.0/24` and `10.73.0.0/24` to');
  });

  test('open their firewalls for tunnels and for BGP in them', () => {
    expect(home).toContain('(tunnels): UDP 500, UDP 4500, ESP (IP protocol 50) from `198.51.100.10`');
    expect(home).toContain('(BGP): TCP 179 at `10.255.0.9` from `10.255.0.10`');
    const wireguard = section(stepsOf(multiSite.replaceAll('kind: ipsec', 'kind: wireguard')), 'Router `home-b`');
    expect(wireguard).toContain('WireGuard, UDP port 51821 at both ends');
    expect(wireguard).toContain('(tunnels): UDP 51822 from anywhere');
  });

  test('discard what would leave by the WAN', () => {
    expect(home).toContain('Discard routes (blackhole) for `10.64.0.0/18`');
    expect(home).toContain('`ip route 10.64.0.0/18 blackhole 254`');
    expect(home).toContain('or to a site whose tunnels are down');
    expect(section(stepsOf(hybrid), 'Router')).not.toContain('tunnels are down');
  });

  test('show whole ranges, single addresses and the networks of others', () => {
    expect(both).toContain(
      '`10.65.1.0/24` and `10.96.0.0/12` by every node, and of each Service with externalTrafficPolicy Local its address as a /32',
    );
    expect(both).toContain('of `vps` and `home-b`, over the links');
    expect(stepsOf(multiSite)).not.toContain('No other route came from a node');
    expect(section(stepsOf(hybrid), 'Both halves')).toContain('its address as a /32 by the nodes that run its pods');
  });

  test('say how a Service chooses the pool of its site', () => {
    expect(both).toContain('`metallb.io/address-pool: home-a` takes one of `10.65.1.0/24`');
    expect(both).toContain('`metallb.io/loadBalancerIPs: 10.65.1.10`');
    expect(both).toContain('| `vps` | `10.65.3.0/24` | `vps` | `home-a-lan` and `home-b-lan` | given too |');
    expect(both).toContain('take the pool of the site where the pods run (`home-a`: `a1` or `a2`');
    expect(section(stepsOf(hybrid), 'Both halves')).not.toContain('metallb.io/address-pool');
  });

  test('promise no more than works: a LAN that stays at home reaches its own site', () => {
    expect(both).toContain('From a device on network `home-a-lan` or `home-b-lan`: `ping` to the address of any pod (');
    const quiet = section(
      stepsOf(changed(multiSite, '192.168.12.1, clients: true}', '192.168.12.1, clients: true, reach: site}')),
      'Both halves',
    );
    expect(quiet).toContain(
      'From a device on network `home-b-lan`: `ping` to the address of any pod of a node behind `home-b` (',
    );
    expect(quiet).toContain(
      '| `vps` | `10.65.3.0/24` | `vps` | `home-a-lan` | never given: not everybody reaches it |',
    );
    const apart = section(
      stepsOf(multiSite.replaceAll('clients: true}', 'clients: true, reach: site}')),
      'Both halves',
    );
    expect(apart).toContain(
      'From a device on network `home-a-lan`: `ping` to the address of any pod of a node behind `home-a` (',
    );
    expect(apart).toContain('A Service with neither gets none.');
  });
});

describe('DHCP', () => {
  test('has ranges and reservations in a table', () => {
    const step = section(stepsOf(hybrid), 'DHCP server');
    expect(step).toContain('| `lan` | `192.168.2.38-192.168.2.243` | `24h` | `192.168.2.1` | leave it out |');
    expect(step).toContain('| `k8s` | `192.168.3.100-192.168.3.199` | `24h` | `192.168.3.1` | 9000 |');
    expect(step).toContain('| `node2` | `k8s` | `00:15:5d:02:cb:0c` | `192.168.3.3` |');
  });

  test('keeps the devices inside the range for their MAC addresses', () => {
    const text = changed(
      hybrid,
      'dhcp: {server: edgerouter, range: 192.168.2.38',
      'reserved: {nas: 192.168.2.9, printer: 192.168.2.40}\n    dhcp: {server: edgerouter, range: 192.168.2.38',
    );
    const step = section(stepsOf(text), 'DHCP server');
    expect(step).toMatch(
      /Inside the range, each for the MAC address of its device[^-]*- `192\.168\.2\.40` for `printer`\n/,
    );
    expect(step).toMatch(/Never handed out[^-]*- `192\.168\.2\.9` of `nas`\n/);
  });

  test('of a server that is no router, and of devices with a fixed address', () => {
    const text = changed(
      changed(
        hybrid,
        'dhcp: {server: edgerouter, range: 192.168.2.38',
        'reserved: {nas: 192.168.2.9}\n    dhcp: {server: pihole, range: 192.168.2.38',
      ),
      'lease: 24h, clients: 120',
      'clients: 120',
    );
    const step = section(stepsOf(text), 'DHCP server `pihole`');
    expect(step).toContain("the server's own");
    expect(step).toContain('- `192.168.2.9` of `nas`');
    expect(step).toContain('the lease list of `pihole`');
  });

  test('is no step where the plan has none', () => {
    expect(stepsOf(flatBgp)).not.toContain('DHCP server');
  });
});

describe('nodes', () => {
  const step = section(stepsOf(hybrid), 'Nodes');

  test('get their bridge, routes, MTU, and what the hypervisor must do', () => {
    expect(step).toContain('`br0`, a bridge over `eth0`');
    expect(step).toContain('| `192.168.3.1`, metric 90, MTU 1500 |');
    expect(step).toContain('physdev-is-bridged -j ACCEPT');
    expect(step).toContain('VLAN 20 untagged at `eth1` (`00:15:5d:02:cb:0a`)');
    expect(step).toContain('Get-VMNetworkAdapter -VMName node2 | Set-VMNetworkAdapter -MacAddressSpoofing On');
    expect(step).toContain('ping -c 1 -M do -s 8972 192.168.3.3');
  });

  test('with a bridge pass both protocols, and keep their MAC address', () => {
    expect(step).toMatch(
      /iptables -I FORWARD -m physdev --physdev-is-bridged -j ACCEPT` and the same with `ip6tables`/,
    );
    expect(step).toContain('`iptables -S FORWARD` and `ip6tables -S FORWARD` both have');
    expect(step).toMatch(/`cat \/sys\/class\/net\/\w+\/addr_assign_type` prints `3`/);
    expect(section(stepsOf(flatBgp), 'Nodes')).not.toMatch(/iptables|addr_assign_type/);
  });

  test('with a second interface get the rules that send answers back by the router, and are told the price', () => {
    expect(step).toContain('ip rule add from 192.168.7.0/24 to 192.168.2.0/24 lookup');
    expect(step).toContain('ip rule add from 192.168.3.0/24 to 192.168.2.0/24 lookup 9179 priority 9179');
    expect(step).toContain('ip route replace default via 192.168.3.1 dev eth1 table 9179');
    expect(step).toContain('`ip rule show` has `from 192.168.3.0/24 to 192.168.2.0/24`');
    expect(step).toContain("a NodePort or hostPort that is asked at the node's address on `lan` no longer answers");
    expect(section(stepsOf(flatBgp), 'Nodes')).not.toContain('ip rule');
  });

  test('a hundred of them fit: checks name some, and the table those that differ', () => {
    const many = changed(
      changed(
        flatBgp,
        '  rancher: {roles: [control-plane, worker], ',
        '  "n{10..99}": {roles: [control-plane, worker], ',
      ),
      '192.168.2.225',
      '"192.168.2.{}"',
    ).replace('192.168.4.0/24', '10.64.0.0/16');
    const nodes = section(stepsOf(many), 'Nodes');
    expect(nodes).toContain('| 90 nodes: `n10`, `n11` ... `n99` |');
    expect(nodes).toContain('`192.168.2.10/24`, `192.168.2.11/24` ... `192.168.2.99/24` |');
    expect(nodes).not.toMatch(/^\| `n\d\d` \|/m);
    expect(nodes).toContain('`192.168.2.15` at `n15` and so on');
    expect(Math.max(...nodes.split('\n').map((line) => line.length))).toBeLessThan(600);
  });

  test('a VLAN that is tagged at the node lies on its parent, which is raised', () => {
    const tagged = hybrid.replaceAll('eth1: {network: k8s', 'eth0.20: {tagged: true, network: k8s');
    const nodes = section(stepsOf(tagged), 'Nodes');
    expect(nodes).toContain('| `eth0.20` on `eth0` | `k8s`, VLAN 20 tagged |');
    expect(nodes).toContain('| 1500, the device 9000 | `192.168.2.1`, metric 1024, MTU 1500 |');
    expect(nodes).toContain('A device below a VLAN with larger packets has the MTU of that VLAN');
    expect(nodes).toContain('VLAN 20 tagged at `eth0`');
  });
});

describe('the distribution', () => {
  const yamlOf = (distribution: string): unknown => {
    const text = changed(flatBgp, 'distribution: kubeadm', `distribution: ${distribution}`).replace(
      '{roles: [control-plane, worker], ',
      distribution === 'talos' ? '{os: talos, roles: [control-plane, worker], ' : '{roles: [control-plane, worker], ',
    );
    const [found] = nodesOf(parseMarkdown(stepsOf(text)), 'code').filter(({ lang }) => lang === 'yaml');
    return parse((found?.value ?? '').split('---')[0] ?? '');
  };

  test.each([
    [
      'k3s',
      {
        'flannel-backend': 'none',
        'disable-network-policy': true,
        disable: ['servicelb'],
        'cluster-cidr': '192.168.4.0/24',
        'service-cidr': '10.96.0.0/12',
        'cluster-dns': '10.96.0.10',
        'kube-controller-manager-arg': ['allocate-node-cidrs=false'],
      },
    ],
    [
      'rke2',
      {
        cni: 'none',
        'cluster-cidr': '192.168.4.0/24',
        'service-cidr': '10.96.0.0/12',
        'cluster-dns': '10.96.0.10',
        'kube-controller-manager-arg': ['allocate-node-cidrs=false'],
      },
    ],
    [
      'kubeadm',
      {
        apiVersion: 'kubeadm.k8s.io/v1beta4',
        kind: 'ClusterConfiguration',
        networking: { podSubnet: '192.168.4.0/24', serviceSubnet: '10.96.0.0/12' },
        controllerManager: { extraArgs: [{ name: 'allocate-node-cidrs', value: 'false' }] },
      },
    ],
    [
      'talos',
      {
        machine: { kubelet: { nodeIP: { validSubnets: ['192.168.2.0/24'] } } },
        cluster: {
          network: { cni: { name: 'none' }, podSubnets: ['192.168.4.0/24'], serviceSubnets: ['10.96.0.0/12'] },
          controllerManager: { extraArgs: { 'allocate-node-cidrs': 'false' } },
        },
      },
    ],
  ])('%s is made with the addresses of the plan and without a network of its own', (distribution, expected) => {
    expect(yamlOf(distribution)).toEqual(expected);
  });
});

describe('the password', () => {
  test('is asked for, and never stands there', () => {
    expect(section(stepsOf(hybrid), 'The BGP password')).toContain(
      'kubectl create secret generic flatlan-bgp-password --namespace calico-system --from-literal=password="$PASSWORD"',
    );
  });

  test('is no step where sessions have none', () => {
    const open = stepsOf(flatBgp.replace(/\nbgp: .*\n/, '\n'));
    expect(open).not.toContain('PASSWORD');
    expect(open).toContain('No password: the plan has none');
    expect(section(open, 'With Flux')).not.toContain('password');
  });
});

describe('attachments and apps', () => {
  test('come after both halves: a pod that asks, then Home Assistant', () => {
    const titles = nodesOf(parseMarkdown(stepsOf(hybrid)), 'heading').map(shownText);
    const places = ['Both halves', 'Attachments to the LAN', 'Home Assistant', 'With Flux'].map((title) =>
      titles.findIndex((one) => one.includes(title)),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(stepsOf(flatBgp)).not.toMatch(/Attachments to the LAN|Home Assistant/);
  });

  test('say bridge, nodes and who may', () => {
    const step = section(stepsOf(hybrid), 'Attachments');
    expect(step).toContain(
      '| `default/layer2-bridge` | `192.168.2.0/24` | `br0` | every node | `default` and `smarthome` |',
    );
    expect(step).toContain('--annotations=k8s.v1.cni.cncf.io/networks=default/layer2-bridge');
    expect(step).toContain('`192.168.2.38-192.168.2.243`');
    expect(section(stepsOf(hybrid), 'Home Assistant')).toContain('--namespace smarthome');
  });

  test('say that NetworkPolicy does not see them, and what is held all the same', () => {
    const step = section(stepsOf(hybrid), 'Attachments');
    expect(step).toContain('**NetworkPolicy does not see this interface**');
    expect(step).toContain('securityContext.capabilities.drop: [ALL]');
  });

  test('a pinned MAC address is to be reserved outside the range', () => {
    const pinned = changed(hybrid, 'timeZone: Europe/Berlin', 'timeZone: Europe/Berlin, mac: "02:f1:a7:00:00:01"');
    expect(section(stepsOf(pinned), 'DHCP server')).toContain(
      'outside `192.168.2.38-192.168.2.243`, for `02:f1:a7:00:00:01`',
    );
    expect(section(stepsOf(hybrid), 'DHCP server')).not.toContain('home-assistant');
  });
});

/** Names that no parser lets through, put where a later change might let them. */
function hostile(network: CalicoNetwork): CalicoNetwork {
  const name = 'a`|$(id)\'"; <b> [x](y)';
  const attachments = network.attachments.map((one) => ({
    ...one,
    name,
    namespace: name,
    namespaces: [name],
    network: name,
    bridge: name,
    nodes: [name],
  }));
  return {
    ...network,
    cluster: name,
    segments: network.segments.map((segment) => ({
      ...segment,
      name,
      dhcp: segment.dhcp && { ...segment.dhcp, server: name },
    })),
    clientNetworks: network.clientNetworks.map((one) => ({ ...one, name, routers: [name] })),
    routers: network.routers.map((router) => ({
      ...router,
      name,
      interfaces: router.interfaces.map((one) => ({ ...one, network: name })),
      routing: {
        ...router.routing,
        neighbors: router.routing.neighbors.map((one) => ({ ...one, name, over: name })),
        asymmetric: router.routing.asymmetric.map((one) => ({ ...one, network: name })),
        withoutRedirects: router.routing.withoutRedirects.map(() => name),
      },
    })),
    sites: network.sites.map((site) => ({ ...site, router: name, network: name, nodes: [name] })),
    nodes: network.nodes.map((node) => {
      const interfaces = node.interfaces.map((one) => ({
        ...one,
        name,
        network: name,
        device: name,
        holder: name,
        bridge: one.bridge && { ...one.bridge, name },
      }));
      return {
        ...node,
        name,
        network: name,
        interfaces,
        uplink: interfaces[0] ?? node.uplink,
        preferred: interfaces[0],
        virtualSwitch: node.virtualSwitch && {
          ...node.virtualSwitch,
          vlans: node.virtualSwitch.vlans.map((one) => ({ ...one, device: name })),
        },
        sourceRules: node.sourceRules.map((rule) => ({ ...rule, device: name })),
      };
    }),
    bgp: { ...network.bgp, passwordSecret: { name, key: name } },
    attachments,
    apps: {
      homeAssistant: network.apps.homeAssistant && { ...network.apps.homeAssistant, namespace: name, attachments },
    },
  };
}

describe('whatever names are', () => {
  test('they are code, never Markdown or a command', () => {
    const name = 'a`|$(id)\'"; <b> [x](y)';
    const tree = parseMarkdown(stepsText(hostile(networkOf(hybrid))));
    expect(nodesOf(tree, 'html', 'link', 'emphasis')).toHaveLength(1);
    for (const row of nodesOf(tree, 'table').flatMap((table) => {
      const rows = nodesOf(table, 'tableRow').map((one) => one.children?.length);
      return rows.filter((count) => count !== rows[0]);
    }))
      expect(row).toBeUndefined();
    for (const { value = '' } of nodesOf(tree, 'code').filter(({ lang }) => lang === 'sh'))
      expect(value.replaceAll(`'a\`|$(id)'\\''"; <b> [x](y)'`, '').replaceAll(/'[^']*'\\''[^']*'/g, '')).not.toContain(
        '$(id)',
      );
    expect(nodesOf(tree, 'inlineCode').some(({ value }) => value === name)).toBe(true);
  });

  test.each(randomPlans(40, 7).map(({ network }, index) => [index, network] as const))(
    'random plan %i reads well',
    (_, network) => {
      const [{ path, content } = { path: '', content: '' }] = stepsFiles(network);
      expect(path).toBe(`overlays/${network.cluster}/generated/STEPS.md`);
      expect(isOurs(content)).toBe(true);
      // A namespace may have that name; in JSON it is quoted.
      expect(content.replaceAll('"null"', '')).not.toMatch(/undefined|NaN|\[object|Infinity|  +\S.*\bnull\b|`` /);
      const tree = parseMarkdown(content);
      for (const table of nodesOf(tree, 'table')) {
        const counts = nodesOf(table, 'tableRow').map(({ children }) => children?.length);
        expect(new Set(counts).size).toBe(1);
      }
      expect(nodesOf(tree, 'html')).toHaveLength(1);
      // Every step has its three parts.
      const steps = content.split(/^## \d+\. /m).slice(1);
      for (const step of steps) expect(step).toMatch(/^\*\*Verify\*\*\n[^]*\n\*\*Roll back\*\*\n/m);
    },
  );
});
