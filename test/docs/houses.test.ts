/** docs/houses.md: each plan works, and does what the page says about it. */
import { describe, expect, test } from '@jest/globals';
import { emitters } from '../../cdk8s/emitters.ts';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { meshSessions } from '../../cdk8s/plan/mesh-sessions.ts';
import { must, named } from '../../cdk8s/plan/must.ts';
import type { CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import { stepsText } from '../../cdk8s/steps/index.ts';
import { changed, networkOf, planText } from '../plans/fixtures.ts';
import { arithmetic, unreachable } from '../plans/oracle/index.ts';
import { anchorsOf, files, textOf } from './sources.ts';

const PAGE = 'docs/houses.md';
const page = textOf(PAGE);
const plans = files.filter((path) => path.startsWith('docs/houses/'));

interface Section {
  readonly heading: string;
  readonly text: string;
  /** From the repository on. */
  readonly plan: string;
}

/** What a house has to say, in this order. */
const COSTS = ['Money', 'Switch', 'Single points of failure', 'MTU', 'Router restart'];

const sections = page
  .split(/^## /m)
  .map((text): Section => {
    const [heading = ''] = text.split('\n', 1);
    return { heading, text, plan: `docs/${/^Plan: \[(.*?)\]\(\1\)$/m.exec(text)?.[1] ?? ''}` };
  })
  .filter(({ heading }) => /^\d+\. /.test(heading));

/** By the name of its file. */
const text = (name: string): string => textOf(`docs/houses/${name}.yaml`);
const house = (name: string): CalicoNetwork => networkOf(text(name), name);
const warnings = (plan: string): string[] => [
  ...new Set(checkPlan(textOf(plan), plan).findings.map(({ code }) => code)),
];
const cell = (all: readonly string[]): string =>
  all.length === 0 ? 'none' : all.map((one) => `\`${one}\``).join(', ');

/** The row of a plan in the last table of the page. */
function row(plan: string): string {
  const network = networkOf(textOf(plan), plan);
  const neighbors = network.routers.flatMap(({ routing }) => routing.neighbors);
  const toNodes = neighbors.filter(({ kind }) => kind === 'node').length;
  const betweenRouters = neighbors.filter(({ kind }) => kind === 'router').length / 2;
  const betweenNodes = network.bgp.mesh ? meshSessions(network.nodes.length) : 0;
  const clients = network.clientNetworks.map(({ name, pools }) => `\`${name}\`: ${cell(pools)}`);
  const cells = [
    `[${network.cluster}](${plan.replace('docs/', '')})`,
    network.nodes.length,
    toNodes + betweenRouters + betweenNodes,
    network.pods.mtu,
    clients.length === 0 ? 'none' : clients.join('; '),
    cell(warnings(plan)),
  ];
  return `| ${cells.join(' | ')} |`;
}

describe('the page', () => {
  test('has ten houses, and each plan once', () => {
    expect(sections).toHaveLength(10);
    expect(sections.map(({ plan }) => plan).sort()).toEqual(plans);
  });

  test('leads to each house from its first table', () => {
    const [, beginning = ''] = page.split('| --- | --- |\n', 2);
    const linked = [...(beginning.split('\n\n')[0] ?? '').matchAll(/\(#(.*?)\)/g)].map(([, anchor]) => anchor);
    expect(linked).toEqual(anchorsOf(page).filter((anchor) => /^\d+-/.test(anchor)));
  });

  test('has the numbers of each plan', () => {
    const [, table = ''] = page.split('## In numbers');
    expect(table.split('\n').filter((line) => line.startsWith('| ['))).toEqual(sections.map(({ plan }) => row(plan)));
  });
});

test('README.md has a plan for each system', () => {
  const [, table = ''] = textOf('README.md').split('## Which of the five systems am I?');
  const rows = (table.split('\n## ')[0] ?? '').split('\n').filter((line) => line.includes('| **'));
  const linked = rows.map((line) => /\[plan\]\(([^)]+)\)/.exec(line)?.[1] ?? '');
  expect(linked).toHaveLength(5);
  expect(linked.filter((plan) => !checkPlan(textOf(plan), plan).network)).toEqual([]);
});

describe.each(sections)('$heading', ({ text: section, plan }) => {
  const planned = textOf(plan);
  const { network, findings } = checkPlan(planned, plan);

  test('has a picture, what it gives, and each cost', () => {
    expect(section).toMatch(/^```\n[^`]+\n```$/m);
    expect(section).toContain('What it gives');
    const said = COSTS.map((cost) => section.indexOf(`\n- ${cost}: `));
    expect(said.filter((place) => place < section.indexOf('What it costs:'))).toEqual([]);
    expect(said).toEqual(said.toSorted((a, b) => a - b));
  });

  test('has the warnings that it names, and no errors', () => {
    const namedThere = [...section.matchAll(/Warning `([\w/-]+)`/g)].map(([, code]) => code);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(warnings(plan).sort()).toEqual(namedThere.sort());
  });

  test('has excerpts of its plan only', () => {
    const excerpts = [...section.matchAll(/^```yaml\n([^`]*)^```$/gm)].flatMap(([, lines = '']) =>
      lines.trimEnd().split('\n'),
    );
    expect(excerpts.filter((line) => !planned.split('\n').includes(line))).toEqual([]);
  });

  test('names addresses of its plan only', () => {
    const known = stepsText(must(network, plan));
    const addresses = [...section.matchAll(/\b(?:\d{1,3}\.){3}\d{1,3}\b(?:\/\d+)?/g)].map(([found]) => found);
    expect(addresses.filter((address) => !planned.includes(address) && !known.includes(address))).toEqual([]);
  });

  test('has files: values, steps, manifests, Flux', () => {
    const written = emitters.map((emit) => [emit.name, emit(must(network, plan)).length] as const);
    // Not every software of a router has a writer yet.
    expect(written.filter(([name, files]) => files === 0 && name !== 'routerFiles')).toEqual([]);
    expect(must(network, plan).cluster).toBe(plan.replace(/^.*\/|\.yaml$/g, ''));
  });

  test('adds up', () => {
    const faults = arithmetic(planned);
    // The oracle has no gateways outside the plan; the rule has, and here it warns.
    expect(faults.filter((fault) => !fault.startsWith('the gateway of '))).toEqual([]);
  });

  test('lets packets arrive, where no device outside the plan is in their way', () => {
    const stranger = warnings(plan).includes('reachability/gateway-without-bgp');
    expect(unreachable(networkOf(planned, plan)).length > 0).toBe(stranger);
  });

  test('every pod and every pool answers the devices that the plan calls clients', () => {
    const { clientNetworks, loadBalancers, segments } = must(network, plan);
    const pools = loadBalancers.map(({ name }) => name);
    expect(clientNetworks.map(({ name, everyPod, pools: reached }) => [name, everyPod, reached])).toEqual(
      segments.filter(({ clients }) => clients).map(({ name }) => [name, true, pools]),
    );
  });
});

const attached = ({ attachments }: CalicoNetwork) =>
  attachments.map(({ name, network, bridge, withoutAddress }) => [name, network, bridge, withoutAddress]);

describe('what single houses say', () => {
  test('1: the router passes the half of connections that it sees, and sends no redirects', () => {
    const [router] = house('one-switch').routers;
    expect(router?.routing.asymmetric.map(({ network }) => network)).toEqual(['home']);
    expect(router?.routing.withoutRedirects).toEqual(['home']);
    expect(stepsText(house('one-switch'))).toContain('LAN_IN');
  });

  test('2: Home Assistant is on both, discovers by the first, and IoT devices get nowhere else', () => {
    const network = house('unifi-iot');
    const nodes = ['node1', 'node2', 'node3'];
    expect(attached(network)).toEqual([
      ['lan', 'lan', 'br10', nodes],
      ['iot', 'iot', 'br30', nodes],
    ]);
    const app = network.apps.homeAssistant;
    expect(app?.attachments.map(({ name }) => name)).toEqual(['iot', 'lan']);
    expect(String(app?.balanced?.address)).toBe('10.44.0.10');
    const permits = network.routers.flatMap(({ routing }) => routing.permits.map(({ from }) => from.map(String)));
    expect(permits.flat().filter((from) => from.startsWith('192.168.30.'))).toEqual([]);
    expect(network.nodes[0]?.interfaces.map(({ device, tag }) => [device, tag?.number])).toEqual([
      ['eth0', undefined],
      ['eth0.10', 10],
      ['eth0.30', 30],
    ]);
  });

  test('3: the FRITZ!Box is outside the plan; OPNsense uses one path and has its note on the password', () => {
    const network = house('fritzbox-opnsense');
    expect(network.segments.map(({ name }) => name)).toEqual(['lan', 'servers']);
    expect(network.routers.map(({ routing }) => routing.paths)).toEqual([1]);
    expect(stepsText(network)).toContain('Local Initiator IP');
  });

  test('4: one arm and no firewall; with the Pi as the gateway nothing is left to say', () => {
    const [pi] = house('fritzbox-pi').routers;
    expect(pi?.interfaces.map(({ network }) => network)).toEqual(['home']);
    expect(pi?.routing.asymmetric).toEqual([]);
    const plan = ['gateway: 192.168.178.1 ', '{server: fritzbox,'].reduce(
      (planned, from, index) => changed(planned, from, ['gateway: 192.168.178.2 ', '{server: pi,'][index] ?? ''),
      text('fritzbox-pi'),
    );
    expect(checkPlan(plan, 'fritzbox-pi').findings).toEqual([]);
    expect(unreachable(networkOf(plan))).toEqual([]);
  });

  test('4: its warning and STEPS.md name the two routes of the page', () => {
    const [finding] = checkPlan(text('fritzbox-pi'), 'fritzbox-pi').findings;
    expect(finding?.remedy).toContain('10.42.0.0/16 and 10.44.0.0/24 with next hop 192.168.178.2');
    expect(stepsText(house('fritzbox-pi'))).toContain(
      'static routes there for `10.42.0.0/16` and `10.44.0.0/24` by `192.168.178.2`',
    );
  });

  test('5: a star whose homes open the tunnels; pods have the MTU of the narrowest one', () => {
    const network = house('three-sites');
    expect(network.links.map(({ between, kind }) => [...between, kind])).toEqual([
      ['city', 'vps', 'wireguard'],
      ['cabin', 'vps', 'ipsec'],
    ]);
    const remotes = network.routers.map(({ name, routing }) => [name, ...routing.tunnels.map(({ remote }) => remote)]);
    expect(remotes).toEqual([
      ['city', '198.51.100.10'],
      ['cabin', '198.51.100.10'],
      ['vps', undefined, undefined],
    ]);
    expect(network.pods.mtu).toBe(1400);
    expect(network.loadBalancers.map(({ name, router }) => [name, router])).toEqual(
      ['city', 'cabin', 'vps'].map((name) => [name, name]),
    );
  });

  test('6: the virtual switch tags, passes MAC addresses of pods; the image comes from a registry', () => {
    const network = house('talos-proxmox');
    expect(network.nodes.map(({ virtualSwitch }) => virtualSwitch)).toEqual(
      Array.from({ length: 3 }, () => ({
        vlans: [{ number: 20, tagged: false, device: 'ens18', mac: undefined }],
        largestPacket: 1500,
        otherMacs: true,
      })),
    );
    expect(attached(network)).toEqual([['lan', 'lan', 'br0', ['talos1', 'talos2', 'talos3']]]);
    expect(stepsText(network)).toContain('Talos imports no archive');
    expect(String(network.kubernetes.endpoint?.host)).toBe('10.20.0.10');
  });

  test('7: storage has large packets and no default route; what pods send there goes by the router', () => {
    const network = house('two-racks');
    const legs = network.nodes.map(({ interfaces }) => interfaces.find((one) => one.network === 'storage'));
    expect(legs.map((leg) => [leg?.mtu, leg?.defaultRoute])).toEqual(legs.map(() => [9000, undefined]));
    expect(network.sites.map(({ network: carrier, nodes }) => [carrier, ...nodes])).toEqual([
      ['rack-a', 'a1', 'a2', 'a3'],
      ['rack-b', 'b1', 'b2', 'b3'],
    ]);
    const rules = named(network.nodes, 'b1', 'node').sourceRules;
    expect(rules.map(({ from, network: to, gateway }) => [from, to, gateway].map(String))).toEqual([
      ['10.42.0.0/16', 'storage', '10.30.2.1'],
      ['10.30.2.0/24', 'storage', '10.30.2.1'],
    ]);
    const meshed = changed(text('two-racks'), 'bgp: {', 'bgp: {mesh: true, ');
    expect(checkPlan(meshed, 'two-racks').findings.map(({ code }) => code)).toEqual(['bgp/mesh-network']);
  });

  test('8: eBGP, one path, and a pool only for who asks', () => {
    const network = house('mikrotik-two-pools');
    expect(network.sites.map(({ asn, nodesAsn }) => [asn, nodesAsn])).toEqual([[64512, 64513]]);
    expect(network.bgp.sessions.map(({ acceptsOwnAsn }) => acceptsOwnAsn)).toEqual([true]);
    expect(
      network.loadBalancers.map(({ name, subnets, autoAssign }) => [name, ...subnets.map(String), autoAssign]),
    ).toEqual([
      ['internal', '10.44.0.0/26', true],
      ['dmz', '10.44.0.64/26', false],
    ]);
    expect(network.routers.map(({ routing }) => routing.paths)).toEqual([1]);
    expect(stepsText(network)).toContain('metallb.io/address-pool');
  });

  test('9: two pods have addresses on the LAN; no pool', () => {
    const network = house('one-machine');
    const [home] = network.attachments;
    expect(attached(network)).toEqual([['home', 'home', 'br0', ['node1']]]);
    expect(home?.fixed?.owners.map(({ address, workload }) => [String(address), workload])).toEqual([
      ['192.168.1.240', 'home-assistant'],
      ['192.168.1.241', 'web'],
    ]);
    expect([network.loadBalancers, network.apps.homeAssistant?.balanced]).toEqual([[], undefined]);
    // Mode on-lan needs a router with BGP, as this house has in a virtual machine.
    expect(networkOf(planText('same-subnet')).sites.map(({ router }) => router)).toEqual(['edgerouter']);
  });

  test('10: sessions among nodes, one network, an address that three control planes share', () => {
    const network = house('mesh');
    expect(network.bgp.mesh).toBe(true);
    expect(new Set(network.nodes.map((node) => node.network)).size).toBe(1);
    expect(network.nodes.every(({ roles }) => roles.includes('control-plane'))).toBe(true);
    const steps = stepsText(network);
    expect(steps).toContain('pods of different nodes reach each other while the router is off');
    expect(steps).toContain('for up to 240 s');
    expect(steps).toContain('kubeadm join 10.20.0.10:6443');
  });

  test('all but the mesh and the single node: a router that is off parts pods of different nodes', () => {
    const parted = sections.filter(({ plan }) => stepsText(networkOf(textOf(plan))).includes('is off or restarts**'));
    const others = plans.filter((plan) => !parted.some((one) => one.plan === plan));
    expect(others).toEqual(['docs/houses/mesh.yaml', 'docs/houses/one-machine.yaml']);
    expect(plans.map((plan) => networkOf(textOf(plan)).bgp.hold)).toEqual(plans.map(() => 9));
  });
});
