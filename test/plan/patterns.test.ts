/** Node patterns: what they stand for, and what is no pattern. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePlan } from '../../cdk8s/plan/read/parse.ts';
import { expandNodes } from '../../cdk8s/plan/read/patterns.ts';
import { changed } from '../plans/fixtures.ts';
import { dumbL2, errorsOf, flatBgp, placed, said } from './plans.ts';

const SOME = 'write it like "node{1..100}", in quotes; {} in its values is the number';

function nodesOf(text: string): Record<string, string> {
  const { plan, findings } = parsePlan(text, 'plan.yaml');
  expect(findings).toEqual([]);
  const nodes = Object.entries(plan?.nodes ?? {});
  return Object.fromEntries(
    nodes.map(([name, { os, interfaces }]) => [
      name,
      `${os ?? 'default'} ${Object.entries(interfaces)
        .map(([key, one]) => `${key} ${String(one.address)}`)
        .join()}`,
    ]),
  );
}

const pattern = (nodes: string): string => flatBgp.replace(/nodes:\n.*\n/, () => `nodes:\n${nodes}`);

describe('a pattern', () => {
  test('stands for its nodes, and a plain name overrides it key by key', () => {
    const nodes = nodesOf(dumbL2);
    expect(Object.keys(nodes)).toHaveLength(100);
    expect(nodes.node1).toBe('default eth1 10.10.1.0');
    expect(nodes.node3).toBe('ifupdown eth1 10.10.3.0');
    expect(nodes.node4).toBe('networkmanager bond0 10.10.4.0');
    expect(nodes.node100).toBe('default eth1 10.10.100.0');
  });

  test('may have text after the braces, one node, and start at 0', () => {
    const text = pattern(
      '  "a{0..1}-b": {interfaces: {eth0: {network: home, address: "192.168.2.3{}"}}}\n  "c{7..7}": {interfaces: {eth0: {network: home, address: "192.168.2.{}"}}}\n',
    );
    expect(nodesOf(text)).toEqual({
      'a0-b': 'default eth0 192.168.2.30',
      'a1-b': 'default eth0 192.168.2.31',
      c7: 'default eth0 192.168.2.7',
    });
  });

  test('needs no quotes in block style', () => {
    expect(nodesOf(changed(dumbL2, '"node{1..100}":', 'node{1..100}:'))).toHaveProperty('node100');
  });

  test('fills in the number as often as it stands there', () => {
    const { data } = expandNodes({ nodes: { 'n{8..9}': { a: '{}.{}', b: ['{}', 5, null], c: { d: 'x' } } } });
    expect(data).toEqual({
      nodes: { n8: { a: '8.8', b: ['8', 5, null], c: { d: 'x' } }, n9: { a: '9.9', b: ['9', 5, null], c: { d: 'x' } } },
    });
  });

  test('gives the nodes that written-out entries would give', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]{1,5}$/),
        fc.nat(2000),
        fc.nat(50),
        fc.constantFrom('', '-x'),
        fc.dictionary(
          fc.constantFrom('a', 'b', 'c'),
          fc.oneof(fc.constantFrom('{}', 'x{}y', 'x'), fc.array(fc.constantFrom('{}', 1))),
          { minKeys: 1 },
        ),
        (before, first, more, after, value) => {
          const numbers = Array.from({ length: more + 1 }, (_, index) => first + index);
          const filled = (number: number): unknown =>
            JSON.parse(JSON.stringify(value).replaceAll('{}', String(number)));
          const written = Object.fromEntries(numbers.map((number) => [`${before}${number}${after}`, filled(number)]));
          const { data, problems } = expandNodes({
            nodes: { [`${before}{${first}..${first + more}}${after}`]: value },
          });
          expect(problems).toEqual([]);
          expect(JSON.stringify(data)).toBe(JSON.stringify({ nodes: written }));
        },
      ),
    );
  });
});

describe('what is no pattern', () => {
  test.each([
    ['node{5..1}', 'node{5..1} counts down', 'write node{1..5}'],
    [
      'node{01..10}',
      'node{01..10} has a leading zero, but numbers in node names have none',
      'write node{1..10}; for names such as node01 write node0{1..9} and node{10..20}',
    ],
    ['node{1..1000000}', 'node{1..1000000} makes 1000000 nodes, more than 5000', 'write the numbers of your nodes'],
    [
      'node{1..99999999999999999999}',
      'node{1..99999999999999999999} has a number that is too large',
      'write the numbers of your nodes',
    ],
    ['node{1-5}', 'node{1-5} is neither a name nor a pattern such as node{1..3}', 'write node{1..5}'],
    ['node{1...5}', 'node{1...5} is neither a name nor a pattern such as node{1..3}', 'write node{1..5}'],
    ['node{1, 5}', '"node{1, 5}" is neither a name nor a pattern such as node{1..3}', 'write node{1..5}'],
    ['node{}', 'node{} is neither a name nor a pattern such as node{1..3}', SOME],
    ['node{1..}', 'node{1..} is neither a name nor a pattern such as node{1..3}', SOME],
    ['node{a..c}', 'node{a..c} is neither a name nor a pattern such as node{1..3}', SOME],
    ['node{-1..3}', 'node{-1..3} is neither a name nor a pattern such as node{1..3}', SOME],
    ['node{1..2}{3..4}', 'node{1..2}{3..4} is neither a name nor a pattern such as node{1..3}', SOME],
    ['node}1..2{', 'node}1..2{ is neither a name nor a pattern such as node{1..3}', SOME],
  ])('%s', (key, problem, remedy) => {
    const text = changed(dumbL2, '"node{1..100}"', `"${key}"`);
    expect(said(text)).toEqual([`8:3 nodes/pattern: ${problem} -> ${remedy}`]);
  });

  test('something else than a map under it is said once, not for each node', () => {
    expect(said(dumbL2.replace(/"node\{1\.\.100\}": .*/, '"node{1..100}": [a]'))).toEqual([
      '8:3 schema/type: nodes."node{1..100}" is a list, but must be a map of keys -> docs/plan.md describes the values of this key',
    ]);
    expect(placed(dumbL2.replace(/"node\{1\.\.100\}": .*/, '"node{1..100}":'))).toEqual(['8:3 schema/type']);
  });

  test('more nodes together than there may be', () => {
    const nodes = ['a', 'b', 'c']
      .map((name) => `  "${name}{1..2000}": {interfaces: {eth0: {network: home, address: dhcp}}}\n`)
      .join('');
    const [first] = said(pattern(nodes));
    expect(first).toBe(
      '12:3 nodes/pattern: with c{1..2000} the patterns make 6000 nodes, more than 5000 -> write the numbers of your nodes',
    );
  });

  test('more values together than there may be', () => {
    const list = Array.from({ length: 60 }, (_, index) => `k${index}: 1`).join(', ');
    expect(said(pattern(`  "a{1..5000}": {${list}}\n`))).toEqual([
      '10:3 nodes/pattern: a{1..5000} makes 305000 values, more than 250000 -> write the numbers of your nodes',
    ]);
  });

  test('one node or one value more than there may be', () => {
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));
    // The map of a node is a value too.
    const expanded = (last: number, count: number) => expandNodes({ nodes: { [`n{1..${last}}`]: keys(count) } });
    const { data, problems } = expanded(5000, 49);
    expect(problems).toEqual([]);
    expect(Object.keys((data as { nodes: object }).nodes)).toHaveLength(5000);
    const refused = (last: number, count: number) => expanded(last, count).problems.map(({ problem }) => problem);
    expect(refused(5001, 1)).toEqual(['n{1..5001} makes 5001 nodes, more than 5000']);
    expect(refused(5000, 50)).toEqual(['n{1..5000} makes 255000 values, more than 250000']);
  });

  test('outside nodes', () => {
    expect(said(changed(flatBgp, '  home:', '  "lan{1..3}":'))).toEqual([
      '6:3 nodes/name: networks: lan{1..3} is not a name: lowercase letters, digits and dashes, at most 63 characters, with a letter or digit at both ends -> write each name; patterns work for nodes only',
    ]);
  });

  test('its number outside a pattern', () => {
    expect(said(changed(flatBgp, '192.168.2.225', '"192.168.2.{}"'))).toEqual([
      '10:89 addresses/syntax: nodes.rancher.interfaces.eth0.address: 192.168.2.{} is not an IPv4 address -> {} works only in the values of a node pattern such as "node{1..3}", where it is the number; write the value itself here',
    ]);
  });
});

