/**
 * A node with interfaces in the networks of people and of things, behind a router that follows connections: what its source rules
 * cure, each without them, and what they cost (docs/facts.md#answers-by-another-way).
 *
 *     phone --lan-- gw --servers-- n1 (pod), n2
 *       |            |              | |
 *       +----lan-----|--------------+ |        lamp --iot-- gw, n1
 *                    +-----iot--------+
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { startFrr } from '../../cdk8s/lab/frr.ts';
import type { Host } from '../../cdk8s/lab/host.ts';
import { startLab, type Lab, type Segment } from '../../cdk8s/lab/lab.ts';
import { probes } from '../../cdk8s/lab/probe.ts';
import type { Network, Node, SourceRule } from '../../cdk8s/plan/network/index.ts';
import { networkOf } from '../plans/fixtures.ts';
import { describeLab } from './describe-lab.ts';
import { firewall, frrConfiguration } from './router-writer.ts';

jest.setTimeout(180_000);

const plan = `version: 1
cluster: two-interfaces
kubernetes: {version: "1.36", distribution: kubeadm, services: 10.96.0.0/12}
networks:
  lan: {subnet: 192.168.10.0/24, gateway: 192.168.10.1, clients: true}
  iot: {subnet: 192.168.70.0/24, gateway: 192.168.70.1}
  servers: {subnet: 10.20.30.0/24, gateway: 10.20.30.1, dns: [10.20.30.1]}
routers:
  gw: {software: frr, asn: 64600, addresses: {lan: 192.168.10.1, iot: 192.168.70.1, servers: 10.20.30.1}, stateful: true}
nodes:
  n1:
    roles: [control-plane, worker]
    interfaces:
      eth0: {network: lan, address: 192.168.10.11}
      eth1: {network: servers, address: 10.20.30.11, defaultRoute: preferred}
      eth2: {network: iot, address: 192.168.70.11}
  n2:
    interfaces:
      eth0: {network: lan, address: 192.168.10.12}
      eth1: {network: servers, address: 10.20.30.12, defaultRoute: preferred}
      eth2: {network: iot, address: 192.168.70.12}
pods: {mode: routed, network: servers, subnet: 10.42.0.0/20}
loadBalancers: {subnet: 10.44.0.0/24}
bgp: {passwordSecret: {name: flatlan-bgp-password, key: password}}
`;

const POD = '10.42.0.5';
const VIP = '10.44.0.10';
/** The API server, and an endpoint in the host's network. */
const [API, HOST_PORT, NODE_PORT, WEB] = [6443, 8443, 30080, 80];

