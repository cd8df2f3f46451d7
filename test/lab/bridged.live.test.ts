/**
 * Pods on each node's bridge (S1): the conflists of the plan dumb-l2, run by upstream's bridge, host-local and portmap on three
 * nodes and one switch. There is no router but the gateway, which nothing here needs for its own network.
 *
 *     phone --- switch --- gw --- far (10.11.0.0/16)
 *                | | |
 *        node1 node2 node3, each with br0 over eth1, and pods on it
 */
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { conflistText } from '../../cdk8s/constructs/bridge/conflist.ts';
import type { Host } from '../../cdk8s/lab/host.ts';
import { startLab, type Lab } from '../../cdk8s/lab/lab.ts';
import type { Network, Node } from '../../cdk8s/plan/network/index.ts';
import { named } from '../../cdk8s/plan/must.ts';
import { ACCEPT_BRIDGED, doubleRules } from '../../cdk8s/steps/node-words.ts';
import { requireTool } from '../cluster/tools.ts';
import { anyNetworkOf, planText } from '../plans/fixtures.ts';
import { describeLab } from './describe-lab.ts';

jest.setTimeout(240_000);

const plugins = ['bridge', 'host-local', 'portmap'] as const;
const NODES = ['node1', 'node2', 'node3'] as const;
const WEB = 8080;
const SERVICE = '10.96.0.50';
const HOST_PORT = 30_080;

interface Conflist {
  readonly cniVersion: string;
  readonly name: string;
  readonly plugins: readonly Readonly<Record<string, unknown>>[];
}

interface CniResult {
  readonly ips: readonly { readonly address: string; readonly gateway: string }[];
}

