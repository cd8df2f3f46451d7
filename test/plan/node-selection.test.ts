/** How a session chooses its nodes, however many there are and whatever they are called. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bgpPeerSpec } from '../../cdk8s/constructs/calico/bgp-peer.ts';
import { NETWORK_LABEL, selectorText } from '../../cdk8s/plan/network/node-selection.ts';
import { selectNodes } from '../../cdk8s/plan/resolve/node-selection.ts';
import { LONGEST_SELECTOR } from '../../cdk8s/platforms/calico.ts';
import { valuesText } from '../../cdk8s/helm/cluster-values.ts';
import { networkOf } from '../plans/fixtures.ts';
import { names as arbitraryName } from '../plans/random.ts';

/** What Calico makes of the selectors that are written here (libcalico-go/lib/selector: `in`, `starts with`, `||`, `==`). */
function matches(selector: string, hostname: string, label?: string): boolean {
  return selector.split(' || ').some((term) => {
    if (term === 'all()') return true;
    const [, start, except = ''] =
      /^kubernetes\.io\/hostname starts with '([^']*)'(?: && kubernetes\.io\/hostname not in \{(.*)\})?$/.exec(term) ??
      [];
    if (start !== undefined) return hostname.startsWith(start) && !except.split(', ').includes(`'${hostname}'`);
    const [, list] = /^kubernetes\.io\/hostname in \{(.*)\}$/.exec(term) ?? [];
    if (list !== undefined) return list.split(', ').includes(`'${hostname}'`);
    const [, value] = /^flatlan-network == '([^']*)'$/.exec(term) ?? [];
    if (value !== undefined) return label === value;
    throw new Error(`a term that nobody writes: ${term}`);
  });
}

const numbered = (count: number, name: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => name(index + 1));

