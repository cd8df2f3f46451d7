/**
 * What is wrong with a plan that was accepted, found a second time and in another way: from the plan's text by plain
 * arithmetic, and by packets that are followed through what was decided (fabric.ts).
 */
import { parse } from 'yaml';
import type { CalicoNetwork } from '../../../cdk8s/plan/network/calico.ts';
import type { Permit, Router, Segment } from '../../../cdk8s/plan/network/index.ts';
import { Fabric, INTERNET } from './fabric.ts';
import { blockOf, contains, isIn, meet, numberOf, textOf, type Block } from './ipv4.ts';

type Data = Record<string, unknown>;

const map = (value: unknown): [string, Data][] => Object.entries((value ?? {}) as Record<string, Data>);

/** `n{11..13}` becomes three nodes; a node that is written by itself adds to the one of the pattern. */
function nodesOf(plan: Data): Map<string, Data> {
  const nodes = new Map<string, Data>();
  for (const [name, node] of map(plan.nodes)) {
    const [, before = '', from, to, after = ''] = /^(.*)\{(\d+)\.\.(\d+)\}(.*)$/.exec(name) ?? [];
    if (from === undefined) nodes.set(name, merged(nodes.get(name), node) as Data);
    else
      for (let number = Number(from); number <= Number(to); number++) {
        const one = `${before}${number}${after}`;
        const filled = JSON.parse(JSON.stringify(node).replaceAll('{}', String(number))) as Data;
        nodes.set(one, merged(filled, nodes.get(one)) as Data);
      }
  }
  return nodes;
}

function merged(one: unknown, other: unknown): unknown {
  if (!isMap(one) || !isMap(other)) return other ?? one;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, merged(one[name], other[name])]));
}

const isMap = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);

interface Owner {
  readonly who: string;
  readonly network: string;
  readonly address: number;
}

/** Everybody with an address of his own. */
function ownersOf(plan: Data): Owner[] {
  const owners: Owner[] = [];
  const add = (who: string, network: unknown, address: unknown): void => {
    if (typeof network === 'string' && typeof address === 'string' && /^[0-9.]+$/.test(address))
      owners.push({ who, network, address: numberOf(address) });
  };
  for (const [name, router] of map(plan.routers))
    for (const [network, address] of Object.entries((router.addresses ?? {}) as Data))
      add(`router ${name}`, network, address);
  for (const [network, { reserved }] of map(plan.networks))
    for (const [name, address] of Object.entries((reserved ?? {}) as Data)) add(`device ${name}`, network, address);
  for (const [name, node] of nodesOf(plan))
    for (const [, one] of map(node.interfaces)) add(`node ${name}`, one.network, one.address);
  return owners;
}

/** The subnets that mean different places: networks, links, pods, services and load balancers. */
function subnetsOf(plan: Data): [string, Block][] {
  const all: [string, unknown][] = [
    ...map(plan.networks).map(([name, { subnet }]): [string, unknown] => [`network ${name}`, subnet]),
    ...map(plan.links).map(([name, { subnet }]): [string, unknown] => [`link ${name}`, subnet]),
    ['pods', (plan.pods as Data | undefined)?.subnet],
    ['services', (plan.kubernetes as Data | undefined)?.services],
  ];
  const balancers = (plan.loadBalancers ?? {}) as Data;
  const pools =
    typeof balancers.subnet === 'string' || typeof balancers.range === 'string'
      ? [balancers]
      : map(balancers).map(([, one]) => one);
  pools.forEach(({ subnet, range }, index) => all.push([`pool ${index}`, subnet ?? range]));
  return all.flatMap(([name, text]): [string, Block][] => (typeof text === 'string' ? [[name, blockOf(text)]] : []));
}

/** From the text alone. */
export function arithmetic(text: string): string[] {
  const plan = parse(text) as Data;
  const faults: string[] = [];
  const networks = new Map(map(plan.networks));
  const owners = ownersOf(plan);
  const seen = new Map<number, Owner>();
  for (const owner of owners) {
    const network = networks.get(owner.network);
    if (!network) {
      faults.push(`${owner.who} is on no network`);
      continue;
    }
    const subnet = blockOf(String(network.subnet));
    const range = (network.dhcp as Data | undefined)?.range;
    if (!isIn(owner.address, subnet)) faults.push(`${owner.who} is outside ${owner.network}`);
    if (owner.address === subnet.first || owner.address === subnet.last)
      faults.push(`${owner.who} has the address of all hosts, or of the network`);
    if (seen.has(owner.address)) faults.push(`${owner.who} and ${seen.get(owner.address)?.who ?? ''} share an address`);
    if (typeof range === 'string') {
      const [first = '', last = ''] = range.split('-');
      if (owner.address >= numberOf(first) && owner.address <= numberOf(last))
        faults.push(`${owner.who} is in the range`);
    }
    seen.set(owner.address, owner);
  }
  for (const [name, { gateway, subnet }] of networks)
    if (typeof gateway === 'string') {
      if (!isIn(numberOf(gateway), blockOf(String(subnet)))) faults.push(`the gateway of ${name} is elsewhere`);
      const owner = seen.get(numberOf(gateway));
      if (owner && !owner.who.startsWith('router ')) faults.push(`the gateway of ${name} is ${owner.who}`);
    }
  const subnets = subnetsOf(plan);
  for (const [index, [one, block]] of subnets.entries())
    for (const [other, another] of subnets.slice(index + 1))
      if (meet(block, another)) faults.push(`${one} and ${other} overlap`);
  const pods = (plan.pods ?? {}) as Data;
  const blockSize = Number(pods.blockSize ?? 26);
  const blocks = 2 ** (blockSize - Number(String(pods.subnet).split('/')[1]));
  if (nodesOf(plan).size > blocks) faults.push(`${nodesOf(plan).size} nodes and ${blocks} blocks`);
  const macs = [...nodesOf(plan).values()].flatMap((node) =>
    map(node.interfaces).flatMap(([, { mac }]) => (typeof mac === 'string' ? [mac.toLowerCase()] : [])),
  );
  if (new Set(macs).size < macs.length) faults.push('a MAC address twice');
  return faults;
}

