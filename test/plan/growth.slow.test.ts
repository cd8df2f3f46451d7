/** Texts of lines and words that a careless expression would read again from each of their characters. */
import { describe, expect, test } from '@jest/globals';
import { MOST } from '../../cdk8s/plan/bounds.ts';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { house, many } from './large-plans.ts';

/** Of processor time, in microseconds: the least of three, since other tests run beside this one. */
function cost(text: string, times = 3): number {
  const costs = Array.from({ length: times }, () => {
    const start = process.cpuUsage();
    checkPlan(text, 'plan.yaml');
    const { user, system } = process.cpuUsage(start);
    return user + system;
  });
  return Math.min(...costs);
}

test.each([
  ['blank lines after the plan', (n: number) => `a: 1\n---\n${'\n'.repeat(n)}`],
  ['carriage returns', (n: number) => `a: 1\n---\n${'\r'.repeat(n)}`],
  ['braces in a flow map', (n: number) => `a: {b: ${'x{'.repeat(n / 2)}`],
  ['a long word in a flow map', (n: number) => `a: {b: c }${'x.'.repeat(n / 2)} }`],
  ['braces after words', (n: number) => `a: {b: ${'a{'.repeat(n / 2)}`],
  ['commas in a flow map', (n: number) => `a: {b: ${','.repeat(n)}`],
  ['colons in a flow map', (n: number) => `a: {b: ${': '.repeat(n / 2)}`],
  ['anchors in a flow map', (n: number) => `a: {b: ${'&a '.repeat(n / 3)}`],
  ['blanks in a line', (n: number) => `a: b:${' '.repeat(n)}x`],
])('twice the text takes less than three times as long: %s', (_, text) => {
  const [once, twice] = [cost(text(100_000)), cost(text(200_000))];
  // What any text costs, and the noise of the clock.
  expect(twice).toBeLessThan(3 * once + 50_000);
});

/** So many mistakes cost no more than the text: the library makes an exception of each, with a stack. */
test('a text of mistakes takes no longer than three times a text of values', () => {
  const values = cost(`a: {b: 1, c: [${'12, '.repeat(50_000)}]}`);
  for (const text of [`a: {b: ${'a{'.repeat(100_000)}`, `a: {b: ${','.repeat(200_000)}`])
    expect(cost(text)).toBeLessThan(3 * values + 100_000);
});

/** The library takes ten times as long for a mark as for another character. */
test('a text of marks alone is refused before it is read', () => {
  const values = cost(`a: {b: 1, c: [${'12, '.repeat(50_000)}]}`);
  for (const mark of ['{a: 1},', '- ', '#\n', '*a,', '?\n'])
    expect(cost(`a: [${mark.repeat(500_000 / mark.length)}]`)).toBeLessThan(values + 100_000);
});

/** Structures in which one thing refers to, or is compared with, each of many others. */
test.each<[string, (n: number) => string]>([
  ['an app with one attachment many times', (n) => house({ app: ', lan'.repeat(n) })],
  ['an app with many unknown attachments', (n) => house({ app: many(n, (i) => `, l${i}`) })],
  [
    'attachments',
    (n) => house({ attachments: many(n / 4, (i) => `, a${i}: {namespace: d, network: lan, addresses: dhcp}`) }),
  ],
  [
    'interfaces of one node',
    (n) => house({ interfaces: many(n / 8, (i) => `, e${i}: {network: lan, address: dhcp, bridge: b${i}}`) }),
  ],
  [
    'routers on one network',
    (n) =>
      house({
        networks: ', big: {subnet: 10.1.0.0/16, gateway: 10.1.1.0}',
        routers: many(
          n / 8,
          (i) => `, r${i}: {software: frr, asn: 64513, addresses: {big: 10.1.${1 + (i >> 8)}.${i & 255}}}`,
        ),
        interfaces: ', eth1: {network: big, address: 10.1.200.1, defaultRoute: preferred}',
      })
        .replace('mode: routed', 'mode: routed, network: big')
        .replace('namespace: default', 'namespace: smarthome'),
  ],
])('twice as many take less than three times as long: %s', (_, text) => {
  const [once, twice] = [cost(text(4_000)), cost(text(8_000))];
  expect(twice).toBeLessThan(3 * once + 100_000);
});

