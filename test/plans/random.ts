/**
 * Random plans that are right by construction, as a person could write them: every part of the address space has one use.
 *
 *   192.168.8.0 to .255.0   networks with nodes, one /22 each       10.64.0.0/10        pods
 *   172.16.0.0/16           networks of clients                     10.192.0.0/11       services
 *   172.18.0.0/16           a second network of nodes
 *   100.64.0.0/10           load balancers, a /14 a pool            10.255.0.0/16       links
 */
import fc from 'fast-check';
import { stringify } from 'yaml';
import { platformNames } from '../../cdk8s/platforms/platform-names.ts';
import { routers } from '../../cdk8s/platforms/routers/index.ts';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { isCalico, type CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { anyNetworkOf } from './fixtures.ts';
import { carriersWith, legs, withLeg, type Leg } from './random-legs.ts';

/** Words that a program may take for something else than a text: YAML 1.1, JavaScript, Go templates, Calico's selectors. */
const trickyNames = [
  ...[
    'on',
    'off',
    'yes',
    'no',
    'y',
    'n',
    'true',
    'false',
    'null',
    '0',
    '1',
    '10',
    '1e3',
    '0x1f',
    '0b11',
    '0o17',
    '017',
  ],
  ...['2026-01-01', '1-2', 'default', 'all', 'has', 'nil', 'name', 'value', 'filters', 'a'.repeat(63)],
];
const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'z', '0', '1', '9', '-'), minLength: 1, maxLength: 20 });
const plainNames = letters.filter((name) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name));
/** Any name of a plan: an RFC 1123 label. */
export const names = fc.oneof(
  { arbitrary: plainNames, weight: 3 },
  { arbitrary: fc.constantFrom(...trickyNames), weight: 1 },
);

const softwares = platformNames(routers);
const systems = ['networkd', 'netplan', 'ifupdown', 'networkmanager'] as const;
const asns = fc
  .oneof(
    fc.integer({ min: 64512, max: 65534 }),
    fc.constantFrom(1, 65000, 2147483647, 2147483646),
    fc.integer({ min: 1, max: 2147483647 }),
  )
  .filter((asn) => asn !== 23456 && asn !== 65535);
const mtus = fc.oneof(fc.constantFrom(576, 1280, 1500, 9000, 9216), fc.integer({ min: 576, max: 9216 }));

type Data = Record<string, unknown>;

function quad(value: number): string {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
}

/** A subnet of this prefix length somewhere in a region, given by its first address and its own prefix length. */
function within(region: string, regionPrefix: number, prefix: fc.Arbitrary<number>): fc.Arbitrary<string> {
  const first = region.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
  return prefix.chain((length) =>
    fc
      .integer({ min: 0, max: 2 ** (length - regionPrefix) - 1 })
      .map((index) => `${quad((first + index * 2 ** (32 - length)) >>> 0)}/${length}`),
  );
}