interface Question {
  readonly what: string;
  readonly there: () => string | undefined;
}

/** The first address of a segment that nobody has, as a device of a person would. */
function freeOn(network: CalicoNetwork, segment: string): number {
  const found = network.segments.find(({ name }) => name === segment);
  const { first, last } = blockOf(String(found?.subnet));
  const taken = new Set(
    [
      ...network.routers.flatMap(({ interfaces }) => interfaces.map(({ address }) => String(address))),
      ...network.nodes.flatMap(({ interfaces }) => interfaces.map(({ address }) => String(address))),
    ].filter((address) => address !== 'undefined'),
  );
  for (let address = last - 1; address > first; address--) if (!taken.has(textOf(address))) return address;
  throw new Error(`${segment} is full`);
}

/** Who ought to reach whom: pods the internet and, both ways, each other; people's devices, both ways, the pods and the pools. */
function* questions(network: CalicoNetwork): Iterable<Question> {
  const fabric = new Fabric(network);
  const pod = (node: string): number => fabric.podsOf(node).last;
  const both = (what: string, one: Parameters<Fabric['lost']>[0], from: number, other: typeof one, to: number) => ({
    what,
    there: () => fabric.lost(one, from, to) ?? fabric.lost(other, to, from),
  });
  const asked = network.nodes.filter(({ uplink }) => uplink.address);
  for (const { name } of asked)
    yield { what: `pods of ${name} and the internet`, there: () => fabric.lost({ node: name }, pod(name), INTERNET) };
  for (const one of asked)
    for (const other of asked)
      if (one !== other && one.network === other.network)
        yield {
          what: `${one.name} to pods of ${other.name}`,
          there: () => (fabric.isDirect(one.name, other.name) ? undefined : 'not by its own address'),
        };
  for (const one of asked)
    for (const other of asked)
      if (one.name < other.name)
        yield both(
          `pods of ${one.name} and ${other.name}`,
          { node: one.name },
          pod(one.name),
          { node: other.name },
          pod(other.name),
        );
  for (const { name, routers, everyPod, pools } of network.clientNetworks) {
    const device = freeOn(network, name);
    const behind = network.sites
      .filter(({ router }) => everyPod || routers.includes(router))
      .flatMap(({ nodes }) => nodes);
    for (const node of asked.filter((one) => behind.includes(one.name)))
      yield both(`${name} and pods of ${node.name}`, { client: name }, device, { node: node.name }, pod(node.name));
    for (const pool of network.loadBalancers.filter((one) => pools.includes(one.name))) {
      const address = blockOf(String(pool.subnets.at(-1))).last;
      for (const site of network.sites.filter(({ router }) => (pool.router ?? router) === router))
        for (const node of site.nodes)
          yield both(`${name} and pool ${pool.name} at ${node}`, { client: name }, device, { node }, address);
    }
  }
}

/** By packets through what was decided; and whether the routers let them pass. */
export function unreachable(network: CalicoNetwork): string[] {
  const faults: string[] = [];
  for (const { what, there } of questions(network)) {
    const lost = there();
    if (lost !== undefined) faults.push(`${what}: ${lost}`);
  }
  return [...faults, ...forbidden(network), ...forgotten(network)];
}

/** What a client network reaches, its gateway has to permit. */
function forbidden({ clientNetworks, segments, routers, pods, loadBalancers }: CalicoNetwork): string[] {
  return clientNetworks.flatMap(({ name, pools }) => {
    const segment = segments.find((one) => one.name === name);
    const wanted = [
      pods.subnet,
      ...loadBalancers.filter((pool) => pools.includes(pool.name)).flatMap(({ subnets }) => subnets),
    ];
    return routers
      .filter((router) => isGateway(router, segment))
      .flatMap(({ name: router, routing }) =>
        wanted
          .map((subnet) => blockOf(String(subnet)))
          .filter((to) => !routing.permits.some((permit) => lets(permit, blockOf(String(segment?.subnet)), to)))
          .map((to) => `router ${router} does not let ${name} pass to ${textOf(to.first)}`),
      );
  });
}

const isGateway = ({ interfaces }: Router, segment: Segment | undefined): boolean =>
  interfaces.some((one) => one.network === segment?.name && String(one.address) === String(segment.gateway));

const lets = ({ way, ports, from, to }: Permit, source: Block, target: Block): boolean =>
  way === 'forward' && ports.length === 0 && covers(from.map(String), source) && covers(to.map(String), target);

const covers = (list: readonly string[], block: Block): boolean =>
  list.length === 0 || list.some((text) => contains(blockOf(text), block));

/** Networks of people's devices on a router that speaks BGP with nodes, of which nothing is said. */
function forgotten({ segments, routers, sites, clientNetworks }: CalicoNetwork): string[] {
  return segments
    .filter(
      (segment) =>
        segment.clients &&
        routers.some((router) => sites.some((site) => site.router === router.name) && isGateway(router, segment)) &&
        !clientNetworks.some((one) => one.name === segment.name),
    )
    .map(({ name }) => `what ${name} reaches is not said`);
}
