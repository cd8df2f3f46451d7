/**
 * The house of the plan hybrid (plan.ts), in a lab, with a real Kubernetes in it:
 *
 *     lan 192.168.2.0/24   edgerouter .1 (dnsmasq)   node1 .2   node2 -    tv .77
 *     k8s 192.168.3.0/24   edgerouter .1 (FRR)       node1 .2   node2 .3   control .9 (API server and controllers)
 *     far 10.99.0.0/24     edgerouter .1             phone .50: a client in another network
 */
import { randomBytes } from 'node:crypto';
import { startDnsmasq, type Dnsmasq } from '../../cdk8s/lab/dnsmasq.ts';
import { startFrr, type Frr } from '../../cdk8s/lab/frr.ts';
import type { Host } from '../../cdk8s/lab/host.ts';
import { startLab, type Lab } from '../../cdk8s/lab/lab.ts';
import { named } from '../../cdk8s/plan/must.ts';
import { startControl, type Control } from './control.ts';
import { buildImages } from './images.ts';
import { ClusterNode, type NodeSpec } from './node.ts';
import { housePlan } from './plan.ts';

const k8sGateway = '192.168.3.1';
const blocks = ['192.168.7.0/26', '192.168.7.64/26'];
const loadBalancers = '192.168.6.0/24';

export interface House {
  readonly lab: Lab;
  readonly router: Host;
  readonly frr: Frr;
  readonly dhcp: Dnsmasq;
  /** On the LAN, and in a network behind the router. */
  readonly tv: Host;
  readonly phone: Host;
  readonly control: Control;
  readonly nodes: readonly [ClusterNode, ClusterNode];
  /** What a server says to a host of the lab, or why it says nothing. */
  ask(host: Host, url: string): Promise<string>;
  /** The same ten times a second while `work` goes on: what came, in order. */
  askDuring(host: Host, url: string, work: () => Promise<void>): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export async function startHouse(): Promise<House> {
  const lab = await startLab();
  const made: ClusterNode[] = [];
  const stop = async () => {
    await lab.stop();
    for (const node of made) await node.removeCgroup();
  };
  try {
    const [lan, k8s, far] = [await lab.segment('lan'), await lab.segment('k8s'), await lab.segment('far')];
    const host = async (name: string) => await lab.host(name);
    const [router, control, tv, phone] = [
      await host('edgerouter'),
      await host('control'),
      await host('tv'),
      await host('phone'),
    ];
    await router.join(lan, 'lan0', '192.168.2.1/24');
    await router.join(k8s, 'k8s0', `${k8sGateway}/24`);
    await router.join(far, 'far0', '10.99.0.1/24');
    await router.sysctl({ 'net/ipv4/ip_forward': 1 });
    await control.join(k8s, 'eth0', '192.168.3.9/24');
    await tv.join(lan, 'eth0', '192.168.2.77/24');
    await phone.join(far, 'eth0', '10.99.0.50/24');
    for (const [client, gateway] of [
      [control, k8sGateway],
      [tv, '192.168.2.1'],
      [phone, '10.99.0.1'],
    ] as const) {
      await client.ip(`route add default via ${gateway}`);
    }

    const archives = control.folder('archives');
    const specs = blocks.map((block, index): NodeSpec => {
      const address = `192.168.3.${index + 2}`;
      const name = `node${index + 1}`;
      const { sysctls, interfaces } = named(housePlan.nodes, name, 'node');
      const lanAddress = interfaces.some(({ from }) => from === 'none') ? undefined : `192.168.2.${index + 2}`;
      return { name, sysctls, lanAddress, address, gateway: k8sGateway, router: k8sGateway, block, loadBalancers };
    });
    const users = Object.fromEntries(specs.map(({ name }) => [`system:node:${name}`, 'system:nodes']));
    const [archiveNames, cluster, frr, dhcp] = await Promise.all([
      buildImages(control.path(archives)),
      startControl(control, '192.168.3.9', '10.43.0.0/16', { ...users, 'system:kube-proxy': 'system:node-proxier' }),
      startFrr(router, frrText(specs)),
      startDnsmasq(router, dnsmasqText),
    ]);
    const ground = { lab, lan, k8s, control: cluster, archives, archiveNames, run: randomBytes(4).toString('hex') };
    for (const spec of specs) made.push(await ClusterNode.make(ground, spec));
    const [node1, node2] = made;
    if (node1 === undefined || node2 === undefined) throw new Error('two nodes are two');
    await Promise.all(made.map((node) => node.boot()));
    const ask = async (host: Host, url: string) => {
      const { stdout, stderr } = await host.run([`${archives}/stand-in`, 'ask', url]);
      return `${stdout}${stderr}`;
    };
    const askDuring: House['askDuring'] = async (host, url, work) => {
      const asker = await host.start('asker', [`${archives}/stand-in`, 'ask', url, '100ms']);
      await work();
      await asker.stop();
      return asker.log().trimEnd().split('\n');
    };
    const house = {
      lab,
      ask,
      askDuring,
      router,
      frr,
      dhcp,
      tv,
      phone,
      control: cluster,
      nodes: [node1, node2] as const,
      stop,
    };
    await Promise.all(made.map((node) => nodeReady(cluster, node.spec.name)));
    return house;
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

export async function nodeReady(control: Control, name: string): Promise<void> {
  for (const condition of ['create', 'condition=Ready']) {
    await control.kubectl(`wait node/${name} --for=${condition} --timeout=90s`, undefined, 100_000);
  }
}

/** What the plan says of the router: sessions to nodes, and what it takes from them. */
function frrText(specs: readonly NodeSpec[]): string {
  const neighbors = specs.map(({ address }) => [
    ` neighbor ${address} remote-as 64512`,
    ` address-family ipv4 unicast`,
    `  neighbor ${address} prefix-list CLUSTER in`,
    ` exit-address-family`,
  ]);
  return [
    'ip prefix-list CLUSTER permit 192.168.7.0/24 ge 26 le 32',
    `ip prefix-list CLUSTER permit ${loadBalancers} le 32`,
    'router bgp 64512',
    ' timers bgp 3 9',
    ...neighbors.flat(),
    '',
  ].join('\n');
}

const dnsmasqText = `
port=0
interface=lan0
bind-interfaces
dhcp-authoritative
no-ping
dhcp-range=192.168.2.38,192.168.2.243,1h
dhcp-option=option:router,192.168.2.1
`;
