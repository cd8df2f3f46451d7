/**
 * A second network of the first place's nodes, in each of the ways in which it carries no pods:
 *
 *   172.18.0.0/16   without a router; with the router as its gateway, which the nodes do not use; for pods only
 */
import fc from 'fast-check';

type Data = Record<string, unknown>;

export interface Leg {
  readonly network: string;
  readonly net: Data;
  /** What addresses of its hosts begin with. */
  readonly host: string;
  /** The first router has an address on it, so that a plan has to say what carries pods. */
  readonly router: boolean;
  /** Of the node whose number is `last`; `{}` in a pattern. */
  readonly interfaceOf: (last: string) => Data;
}

const host = '172.18.0';
const common = { network: 'house-of-legs', host } as const;
const subnet = `${host}.0/16`;
const routed = { net: { subnet, gateway: `${host}.1` }, router: true } as const;

const all: readonly Leg[] = [
  {
    ...common,
    net: { subnet, mtu: 9000 },
    router: false,
    interfaceOf: (last) => ({ network: common.network, address: `${host}.${last}` }),
  },
  {
    ...common,
    ...routed,
    interfaceOf: (last) => ({ network: common.network, address: `${host}.${last}`, defaultRoute: 'none' }),
  },
  { ...common, ...routed, interfaceOf: () => ({ network: common.network, address: 'none', bridge: 'br9' }) },
];

/** Mostly none. */
export const legs: fc.Arbitrary<Leg | undefined> = fc.oneof(
  { arbitrary: fc.constant(undefined), weight: 2 },
  { arbitrary: fc.constantFrom(...all), weight: 1 },
);

/** The nodes, those of the first place with an interface more. */
export function withLeg(nodes: Data, leg: Leg | undefined): Data {
  if (!leg) return nodes;
  return Object.fromEntries(
    Object.entries(nodes).map(([name, node]) => {
      const { interfaces, ...rest } = node as { interfaces?: Data };
      // An override of a pattern has the pattern's.
      if (!interfaces || !name.startsWith(FIRST)) return [name, node];
      const last = name.includes('{') ? '{}' : name.slice(FIRST.length);
      return [name, { ...rest, interfaces: { ...interfaces, leg0: leg.interfaceOf(last) } }];
    }),
  );
}

/** What names of the first place's nodes begin with. */
const FIRST = 'n0-';

/** What a plan has to say of its networks beside the key that the pods have. */
export function carriersWith(leg: Leg | undefined, networks: readonly string[], pods: Data): Data {
  if (!leg || 'network' in pods || !('defaultRoute' in leg.interfaceOf('1'))) return pods;
  return { ...pods, networks };
}