describeLab('a node with interfaces', { programs: ['vtysh', 'conntrack'] }, () => {
  const network: Network = networkOf(plan);
  let lab: Lab;
  let hosts: Record<'gw' | 'phone' | 'lamp' | 'n1' | 'n2' | 'pod', Host>;
  const nodeOf = (name: string): Node => {
    const found = network.nodes.find((one) => one.name === name);
    if (!found) throw new Error(`there is no node ${name}`);
    return found;
  };

  beforeAll(async () => {
    lab = await startLab();
    const names = ['gw', 'phone', 'lamp', 'n1', 'n2', 'pod'] as const;
    const made: Partial<typeof hosts> = {};
    for (const name of names) made[name] = await lab.host(name);
    hosts = made as typeof hosts;
    const { gw, phone, lamp, n1, n2, pod } = hosts;
    const segments = new Map<string, Segment>();
    for (const { name } of network.segments) segments.set(name, await lab.segment(name));
    const join = async (host: Host, segment: string, device: string, address: string): Promise<void> => {
      const found = segments.get(segment);
      if (!found) throw new Error(`there is no segment ${segment}`);
      await host.join(found, device, `${address}/24`);
    };
    for (const [index, { network: name, address }] of (network.routers[0]?.interfaces ?? []).entries())
      await join(gw, name, `lan${index}`, String(address));
    for (const [host, node] of [[n1, nodeOf('n1')] as const, [n2, nodeOf('n2')] as const]) {
      for (const one of node.interfaces) await join(host, one.network, one.holder, String(one.address));
      for (const { holder, defaultRoute } of node.interfaces)
        if (defaultRoute)
          await host.ip(
            `route append default via ${String(defaultRoute.gateway)} dev ${holder} metric ${defaultRoute.metric}`,
          );
      await host.sysctl(node.sysctls);
      await host.listen([`tcp 0.0.0.0:${API}`, `tcp 0.0.0.0:${HOST_PORT}`]);
    }
    await join(phone, 'lan', 'eth0', '192.168.10.77');
    await phone.ip('route add default via 192.168.10.1');
    await join(lamp, 'iot', 'eth0', '192.168.70.77');
    await lamp.ip('route add default via 192.168.70.1');
    await lamp.listen([`tcp 0.0.0.0:${WEB}`]);
    // As Calico does it: a /32 of its own, and a gateway that is only a name for the node.
    await lab.cable(n1, 'cali0', pod, 'eth0');
    await n1.ip('address add 169.254.1.1/32 dev cali0');
    await n1.ip(`route add ${POD}/32 dev cali0`);
    await pod.ip(`address add ${POD}/32 dev eth0`);
    await pod.ip('route add 169.254.1.1 dev eth0 scope link');
    await pod.ip('route add default via 169.254.1.1');
    await pod.listen([`tcp 0.0.0.0:${WEB}`]);
    // What BGP would say, and what kube-proxy does: a Service whose endpoint is in the host's network, and a NodePort.
    await n2.ip(`route add ${POD}/26 via 10.20.30.11`.replace(POD, '10.42.0.0'));
    await n1.nft(`table ip proxy { chain in { type nat hook prerouting priority -100;
      ip daddr ${VIP} tcp dport ${WEB} dnat to 10.20.30.11:${HOST_PORT}
      tcp dport ${NODE_PORT} dnat to ${POD}:${WEB}
    }
    }`);
    const [router] = network.routers;
    if (!router) throw new Error('there is no router');
    await gw.sysctl({ 'net/ipv4/ip_forward': 1, 'net/ipv4/conf/all/send_redirects': 0 });
    // What a person permits besides: kubectl and SSH from the LAN.
    await gw.nft(firewall(router, ['ip saddr 192.168.10.0/24 ip daddr 10.20.30.0/24 accept']));
    await startFrr(gw, frrConfiguration(router));
    for (const subnet of ['10.42.0.0/26', '10.44.0.0/24']) await gw.ip(`route replace ${subnet} via 10.20.30.11`);
  });

  afterAll(async () => {
    await lab.stop();
  });

  /** Puts a node's rules in force, those and no others. */
  async function rules(wanted: (rule: SourceRule) => boolean): Promise<void> {
    for (const name of ['n1', 'n2'] as const) {
      const host = hosts[name];
      const { sourceRules } = nodeOf(name);
      for (const { table } of sourceRules) {
        while ((await host.run(['ip', 'rule', 'del', 'table', String(table)])).code === 0);
        await host.run(['ip', 'route', 'flush', 'table', String(table)]);
      }
      for (const { from, to, gateway, device, table, priority } of sourceRules.filter(wanted)) {
        await host.ip(`rule add from ${String(from)} to ${String(to)} lookup ${table} priority ${priority}`);
        await host.ip(`route replace default via ${String(gateway)} dev ${device} table ${table}`);
      }
      await host.run(['conntrack', '-F']);
    }
    await hosts.gw.run(['conntrack', '-F']);
  }

  /** How many of three questions each are answered. */
  async function table(): Promise<Record<string, number>> {
    const { phone, pod } = hosts;
    const questions: readonly (readonly [name: string, from: Host, to: string, answer: string])[] = [
      ['LAN to pod', phone, `tcp ${POD}:${WEB}`, 'pod saw 192.168.10.77'],
      ["LAN to the uplink's address", phone, `tcp 10.20.30.11:${API}`, 'n1 saw 192.168.10.77'],
      ["LAN to a Service in the host's network", phone, `tcp ${VIP}:${WEB}`, 'n1 saw 192.168.10.77'],
      ["LAN to the interface's own address", phone, `tcp 192.168.10.11:${API}`, 'n1 saw 192.168.10.77'],
      [
        "LAN to a NodePort at the interface's address",
        phone,
        `tcp 192.168.10.11:${NODE_PORT}`,
        'pod saw 192.168.10.77',
      ],
      ['pod to a thing that is no client', pod, `tcp 192.168.70.77:${WEB}`, `lamp saw ${POD}`],
      ["pod to another node's interface", pod, `tcp 192.168.10.12:${API}`, `n2 saw ${POD}`],
      ["pod to its own node's interface", pod, `tcp 192.168.10.11:${API}`, `n1 saw ${POD}`],
    ];
    const counted = await Promise.all(
      questions.map(async ([name, from, to, answer]) => {
        const all = await probes(from, 3, to, { timeout: 1500 });
        return [name, all.filter((one) => one === answer).length] as const;
      }),
    );
    return Object.fromEntries(counted);
  }

  const uplink = '10.20.30.0/24';

  test('without rules only what the interface itself is asked is answered', async () => {
    await rules(() => false);
    expect(await table()).toEqual({
      'LAN to pod': 0,
      "LAN to the uplink's address": 0,
      "LAN to a Service in the host's network": 0,
      "LAN to the interface's own address": 3,
      "LAN to a NodePort at the interface's address": 3,
      'pod to a thing that is no client': 0,
      "pod to another node's interface": 3,
      "pod to its own node's interface": 3,
    });
  });

  test('with rules for pods alone the uplink address does not answer', async () => {
    await rules(({ from }) => String(from) !== uplink);
    const found = await table();
    expect(found).toMatchObject({ 'LAN to pod': 3, 'pod to a thing that is no client': 3 });
    expect(found).toMatchObject({ "LAN to the uplink's address": 0, "LAN to a Service in the host's network": 0 });
  });

  const cured = {
    'LAN to pod': 3,
    "LAN to the uplink's address": 3,
    "LAN to a Service in the host's network": 3,
    "LAN to the interface's own address": 3,
    // The price, as STEPS has it.
    "LAN to a NodePort at the interface's address": 0,
    'pod to a thing that is no client': 3,
    "pod to another node's interface": 0,
    "pod to its own node's interface": 3,
  };

  test.each([0, 1, 2])('with all rules everything else answers, with rp_filter %i', async (filter) => {
    for (const host of [hosts.n1, hosts.n2]) await host.sysctl({ 'net/ipv4/conf/all/rp_filter': filter });
    await rules(() => true);
    expect(await table()).toEqual(cured);
  });
});