describeLab(
  'pods on the bridges of nodes',
  { programs: ['iptables'], tools: plugins.map((name) => `cni-${name}` as const) },
  () => {
    const network: Network = anyNetworkOf(planText('dumb-l2'));
    const { pods } = network;
    if (pods.mode !== 'bridged') throw new Error('the plan has other pods');
    const nodeOf = (name: string): Node => named(network.nodes, name, 'node');
    const conflistOf = (name: string) => JSON.parse(conflistText(pods, name)) as Conflist;
    const cniPath = plugins.map((name) => dirname(requireTool(`cni-${name}`))).join(':');
    const hosts = new Map<string, Host>();
    const addresses = new Map<string, string>();
    let lab: Lab;
    const host = (name: string): Host => {
      const found = hosts.get(name);
      if (!found) throw new Error(`there is no host ${name}`);
      return found;
    };
    const addressOf = (pod: string): string => addresses.get(pod) ?? 'none';

    /** One plugin on a node, as its runtime calls it; each node has a /run/cni of its own. */
    const call = async (node: string, type: string, pod: string, conf: object) => {
      const folder = host(node).folder('cni');
      return await host(node).run([`${dirname(requireTool(`cni-${type}` as 'cni-bridge'))}/${type}`], {
        env: {
          CNI_COMMAND: 'ADD',
          CNI_CONTAINERID: pod,
          CNI_NETNS: `/run/netns/${pod}`,
          CNI_IFNAME: 'eth0',
          CNI_PATH: cniPath,
          PATH: process.env.PATH ?? '',
        },
        input: JSON.stringify(conf),
        before: ['mkdir -p /run/cni', `mount --bind ${folder} /run/cni`],
      });
    };

    /** The whole list, each plugin with the result of the one before. */
    const add = async (node: string, pod: string, hostPort?: number): Promise<string> => {
      const { cniVersion, name, plugins: list } = conflistOf(node);
      let result: object | undefined;
      for (const plugin of list) {
        const runtimeConfig =
          plugin.type === 'portmap' && hostPort !== undefined
            ? { runtimeConfig: { portMappings: [{ hostPort, containerPort: WEB, protocol: 'tcp' }] } }
            : {};
        const conf = { cniVersion, name, ...plugin, ...runtimeConfig, ...(result ? { prevResult: result } : {}) };
        const { code, stdout, stderr } = await call(node, String(plugin.type), pod, conf);
        if (code !== 0) throw new Error(`${String(plugin.type)} on ${node}: ${stdout}${stderr}`);
        result = JSON.parse(stdout) as object;
      }
      return (result as CniResult).ips[0]?.address ?? 'none';
    };

    const start = async (node: string, pod: string, hostPort?: number): Promise<void> => {
      const made = await lab.host(pod);
      hosts.set(pod, made);
      const [address = 'none'] = (await add(node, pod, hostPort)).split('/');
      addresses.set(pod, address);
      await made.listen([`tcp 0.0.0.0:${WEB}`, `udp 0.0.0.0:${WEB}`]);
    };

    const iptables = async (node: string, words: string): Promise<void> => {
      await host(node).must(['iptables', ...words.split(' ')]);
    };

    beforeAll(async () => {
      lab = await startLab();
      const lan = await lab.segment('lan');
      for (const name of [...NODES, 'phone', 'gw', 'far']) hosts.set(name, await lab.host(name));
      await host('gw').join(lan, 'eth0', '10.10.0.1/16');
      await host('phone').join(lan, 'eth0', '10.10.200.200/16');
      await host('phone').listen([`tcp 0.0.0.0:${WEB}`]);
      await lab.cable(host('gw'), 'eth1', host('far'), 'eth0');
      await host('gw').sysctl({ 'net/ipv4/ip_forward': 1 });
      await host('gw').ip('address add 10.11.0.1/16 dev eth1');
      await host('far').ip('address add 10.11.0.9/16 dev eth0');
      await host('far').ip('route add default via 10.11.0.1');
      await host('far').listen([`tcp 0.0.0.0:${WEB}`]);
      for (const name of NODES) {
        const node = host(name);
        const { uplink, sysctls } = nodeOf(name);
        await node.join(lan, uplink.device);
        await node.ip(`link add ${uplink.holder} type bridge forward_delay 0 mcast_snooping 0`);
        await node.ip(`link set ${uplink.device} master ${uplink.holder}`);
        await node.ip(`link set ${uplink.holder} up`);
        await node.ip(`address add ${String(uplink.address)}/${uplink.subnet.prefix} dev ${uplink.holder}`);
        await node.ip(`route add default via ${String(uplink.defaultRoute?.gateway)}`);
        await node.sysctl(sysctls);
        // A firewall that drops what it does not know, as Docker's; then what the plan says, then kube-proxy's.
        await iptables(name, '-P FORWARD DROP');
        await iptables(name, `-I FORWARD ${ACCEPT_BRIDGED}`);
        for (const rule of doubleRules([nodeOf(name)])) await iptables(name, `-I FORWARD ${rule}`);
      }
      await start('node1', 'pod1a', HOST_PORT);
      await start('node1', 'pod1b');
      await start('node2', 'pod2a');
      await start('node3', 'pod3a');
      await start('node3', 'pod3b');
    });

    afterAll(async () => {
      await lab.stop();
    });

    test('each pod has an address of its node, the mask of the network, and the node as its gateway', async () => {
      expect(Object.fromEntries(addresses)).toEqual({
        pod1a: '10.10.1.1',
        pod1b: '10.10.1.2',
        pod2a: '10.10.2.1',
        pod3a: '10.10.3.1',
        pod3b: '10.10.3.2',
      });
      expect((await host('pod2a').ip('-brief address show eth0')).trim()).toContain('10.10.2.1/16');
      const routes = (await host('pod2a').ip('route show')).split('\n').map((line) => line.trim());
      expect(routes).toEqual(
        expect.arrayContaining([
          'default via 10.10.2.0 dev eth0',
          '10.11.0.0/16 via 10.10.0.1 dev eth0',
          '10.12.0.0/16 via 10.10.0.1 dev eth0',
        ]),
      );
    });

    test('the bridges are promiscuous', async () => {
      for (const name of NODES) {
        const [link] = await host(name).ipJson<{ flags: string[] }[]>(`link show dev ${nodeOf(name).uplink.holder}`);
        expect(link?.flags).toContain('PROMISC');
      }
    });

    test.each([
      ['a pod of the same node', 'pod1a', 'pod1b'],
      ['a pod of another node', 'pod1a', 'pod2a'],
      ['a pod of a third node', 'pod3b', 'pod2a'],
    ])('%s answers, and sees who asked', async (_, from, to) => {
      expect(await host(from).probe(`tcp ${addressOf(to)}:${WEB}`)).toBe(`${to} saw ${addressOf(from)}`);
    });

    test('pods and devices of the network reach each other, and the gateway is off', async () => {
      await lab.plugged(host('gw'), 'eth0', false);
      try {
        expect(await host('phone').probe(`tcp ${addressOf('pod3a')}:${WEB}`)).toBe('pod3a saw 10.10.200.200');
        expect(await host('pod3a').probe(`tcp 10.10.200.200:${WEB}`)).toBe(`phone saw ${addressOf('pod3a')}`);
        expect(await host('pod1a').probe(`tcp ${addressOf('pod2a')}:${WEB}`)).toBe(`pod2a saw ${addressOf('pod1a')}`);
        expect(await host('pod1a').pings('10.10.3.0')).toBe(true);
      } finally {
        await lab.plugged(host('gw'), 'eth0', true);
      }
    });

    test('further networks are reached by the gateway, with the address of the pod', async () => {
      expect(await host('pod2a').probe(`tcp 10.11.0.9:${WEB}`)).toBe(`far saw ${addressOf('pod2a')}`);
      expect(await host('far').probe(`tcp ${addressOf('pod2a')}:${WEB}`)).toBe('pod2a saw 10.11.0.9');
    });

    test('a hostPort leads to its pod, for devices too; portmap takes them for pods of the network, and masks them', async () => {
      expect(await host('phone').probe(`tcp 10.10.1.0:${HOST_PORT}`)).toBe('pod1a saw 10.10.1.0');
    });

    test('a node has as many pods as it has addresses, and no more', async () => {
      const { cniVersion, name, plugins: list } = conflistOf('node2');
      const [bridge] = list;
      const ask = async (pod: string) =>
        await call('node2', 'host-local', pod, { cniVersion, name, type: 'host-local', ipam: bridge?.ipam });
      const given: string[] = [];
      for (let pod = 2; pod <= 101; pod++) {
        const { code, stdout } = await ask(`filler${pod}`);
        expect({ pod, code }).toEqual({ pod, code: 0 });
        given.push((JSON.parse(stdout) as CniResult).ips[0]?.address ?? 'none');
      }
      expect(new Set(given).size).toBe(100);
      expect(given.every((address) => /^10\.10\.2\.([2-9]|[1-9][0-9]|10[01])\/16$/.test(address))).toBe(true);
      hosts.set('pod2z', await lab.host('pod2z'));
      await expect(add('node2', 'pod2z')).rejects.toThrow(
        /no IP addresses available in range set: 10\.10\.2\.1-10\.10\.2\.101/,
      );
    });

    /** As kube-proxy writes it in its mode iptables (k8s.io/kubernetes, pkg/proxy/iptables/proxier.go), with one endpoint. */
    const service = async (node: string, endpoint: string): Promise<void> => {
      await iptables(node, '-t nat -F PREROUTING');
      for (const protocol of ['tcp', 'udp'])
        await iptables(
          node,
          `-t nat -A PREROUTING -d ${SERVICE}/32 -p ${protocol} --dport 80 -j DNAT --to-destination ${endpoint}:${WEB}`,
        );
    };

    test.each([
      ['of the same node', 'pod1b'],
      ['of another node', 'pod3a'],
    ])('a Service leads to a pod %s, which gets each packet once and sees who asked', async (_, to) => {
      await service('node1', addressOf(to));
      const arrived = await host(to).count('arriving', `udp dport ${WEB}`);
      for (let packet = 0; packet < 5; packet++)
        expect(await host('pod1a').probe(`udp ${SERVICE}:80`)).toBe(`${to} saw ${addressOf('pod1a')}`);
      expect(await host('pod1a').probe(`tcp ${SERVICE}:80`)).toBe(`${to} saw ${addressOf('pod1a')}`);
      expect(await arrived.packets()).toBe(5);
    });

    test('without the rule against doubles the pod gets each packet twice', async () => {
      const [rule = ''] = doubleRules([nodeOf('node1')]);
      await service('node1', addressOf('pod3a'));
      await iptables('node1', `-D FORWARD ${rule}`);
      await iptables('node1', '-P FORWARD ACCEPT');
      try {
        const arrived = await host('pod3a').count('arriving', `udp dport ${WEB}`);
        for (let packet = 0; packet < 5; packet++) await host('pod1a').probe(`udp ${SERVICE}:80`);
        expect(await arrived.packets()).toBe(10);
      } finally {
        await iptables('node1', '-P FORWARD DROP');
        await iptables('node1', `-I FORWARD ${rule}`);
      }
    });

    test('without frames in the firewall of the node no answer comes from the Service', async () => {
      await service('node1', addressOf('pod3a'));
      await host('node1').sysctl({ 'net/bridge/bridge-nf-call-iptables': 0 });
      await iptables('node1', '-P FORWARD ACCEPT');
      try {
        expect(await host('pod1a').probe(`tcp ${SERVICE}:80`)).toBe('timeout');
      } finally {
        await iptables('node1', '-P FORWARD DROP');
        await host('node1').sysctl(nodeOf('node1').sysctls);
      }
    });

    test('without the rule for bridged frames nothing passes a firewall that drops', async () => {
      await iptables('node1', `-D FORWARD ${ACCEPT_BRIDGED}`);
      try {
        expect(await host('phone').probe(`tcp ${addressOf('pod1b')}:${WEB}`)).toBe('timeout');
      } finally {
        await iptables('node1', `-A FORWARD ${ACCEPT_BRIDGED}`);
      }
      expect(await host('phone').probe(`tcp ${addressOf('pod1b')}:${WEB}`)).toBe('pod1b saw 10.10.200.200');
    });

    test('a pod that is itself what its Service leads to gets no answer: a frame does not leave by the port it came by', async () => {
      await service('node1', addressOf('pod1a'));
      expect(await host('pod1a').probe(`tcp ${SERVICE}:80`)).toBe('timeout');
    });
  },
);