describe('nodes of a network', () => {
  test('all of them need no name', () => {
    expect(selectorText(selectNodes('lan', ['a', 'b'], ['a', 'b']))).toBe('all()');
  });

  test('are named as long as their names fit', () => {
    expect(selectorText(selectNodes('lan', ['a1', 'a2'], ['a1', 'a2', 'b1']))).toBe(
      "kubernetes.io/hostname in {'a1', 'a2'}",
    );
    // kubernetes.io/hostname in {} and 99 names of six characters: 28 + 99 * 10 - 2.
    const fitting = numbered(99, (index) => `a${String(index).padStart(5, '0')}`);
    const selector = selectorText(selectNodes('lan', fitting, [...fitting, 'b1']));
    expect(selector).toHaveLength(1016);
    expect(selector).toMatch(/^kubernetes\.io\/hostname in \{/);
    const one = numbered(100, (index) => `a${String(index).padStart(5, '0')}`);
    expect(selectorText(selectNodes('lan', one, [...one, 'b1']))).toBe("kubernetes.io/hostname starts with 'a00'");
  });

  test('with one beginning of their own are named by it, exactly', () => {
    const north = numbered(400, (index) => `north-${index}`);
    const south = numbered(400, (index) => `south-${index}`);
    expect(selectorText(selectNodes('n', north, [...north, ...south]))).toBe(
      "kubernetes.io/hostname starts with 'north-'",
    );
  });

  test('in a row of numbers that two networks share: beginnings, and names that are beginnings of others', () => {
    const all = numbered(400, (index) => `node${index}`);
    const [north, south] = [all.slice(0, 200), all.slice(200)];
    for (const [own, other] of [
      [north, south],
      [south, north],
    ] as const) {
      const selection = selectNodes('n', own, all);
      const selector = selectorText(selection);
      expect(selection.by).toBe('names');
      expect(selector.length).toBeLessThanOrEqual(LONGEST_SELECTOR);
      expect(own.filter((name) => !matches(selector, name))).toEqual([]);
      expect(other.filter((name) => matches(selector, name))).toEqual([]);
    }
    // node2 and node20 are of the north, and so many of the south begin so that they are the exceptions.
    expect(selectorText(selectNodes('s', south, all))).toContain(
      "starts with 'node2' && kubernetes.io/hostname not in {'node2', 'node20', 'node21',",
    );
  });

  test('whose names say nothing get a label', () => {
    const all = numbered(400, (index) => `node${String(index).padStart(3, '0')}`);
    const odd = all.filter((_, index) => index % 2 === 0);
    expect(selectNodes('attic', odd, all)).toEqual({ by: 'label', value: 'attic' });
    expect(selectorText(selectNodes('attic', odd, all))).toBe("flatlan-network == 'attic'");
  });

  test('are chosen and no others, and the selector is never longer than Calico takes, whatever they are called', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.oneof(arbitraryName, fc.stringMatching(/^[ab]{1,4}$/)), { minLength: 2, maxLength: 300 }),
        fc.nat(),
        (all, seed) => {
          const own = all.filter((_, index) => (seed >> (index % 16)) % 2 === 0 || index === 0);
          const selection = selectNodes('lan', own, all);
          const selector = selectorText(selection);
          expect(selector.length).toBeLessThanOrEqual(LONGEST_SELECTOR);
          const chosen = all.filter((name) => matches(selector, name, own.includes(name) ? 'lan' : 'other'));
          expect(chosen).toEqual(own);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** A router with two networks of nodes. */
const house = (nodes: string): string => `version: 1
cluster: large
kubernetes: {version: "1.36", distribution: k3s, services: 10.43.0.0/16}
networks: {attic: {subnet: 10.71.0.0/20}, cellar: {subnet: 10.72.0.0/20}}
routers: {r: {software: frr, asn: 64512, addresses: {attic: 10.71.0.1, cellar: 10.72.0.1}}}
nodes:
${nodes}
pods: {mode: routed, subnet: 10.128.0.0/12}
`;
const plainNode = (name: string, network: string, index: number): string =>
  `  ${name}: {roles: [worker], interfaces: {eth0: {network: ${network}, address: ${network === 'attic' ? '10.71' : '10.72'}.${1 + Math.floor(index / 200)}.${1 + (index % 200)}}}}`;

describe('a plan', () => {
  test.each([100, 108, 400])('of two networks with %i nodes each has selectors that Calico 3.33 takes', (count) => {
    const text = house(
      ['attic', 'cellar']
        .flatMap((network) => numbered(count, (index) => plainNode(`${network}-node-${index}`, network, index)))
        .join('\n'),
    );
    const { bgp, nodes } = networkOf(text);
    const selectors = bgp.sessions.map((session) => String(bgpPeerSpec(session, undefined).nodeSelector));
    expect(selectors.map((selector) => selector.length <= 1024)).toEqual([true, true]);
    for (const [index, network] of ['attic', 'cellar'].entries())
      expect(nodes.filter((node) => matches(selectors[index] ?? '', node.name)).map((node) => node.network)).toEqual(
        Array<string>(count).fill(network),
      );
    expect(nodes.flatMap(({ labels }) => Object.keys(labels))).toEqual([]);
  });

  test('whose sessions choose by label gives every node of the network that label, and no other node', () => {
    const text = house(
      numbered(400, (index) =>
        plainNode(`n${String(index).padStart(3, '0')}`, index % 2 === 0 ? 'attic' : 'cellar', index),
      ).join('\n'),
    );
    const { bgp, nodes } = networkOf(text);
    expect(bgp.sessions.map((session) => bgpPeerSpec(session, undefined).nodeSelector)).toEqual([
      "flatlan-network == 'attic'",
      "flatlan-network == 'cellar'",
    ]);
    for (const { labels, network } of nodes) expect(labels).toEqual({ [NETWORK_LABEL]: network });
  });

  test('of a thousand nodes has values that a release holds: its Secret takes 1 MiB, gzipped', () => {
    const text = house(
      numbered(1000, (index) =>
        plainNode(`n${String(index).padStart(4, '0')}`, index % 2 === 0 ? 'attic' : 'cellar', index),
      ).join('\n'),
    );
    expect(valuesText(networkOf(text)).length).toBeLessThan(100_000);
  });
});