/** A key with a value, or neither. */
function perhaps(key: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<Data> {
  return fc.option(value, { nil: undefined }).map((given): Data => (given === undefined ? {} : { [key]: given }));
}

/** A key with this map, or neither where the map is empty. */
function withKeys(key: string, data: Data): Data {
  return Object.keys(data).length > 0 ? { [key]: data } : {};
}

function merged(...parts: fc.Arbitrary<Data>[]): fc.Arbitrary<Data> {
  return fc.tuple(...parts).map((all) => Object.assign({}, ...all) as Data);
}

/** A network with nodes, and the router or routers on it. */
interface Place {
  readonly network: string;
  readonly net: Data;
  /** `192.168.8`: what addresses of hosts begin with. */
  readonly host: string;
  readonly nodes: number;
  readonly pattern: boolean;
  readonly second: boolean;
}

function place(index: number, network: string, nodes: number): fc.Arbitrary<Place> {
  const host = `192.168.${8 + index * 4}`;
  return fc
    .record({
      prefix: fc.integer({ min: 22, max: 24 }),
      mtu: fc.option(mtus, { nil: undefined }),
      lowerBy: fc.option(fc.integer({ min: 0, max: 1500 }), { nil: undefined }),
      clients: fc.boolean(),
      gateway: fc.boolean(),
      pattern: fc.boolean(),
      second: fc.integer({ min: 0, max: 4 }).map((value) => value === 0),
    })
    .map(({ prefix, mtu, lowerBy, clients, gateway, pattern, second }) => ({
      network,
      host,
      nodes,
      pattern,
      second,
      net: {
        subnet: `${host}.0/${prefix}`,
        ...(gateway ? { gateway: `${host}.1` } : {}),
        ...(clients ? { clients } : {}),
        ...(mtu === undefined ? {} : { mtu }),
        ...(lowerBy === undefined ? {} : { gatewayMtu: Math.max(576, (mtu ?? 1500) - lowerBy) }),
      },
    }));
}

interface Shape {
  readonly places: readonly Place[];
  readonly routers: readonly string[];
  /** One router for all networks instead of one each. */
  readonly shared: boolean;
}

function routersOf({ places, routers, shared }: Shape): { name: string; site: number; addresses: Data }[] {
  if (shared)
    return [
      {
        name: routers[0] ?? 'r',
        site: 0,
        addresses: Object.fromEntries(places.map((one) => [one.network, `${one.host}.1`])),
      },
    ];
  return places.flatMap((one, site) => [
    { name: routers[site] ?? 'r', site, addresses: { [one.network]: `${one.host}.1` } },
    ...(one.second
      ? [{ name: `${(routers[site] ?? 'r').slice(0, 55)}-spare`, site, addresses: { [one.network]: `${one.host}.2` } }]
      : []),
  ]);
}

const shapes: fc.Arbitrary<Shape> = fc.integer({ min: 1, max: 3 }).chain((count) =>
  fc
    .record({
      networks: fc.uniqueArray(names, { minLength: count, maxLength: count }),
      // A router called subnet would make the load balancers of its name one pool of everybody.
      routers: fc.uniqueArray(names, { minLength: count, maxLength: count }),
      nodes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: count, maxLength: count }),
      shared: fc.integer({ min: 0, max: 3 }).map((value) => value === 0),
    })
    .chain(({ networks, routers, nodes, shared }) =>
      fc
        .tuple(...networks.map((network, index) => place(index, network, nodes[index] ?? 1)))
        .map((places) => ({ places, routers, shared })),
    ),
);

const extras = fc.record({
  roles: fc.constantFrom(undefined, ['control-plane'], ['control-plane', 'worker'], ['worker']),
  arch: fc.constantFrom(undefined, 'amd64', 'arm64'),
  os: fc.constantFrom(undefined, ...systems),
});
const uplinks = fc.constantFrom<Data>(
  { name: 'eth0' },
  { name: 'enp3s0f1np1' },
  { name: 'eth1', bridge: 'br0' },
  { name: 'enp1s0', bridge: 'br.lan-0' },
  { name: 'bond1', bridge: 'br0', bond: { members: ['eth2'], mode: 'active-backup' } },
  { name: 'bond0', bond: { members: ['eth0', 'eth1'], mode: '802.3ad' } },
);

function defined(data: Data): Data {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}

/** Each place's nodes, written one by one or as a pattern, of which one may be overridden. */
function nodesOf(places: readonly Place[]): fc.Arbitrary<Data> {
  return fc
    .tuple(...places.map((one) => fc.record({ one: fc.constant(one), extra: extras, own: extras, uplink: uplinks })))
    .map((all) => {
      const nodes: Data = {};
      for (const [index, { one, extra, own, uplink }] of all.entries()) {
        const { name, ...settings } = uplink;
        const node = (last: string | number, more: Data) => ({
          ...defined(more),
          interfaces: { [String(name)]: { network: one.network, address: `${one.host}.${last}`, ...settings } },
        });
        const prefix = `n${index}-`;
        if (one.pattern) {
          nodes[`${prefix}{11..${10 + one.nodes}}`] = node('{}', extra);
          const override = defined(own);
          if (Object.keys(override).length > 0) nodes[`${prefix}11`] = override;
        } else
          for (let last = 11; last < 11 + one.nodes; last++)
            nodes[`${prefix}${last}`] = node(last, last === 11 ? own : extra);
      }
      return nodes;
    });
}

/** Its nodes have no other operating system. */
function onTalos(nodes: Data): Data {
  return Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, { ...(node as Data), os: 'talos' }]));
}

