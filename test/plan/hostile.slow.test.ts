/** Whatever a text is, there is an answer, soon: a finding or a network, and never an exception. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { rules } from '../../cdk8s/plan/rules/index.ts';
import { house, many } from './large-plans.ts';
import { flatBgp, plans } from './plans.ts';

const codes = new Set(rules.map(({ code }) => code));

/** Of processor time, since other tests run beside this one. A plan takes a hundredth of it. */
const SOON = 1_000_000;

function answered(text: string): void {
  const start = process.cpuUsage();
  const { network, findings } = checkPlan(text, 'plan.yaml');
  const { user, system } = process.cpuUsage(start);
  expect(user + system).toBeLessThan(SOON);
  expect(network !== undefined || findings.some(({ severity }) => severity === 'error')).toBe(true);
  const lines = text.split('\n');
  for (const { code, problem, remedy, place, path } of findings) {
    expect(codes).toContain(code);
    expect(problem).toMatch(/^[^\n]{4,700}$/);
    expect(remedy).toMatch(/^[^\n]{4,}$/);
    expect(Array.isArray(path)).toBe(true);
    expect(place.line).toBeGreaterThanOrEqual(1);
    expect(place.line).toBeLessThanOrEqual(lines.length);
    expect(place.column).toBeGreaterThanOrEqual(1);
    expect(place.column).toBeLessThanOrEqual((lines[place.line - 1] ?? '').length + 1);
  }
}

const hostile = [
  ...[
    '',
    '~',
    'null',
    '5',
    '-1',
    '1e999',
    '.nan',
    'yes',
    '[]',
    '{}',
    '[[]]',
    '{{}}',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    ':',
    '- ',
    '? ',
    '#',
  ],
  ...[
    '&a',
    '*a',
    '&a *a',
    '<<: *a',
    '!!set',
    '!x',
    '%',
    '@',
    '`',
    '|',
    '>',
    '---',
    '...',
    '\t',
    '\r',
    '\u2028',
    '\u0000',
    '\uD800',
    '𝄞',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '{}',
    '"{}"',
    'node{1..9}',
    '"node{9..1}"',
    'node{1..1000000}',
    '[*a, *a]',
    '"\\x"',
    "''",
  ],
  ...[
    '0.0.0.0/0',
    '255.255.255.255',
    '10.0.0.0/32',
    '010.1.1.1',
    '::1',
    '999999999999',
    '0',
    '1.1.1.1-0.0.0.0',
    'dhcp',
    'preferred',
    'bridged',
    'on-lan',
    'routed',
  ],
  ...['home', 'lan', 'k8s', 'data', 'x'.repeat(2000), '\n', '\n\n  ', '- a\n- b', 'a: b: c', '? [a]\n: b'],
];

type Edit = (text: string) => string;

const at = (text: string, where: number): number => where % (text.length + 1);
const lineOf = (lines: readonly string[], where: number): number => where % lines.length;

function onLines(change: (lines: string[]) => void): Edit {
  return (text) => {
    const lines = text.split('\n');
    change(lines);
    return lines.join('\n');
  };
}

const where = fc.nat(100_000);
const some = fc.constantFrom(...hostile);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  where.map((line) => onLines((lines) => lines.splice(lineOf(lines, line), 1))),
  where.map((line) => onLines((lines) => lines.splice(lineOf(lines, line), 0, lines[lineOf(lines, line)] ?? ''))),
  fc
    .tuple(where, where)
    .map(([from, to]) =>
      onLines((lines) => lines.splice(lineOf(lines, to), 0, ...lines.splice(lineOf(lines, from), 1))),
    ),
  fc.tuple(where, some).map(([line, value]) => onLines((lines) => lines.splice(lineOf(lines, line), 0, value))),
  fc.tuple(where, some).map(
    ([place, value]): Edit =>
      (text) =>
        text.slice(0, at(text, place)) + value + text.slice(at(text, place)),
  ),
  fc.tuple(where, fc.integer({ min: 1, max: 40 })).map(
    ([place, length]): Edit =>
      (text) =>
        text.slice(0, at(text, place)) + text.slice(at(text, place) + length),
  ),
  fc.tuple(where, fc.nat(8)).map(([line, spaces]) =>
    onLines((lines) => {
      const index = lineOf(lines, line);
      lines[index] = ' '.repeat(spaces) + (lines[index] ?? '').trimStart();
    }),
  ),
  // The value of one key in place of another's, or something hostile in its place.
  fc.tuple(where, some).map(([nth, value]) => replaceNth(nth, () => value)),
  fc.tuple(where, where).map(([nth, other]) => replaceNth(nth, (values) => values[other % values.length] ?? '')),
);

function replaceNth(nth: number, choose: (values: readonly string[]) => string): Edit {
  return (text) => {
    const values = [...text.matchAll(/(?<=: ?)(?:"[^"\n]*"|[\w./-]+)|[\w.-]+(?=:)/g)];
    const chosen = values[nth % Math.max(1, values.length)];
    if (!chosen) return text;
    return (
      text.slice(0, chosen.index) + choose(values.map(([value]) => value)) + text.slice(chosen.index + chosen[0].length)
    );
  };
}

describe('a plan with a few changes', () => {
  test.each(plans)('%s', (_, text) => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        answered(edits.reduce((changed, one) => one(changed), text));
      }),
      { numRuns: 150 },
    );
  });
});