describe('patterns that overlap', () => {
  const two = (second: string): string =>
    changed(
      dumbL2,
      '  node3:',
      `  "${second}": {interfaces: {eth1: {network: data, bridge: br0, address: "10.10.{}.0"}}}\n  node3:`,
    );

  test.each([
    ['node{50..100}', 'node{50..100} and node{1..100} both define node50 and 50 more'],
    ['node{100..100}', 'node{100..100} and node{1..100} both define node100'],
    ['node10{0..0}', 'node10{0..0} and node{1..100} both define node100'],
  ])('%s', (second, problem) => {
    expect(said(two(second))).toEqual([
      `9:3 nodes/pattern: ${problem} -> define each node in one pattern only; a plain name can override values of it`,
    ]);
  });

  test('nothing is said about those that do not', () => {
    expect(said(two('node{101..110}'))).toEqual([]);
  });
});

describe('a mistake in a pattern', () => {
  test('is said once, for the first of its nodes', () => {
    expect(said(changed(dumbL2, '"10.10.{}.0"', '"10.10.{}"'))).toEqual([
      '8:77 addresses/syntax: nodes.node1.interfaces.eth1.address: 10.10.1 is not an IPv4 address -> write four numbers from 0 to 255 separated by dots, such as 192.168.1.10, dhcp or none'.replace(
        'address: 10.10.1 is not an IPv4 address',
        'address: 10.10.1 is not an IPv4 address (and 98 more of this kind in node{1..100})',
      ),
    ]);
  });

  test('of some of its nodes names the first of them', () => {
    const [finding, ...more] = errorsOf(changed(dumbL2, '{1..100}', '{1..300}'));
    expect(finding?.problem).toBe(
      'nodes.node256.interfaces.eth1.address: 10.10.256.0 is not an IPv4 address (and 44 more of this kind in node{1..300})',
    );
    expect(more).toEqual([]);
  });

  test('is not that of the plain name that overrides it', () => {
    const text = changed(dumbL2, 'os: ifupdown', 'os: ifup');
    expect(said(text)).toEqual([
      '9:15 schema/value: nodes.node3.os is the text ifup, but must be networkd, netplan, ifupdown, networkmanager or talos -> did you mean ifupdown?',
    ]);
  });

  test('does not make the plain name that overrides it incomplete', () => {
    expect(placed(changed(dumbL2, '"node{1..100}"', '"node{1..100"'))).toEqual(['8:3 nodes/pattern']);
  });
});