function podsOf({ places }: Shape, mtu: number): fc.Arbitrary<Data> {
  const nodes = places.reduce((sum, one) => sum + one.nodes, 0);
  return fc.integer({ min: 20, max: 32 }).chain((blockSize) => {
    const longest = blockSize - Math.ceil(Math.log2(nodes));
    const prefix = fc.integer({ min: Math.max(10, longest - 8), max: longest });
    return merged(
      fc.constant({ mode: 'routed', blockSize }),
      within('10.64.0.0', 10, prefix).map((subnet) => ({ subnet })),
      perhaps('mtu', fc.integer({ min: 576, max: mtu })),
      fc
        .boolean()
        .map((named): Data => (named && places[0] && places.length === 1 ? { network: places[0].network } : {})),
    );
  });
}

/** Whole networks and ranges; a range from an even to an odd address has no network of a single one. */
function pool(index: number): fc.Arbitrary<Data> {
  const subnet = within(`100.${64 + index * 4}.0.0`, 14, fc.integer({ min: 14, max: 31 }));
  const range = fc
    .record({ from: fc.integer({ min: 0, max: 100_000 }), pairs: fc.integer({ min: 1, max: 1000 }) })
    .map(({ from, pairs }) => {
      const first = (((100 << 24) >>> 0) + ((64 + index * 4) << 16) + from * 2) >>> 0;
      return `${quad(first)}-${quad(first + pairs * 2 - 1)}`;
    });
  return merged(
    fc.oneof(
      { arbitrary: subnet.map((text): Data => ({ subnet: text })), weight: 2 },
      fc.tuple(fc.constantFrom('range', 'subnet'), range).map(([key, text]): Data => ({ [key]: text })),
    ),
    perhaps('avoidBuggyIPs', fc.boolean()),
    perhaps('autoAssign', fc.boolean()),
  );
}

/** Pools by any names; each says its router, or its plan has one only. */
function namedPools(routers: readonly string[]): fc.Arbitrary<Data> {
  return fc
    .uniqueArray(names, { minLength: 1, maxLength: 4 })
    .chain((chosen) =>
      fc
        .tuple(
          ...chosen.map((_, index) =>
            merged(
              pool(index),
              routers.length === 1
                ? perhaps('router', fc.constantFrom(...routers))
                : fc.constantFrom(...routers).map((router): Data => ({ router })),
            ),
          ),
        )
        .map((pools) => Object.fromEntries(pools.map((one, index) => [chosen[index] ?? '', one]))),
    );
}

function poolsFor(routers: readonly string[]): fc.Arbitrary<Data> {
  const perRouter = fc
    .tuple(...routers.map((_, index) => pool(index)))
    .map((pools) => Object.fromEntries(pools.map((one, index) => [routers[index] ?? '', one])));
  return fc.oneof(
    fc.constant({}),
    ...[pool(0), perRouter, namedPools(routers)].map((pools) =>
      pools.map((loadBalancers): Data => ({ loadBalancers })),
    ),
  );
}

/** An address that MetalLB gives out of one of the pools, or none. */
function requestedOf({ loadBalancers }: Data, app: Data): Data {
  if (loadBalancers === undefined || app.mac === undefined) return {};
  const all = loadBalancers as Data;
  const isPool = ['subnet', 'range'].some((key) => typeof all[key] === 'string');
  const [one] = (isPool ? [all] : Object.values(all)) as Data[];
  const [first = ''] = String(one?.subnet ?? one?.range).split(/[/-]/);
  // The second address ends in an odd number: it is a bad one only if it ends in 255.
  const [, head = '', last = ''] = /^(.*\.)([0-9]+)$/.exec(first) ?? [];
  return { loadBalancerIP: head + String(Number(last) === 254 ? 254 : Number(last) + 1) };
}

/** Some applications ask for an address. */
function withRequested(attached: Data, pools: Data): Data {
  const { 'home-assistant': app } = (attached.apps ?? {}) as Record<string, Data | undefined>;
  return app ? { ...attached, apps: { 'home-assistant': { ...app, ...requestedOf(pools, app) } } } : attached;
}