describe('any text', () => {
  test('of characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), answered), { numRuns: 150 });
  });

  test('of pieces of YAML', () => {
    const pieces = fc.array(
      fc.oneof(some, fc.constantFrom('version', 'networks', 'nodes', 'pods', ': ', '\n', '  ', ', ')),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        answered(parts.join(''));
      }),
      { numRuns: 150 },
    );
  });

  test('of values in the right places', () => {
    const json = fc.json({ maxDepth: 4 });
    const section = fc.constantFrom(
      'networks',
      'routers',
      'links',
      'nodes',
      'pods',
      'loadBalancers',
      'bgp',
      'attachments',
      'apps',
      'versions',
      'kubernetes',
    );
    fc.assert(
      fc.property(section, json, (key, value) => {
        const rest = flatBgp.replace(new RegExp(`^${key}:[^]*?(?=^\\w|(?![^]))`, 'm'), '');
        answered(`${rest}${key}: ${value}\n`);
      }),
      { numRuns: 150 },
    );
  });
});

/** Of processor time: two seconds on a quiet machine of 2026, and as much again for slower ones. */
const LARGE_SOON = 4_000_000;

/** The longest texts, of what took longest; within the bounds where the products of two kinds of things are large. */
describe('the longest texts', () => {
  const LENGTH = 320_000;
  const net = (i: number): string => `10.${16 + (i >> 8)}.${i & 255}`;
  const big = ', big: {subnet: 10.128.0.0/12, gateway: 10.128.0.1}';
  const inBig = (i: number): string => `10.${128 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
  /** As many as there is room for. */
  const filled = (each: (i: number) => string): string => {
    const parts: string[] = [];
    for (let length = 0; length < LENGTH; length += parts.at(-1)?.length ?? 0) parts.push(each(parts.length));
    return parts.join('');
  };
  const networks = (count: number): string =>
    many(count, (i) => `, n${i}: {subnet: ${net(i)}.0/24, gateway: ${net(i)}.1}`);
  const statics = many(255, (i) => `, a${i}: {namespace: d, network: big, addresses: static}`);
  const nodesOnBig = many(
    3_000,
    (i) => `, m${i}: {interfaces: {eth0: {network: big, address: ${inBig(3 * i + 512)}, bridge: br1}}}`,
  );
  const onBig = { networks: big, interfaces: ', eth1: {network: big, address: none, bridge: br1}' };

  test.each<[string, () => string]>([
    ['links', () => house({ links: filled((i) => `l${i}: {between: [gw, r${i}], kind: wireguard, mtu: 1400}, `) })],
    [
      'attachments',
      () => house({ attachments: filled((i) => `, a${i}: {namespace: d, network: lan, addresses: dhcp}`) }),
    ],
    [
      'static ranges',
      () =>
        house({
          ...onBig,
          attachments: filled(
            (i) => `, a${i}: {namespace: d, network: big, addresses: ${inBig(4 * i + 512)}-${inBig(4 * i + 513)}}`,
          ),
        }),
    ],
    [
      'static addresses of attachments',
      () =>
        house({
          ...onBig,
          attachments: many(255, (i) => {
            const workloads = many(36, (w) => `w${w}: {address: ${inBig(512 + 2 * (i * 36 + w))}}, `);
            return `, a${i}: {namespace: d, network: big, addresses: static, workloads: {${workloads}}}`;
          }),
        }),
    ],
    ['networks', () => house({ networks: filled((i) => `, n${i}: {subnet: ${net(i)}.0/24, gateway: ${net(i)}.1}`) })],
    ['unknown attachments', () => house({ app: filled((i) => `, attachment-of-a-name-${i}`) })],
    [
      'nodes',
      () =>
        house({
          networks: big,
          pods: 'subnet: 172.16.0.0/12, networks: [lan, big]',
          nodes: many(
            3_000,
            (i) =>
              `, m${i}: {roles: [worker], interfaces: {eth0: {network: big, bridge: br1, address: ${inBig(i + 512)}}}}`,
          ),
        }),
    ],
    [
      'nodes of unknown networks',
      () =>
        house({
          networks: networks(990),
          nodes: many(4_000, (i) => `, m${i}: {interfaces: {eth0: {network: x${i}, address: dhcp}}}`),
        }),
    ],
    ['nodes and attachments', () => house({ networks: big, nodes: nodesOnBig, attachments: statics })],
    [
      'nodes and networks of pods',
      () =>
        house({
          networks: networks(990),
          routers: `, hub: {software: frr, asn: 64513, addresses: {n0: 10.16.0.1${many(989, (i) => `, n${i + 1}: ${net(i + 1)}.1`)}}}`,
          pods: `subnet: 172.16.0.0/12, networks: [lan${many(990, (i) => `, n${i}`)}]`,
          nodes: many(
            3_000,
            (i) =>
              `, m${i}: {interfaces: {eth0: {network: n${i % 990}, address: ${net(i % 990)}.${5 + Math.floor(i / 990)}}}}`,
          ),
        }),
    ],
    [
      'nodes and routers',
      () =>
        house({
          networks: big,
          pods: 'subnet: 172.16.0.0/12, networks: [lan, big]',
          nodes: nodesOnBig,
          routers: many(127, (i) => `, r${i}: {software: frr, asn: 64513, addresses: {big: 10.143.0.${i + 1}}}`),
        }),
    ],
  ])('of %s', (_, make) => {
    const text = make();
    const start = process.cpuUsage();
    const { network, findings } = checkPlan(text, 'plan.yaml');
    const { user, system } = process.cpuUsage(start);
    expect(network !== undefined || findings.some(({ severity }) => severity === 'error')).toBe(true);
    // Read, not refused as a whole.
    expect(findings.map(({ code }) => code)).not.toContain('schema/yaml-syntax');
    expect(user + system).toBeLessThan(LARGE_SOON);
  });
});