/** Of processor time, in microseconds: below two seconds on a quiet machine of 2026, and as much again for slower ones. */
const SOON = 4_000_000;

/** As cost, but no longer than it takes to know that the text is fast enough. */
function soonest(text: string): number {
  const first = cost(text, 1);
  return first < SOON ? first : cost(text);
}

/** What rules and the resolver do with each pair of things stays small by the bounds of bounds.ts; here most have as many as they may. */
describe('a plan at its bounds', () => {
  const p = (i: number): string => `10.${16 + (i >> 8)}.${i & 255}`;
  const big = ', big: {subnet: 10.128.0.0/12, gateway: 10.128.0.1}';
  const inBig = (i: number): string => `10.${128 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
  const bridged = ', eth1: {network: big, address: none, bridge: br1}';
  const networks = (count: number): string =>
    many(count, (i) => `, n${i}: {subnet: ${p(i)}.0/24, gateway: ${p(i)}.1, clients: true}`);
  const routers = (count: number): string =>
    many(count, (i) => `, r${i}: {software: frr, asn: ${131072 + i}, addresses: {n${i}: ${p(i)}.1}}`);
  const spokes = (count: number): string =>
    many(
      count,
      (i) =>
        `l${i}: {between: [gw, r${i}], kind: wireguard, subnet: 192.168.${i >> 7}.${(i & 127) * 2}/31, mtu: 1400}, `,
    );

  test.each<[string, string]>([
    [
      'attachments with ranges',
      house({
        networks: big,
        interfaces: bridged,
        attachments: many(
          MOST.attachments - 1,
          (i) => `, a${i}: {namespace: d, network: big, addresses: ${inBig(4 * i + 512)}-${inBig(4 * i + 513)}}`,
        ),
      }),
    ],
    [
      'attachments beside thousands of devices',
      house({
        networks: big.replace(
          '}',
          `, reserved: {a: 10.128.1.0${many(12_000, (i) => `, d${i}: ${inBig(2 * i + 600)}`)}}}`,
        ),
        interfaces: bridged,
        attachments: many(MOST.attachments - 1, (i) => `, a${i}: {namespace: d, network: big, addresses: static}`),
      }),
    ],
    [
      'linked routers',
      house({
        networks: networks(MOST.routers - 1),
        routers: routers(MOST.routers - 1),
        links: spokes(MOST.routers - 1),
      }),
    ],
    [
      'linked routers and networks',
      house({
        networks: networks(MOST.networks - 1),
        routers: routers(MOST.routers - 1),
        links: spokes(MOST.routers - 1),
      }),
    ],
    [
      'networks of clients and pools',
      house({
        networks: networks(MOST.networks - 1),
        routers: routers(MOST.routers - 1),
        pools: many(MOST.loadBalancers, (i) => `p${i}: {range: 11.${i}.0.1-11.${i}.255.254}, `),
      }),
    ],
  ])('%s', (_, text) => {
    expect(checkPlan(text.replaceAll('namespace: smarthome', 'namespace: default'), 'plan.yaml').network).toBeDefined();
    expect(soonest(text)).toBeLessThan(SOON);
  });

  test.each<[string, string, number]>([
    ['networks', house({ networks: networks(1_000) }), 1_001],
    [
      'routers',
      house({ routers: many(2_000, (i) => `, r${i}: {software: frr, asn: 64513, addresses: {lan: 10.0.0.9}}`) }),
      2_001,
    ],
    ['links', house({ links: spokes(1_001) }), 1_001],
    [
      'attachments',
      house({ attachments: many(2_000, (i) => `, a${i}: {namespace: d, network: lan, addresses: dhcp}`) }),
      2_001,
    ],
    ['loadBalancers', house({ pools: many(65, (i) => `p${i}: {subnet: ${p(i)}.0/24}, `) }), 65],
  ])('of more %s there is one finding, with their number', (section, text, count) => {
    const own = checkPlan(text, 'plan.yaml').findings.filter(
      ({ path, severity }) => severity === 'error' && path[0] === section,
    );
    expect(own).toMatchObject([
      { code: 'schema/too-many', problem: expect.stringContaining(`${section} has ${count} entries`) },
    ]);
    expect(soonest(text)).toBeLessThan(SOON);
  });
});