/** The smallest MTU on the way of a packet. */
function pathMtu(places: readonly Place[], links: Data): number {
  const nets = places.map(({ net }) => Math.min(Number(net.mtu ?? 1500), Number(net.gatewayMtu ?? 9216)));
  return Math.min(...nets, ...Object.values(links).map((link) => Number((link as Data).mtu)));
}

const linkSettings = fc.record({
  kind: fc.constantFrom('ipsec', 'wireguard'),
  mtu: fc.constantFrom(1280, 1400, 1420, 8920),
});

/** Of the first router to each other one: sites that nothing joins are no cluster. */
function linksFor(routers: readonly string[]): fc.Arbitrary<Data> {
  const [hub, ...others] = routers;
  if (others.length === 0) return fc.constant({});
  return fc
    .tuple(
      ...others.map((other, index) =>
        linkSettings.map((link) => ({ between: [hub, other], subnet: `10.255.0.${index * 4}/30`, ...link })),
      ),
    )
    .map((links) => Object.fromEntries(links.map((link, index) => [`link${index}`, link])));
}

const kubernetes = merged(
  fc.record({
    version: fc.constant('1.36'),
    distribution: fc.constantFrom('kubeadm', 'k3s', 'rke2', 'talos'),
    services: within('10.192.0.0', 11, fc.integer({ min: 12, max: 28 })),
  }),
  perhaps('advertiseServices', fc.boolean()),
);
const bgp = merged(
  perhaps(
    'passwordSecret',
    fc.record({ name: names, key: fc.constantFrom('password', 'on', '.inf', '1.50', '_', 'A-b.c', 'NO', '0b1') }),
  ),
  fc
    .integer({ min: 6, max: 240 })
    .chain((hold) =>
      fc
        .option(fc.integer({ min: 1, max: Math.floor(hold / 3) }), { nil: undefined })
        .map((keepalive): Data => (keepalive === undefined ? {} : { hold, keepalive })),
    ),
);

/** A virtual address where one network has all nodes; a name anywhere. */
function endpoints({ places }: Shape): fc.Arbitrary<string> {
  const [place] = places;
  const hosts = ['api.home.example.net', ...(place && places.length === 1 ? [`${place.host}.250`] : [])];
  return fc.constantFrom(...hosts, ...hosts.map((host) => `${host}:8443`));
}

/** The network of a plan whose every node is bridged to it, or nothing. */
function bridgedNetwork({ places }: Shape, nodes: Data): Place | undefined {
  const interfaces = Object.values(nodes).flatMap((node) =>
    Object.values((node as { interfaces?: Data }).interfaces ?? {}),
  );
  const [place] = places;
  return places.length === 1 && interfaces.every((one) => 'bridge' in (one as Data)) ? place : undefined;
}

/** A network that every node has a bridge on. */
type Lan = Pick<Place, 'network' | 'host' | 'net'>;

/** The leg where it is for pods, and no other place has nodes. */
function lanOf(shape: Shape, nodes: Data, leg: Leg | undefined): Lan | undefined {
  if (leg && shape.places.length === 1 && 'bridge' in leg.interfaceOf('1')) return leg;
  return bridgedNetwork(shape, nodes);
}

/** The address after that of the workload of an attachment with static ones. */
function nextAddress({ workloads }: Data): string | undefined {
  const [{ address = '' } = {}] = Object.values((workloads ?? {}) as Record<string, { address?: string }>);
  return address === '' ? undefined : address.replace(/[0-9]+$/, (last) => String(Number(last) + 1));
}

function homeAssistant(namespace: string, attachments: Data): fc.Arbitrary<Data> {
  const attached = Object.keys(attachments);
  return merged(
    fc.constant({ namespace }),
    attached.length > 0
      ? fc.option(fc.constantFrom(...attached), { nil: undefined }).map((one): Data => {
          if (one === undefined) return {};
          const address = nextAddress(attachments[one] as Data);
          const addresses = address === undefined ? {} : { addresses: { [one]: address } };
          return { attachments: [one], ...addresses };
        })
      : fc.constant({}),
    perhaps('mac', fc.constantFrom('02:00:00:00:00:01', '0A:1b:2C:3d:4E:5f')),
    perhaps('timeZone', fc.constantFrom('Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+12')),
    perhaps(
      'storage',
      merged(
        perhaps('size', fc.constantFrom('1Mi', '100Gi')),
        perhaps('class', names),
        perhaps('otherOwner', fc.boolean()),
      ),
    ),
  );
}

/** Attachments to a network, which pods of these namespaces may use, and others. */
function attachmentsTo({ network, host }: Lan, chosen: readonly string[], users: string): fc.Arbitrary<Data> {
  const one = (index: number) =>
    fc
      .record({
        namespace: names,
        others: fc.uniqueArray(names, { maxLength: 3 }),
        given: fc.constantFrom('dhcp', 'static', `${host}.${210 + index * 10}-${host}.${215 + index * 10}`),
        worker: names,
      })
      .map(({ namespace, others, given, worker }) => {
        const namespaces = [...new Set([...others, users])].filter((name) => name !== namespace);
        const address = `${host}.${211 + index * 10}`;
        const workloads = given === 'dhcp' ? {} : { workloads: { [worker]: { namespace: users, address } } };
        return { namespace, network, addresses: given, namespaces, ...workloads };
      });
  return fc
    .tuple(...chosen.map((_, index) => one(index)))
    .map((all) => ({ attachments: Object.fromEntries(all.map((each, index) => [chosen[index] ?? '', each])) }));
}

/** An application, and attachments where there is a network for them. */
function attachedTo(lan: Lan | undefined): fc.Arbitrary<Data> {
  const chosen = lan === undefined ? fc.constant([]) : fc.uniqueArray(names, { minLength: 1, maxLength: 3 });
  return fc.tuple(chosen, names).chain(([attachments, users]) =>
    (lan === undefined ? fc.constant<Data>({}) : attachmentsTo(lan, attachments, users)).chain((made) =>
      merged(
        fc.constant(made),
        perhaps(
          'apps',
          homeAssistant(users, (made.attachments ?? {}) as Data).map((app) => ({
            'home-assistant': app,
          })),
        ),
      ),
    ),
  );
}

/** A plan as data. */
const plans: fc.Arbitrary<Data> = shapes.chain((shape) => {
  const found = routersOf(shape);
  const routers = found.map(({ name }) => name);
  const first = shape.shared ? routers : shape.routers.filter((name) => routers.includes(name));
  return linksFor(first).chain((links) =>
    fc
      .record({
        cluster: names,
        kubernetes,
        settings: fc.tuple(
          ...found.map(() => fc.record({ software: fc.constantFrom(...softwares), stateful: fc.boolean() })),
        ),
        // One for each place, and one that nodes may have; a spare router has the number of the first.
        asns: fc.uniqueArray(asns, { minLength: shape.places.length + 1, maxLength: shape.places.length + 1 }),
        nodesAsn: fc.boolean(),
        endpoint: perhaps('endpoint', endpoints(shape)),
        mesh: shape.places.length === 1 ? perhaps('mesh', fc.boolean()) : fc.constant({}),
        clientNetwork: fc.boolean(),
        leg: legs,
        nodes: nodesOf(shape.places),
        pods: podsOf(shape, pathMtu(shape.places, links)),
        pools: poolsFor(routers),
        bgp,
      })
      .chain((part) => {
        const lan = lanOf(shape, part.nodes, part.leg);
        return attachedTo(lan).map((attached) => ({
          part,
          attached,
          lan: attached.attachments ? lan : undefined,
        }));
      })
      .map(({ part, attached, lan }) => ({
        version: 1,
        cluster: part.cluster,
        kubernetes: { ...part.kubernetes, ...part.endpoint },
        networks: {
          ...Object.fromEntries(
            [...shape.places, ...(part.leg ? [part.leg] : [])].map((one) => [
              one.network,
              one === lan
                ? { ...one.net, dhcp: { server: routers[0], range: `${one.host}.100-${one.host}.199`, lease: '1h' } }
                : one.net,
            ]),
          ),
          ...(part.clientNetwork
            ? { 'house-of-clients': { subnet: '172.16.1.0/24', gateway: '172.16.1.1', clients: true } }
            : {}),
        },
        routers: Object.fromEntries(
          found.map(({ name, site, addresses }, index) => [
            name,
            {
              ...part.settings[index],
              asn: part.asns[site],
              ...(name === first[0] && first.length > 1 ? { public: 'hub.example.net' } : {}),
              addresses: {
                ...addresses,
                ...(part.clientNetwork && index === 0 ? { 'house-of-clients': '172.16.1.1' } : {}),
                ...(part.leg?.router && index === 0 ? { [part.leg.network]: `${part.leg.host}.1` } : {}),
              },
            },
          ]),
        ),
        ...(Object.keys(links).length > 0 ? { links } : {}),
        nodes: withLeg(part.kubernetes.distribution === 'talos' ? onTalos(part.nodes) : part.nodes, part.leg),
        pods: carriersWith(
          part.leg,
          shape.places.map(({ network }) => network),
          part.pods,
        ),
        ...part.pools,
        ...withKeys('bgp', { ...part.bgp, ...part.mesh, ...(part.nodesAsn ? { asn: part.asns.at(-1) } : {}) }),
        ...withRequested(attached, part.pools),
      })),
  );
});

/**
 * A valid plan of mode routed as YAML: 1 to 3 sites, 1 to 12 nodes, any router's software, any distribution, perhaps with
 * attachments and an application.
 */
export const planTexts: fc.Arbitrary<string> = plans.map((plan) => stringify(plan));

/** What clusters have that keep their network, with the distributions that can have it. */
function cniOn(distribution: unknown): fc.Arbitrary<unknown> {
  const words = ['cilium', 'flannel', 'calico', 'canal', 'kube-router', ...(distribution === 'k3s' ? ['k3s'] : [])];
  return fc.oneof(
    { arbitrary: fc.constantFrom(...words), weight: 4 },
    fc.record({
      conf: fc.constantFrom('10-mine.conflist', '87-podman.conflist', 'Weave_1.conflist'),
      name: fc.constantFrom('mine', 'My.net_1', '0', 'null'),
    }),
  );
}

function without(data: Data, ...keys: readonly string[]): Data {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !keys.includes(key)));
}

/** The same house with a network that its cluster keeps: no Calico, no MetalLB, no BGP. */
function keptNetwork(plan: Data): fc.Arbitrary<Data> {
  const rest = without(plan, 'loadBalancers', 'bgp', 'links') as Record<string, Data>;
  const cluster = without(rest.kubernetes ?? {}, 'advertiseServices');
  const { subnet, network, networks } = rest.pods ?? {};
  const { 'home-assistant': app } = (rest.apps ?? {}) as Record<string, Data | undefined>;
  const appWithout = without(app ?? {}, 'loadBalancerIP');
  return fc.record({ cni: cniOn(cluster.distribution) }).map(({ cni }) => ({
    ...rest,
    kubernetes: cluster,
    pods: defined({ mode: 'existing', cni, subnet, network, networks }),
    ...(app ? { apps: { 'home-assistant': appWithout } } : {}),
  }));
}

/** Valid plans of mode existing, each with attachments. */
const existingTexts: fc.Arbitrary<string> = plans
  .filter((plan) => 'attachments' in plan)
  .chain(keptNetwork)
  .map((plan) => stringify(plan));

export interface RandomPlan {
  readonly text: string;
  readonly network: CalicoNetwork;
}

/** As many plans as asked for, the same ones for the same seed. */
export function randomPlans(count: number, seed: number): RandomPlan[] {
  return readPlans(planTexts, count, seed);
}

/** The same of any texts; throws for a plan that has errors. */
export function readPlans(texts: fc.Arbitrary<string>, count: number, seed: number): RandomPlan[] {
  return fc.sample(texts, { numRuns: count, seed }).map((text) => {
    const { network, findings } = checkPlan(text, 'random.yaml');
    if (!network || !isCalico(network)) {
      const errors = findings
        .filter(({ severity }) => severity === 'error')
        .map(({ code, problem }) => `${code}: ${problem}`);
      throw new Error(`a random plan is not valid:\n${errors.join('\n')}\n\n${text}`);
    }
    return { text, network };
  });
}
/** Valid plans of mode existing. */
export function randomExistingPlans(count: number, seed: number): { text: string; network: Network }[] {
  return fc
    .sample(existingTexts, { numRuns: count, seed })
    .map((text) => ({ text, network: anyNetworkOf(text, 'random.yaml') }));
}
