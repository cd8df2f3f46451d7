/** A plan of a thousand nodes, and texts that are made to take long. */
import { describe, expect, test } from '@jest/globals';
import { parseDocument } from 'yaml';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { MAX_LENGTH } from '../../cdk8s/plan/document.ts';
import { parsePlan } from '../../cdk8s/plan/parse.ts';

const head = `version: 1
cluster: large
kubernetes: {version: "1.36", distribution: k3s, services: 10.43.0.0/16}
networks:
  lan: {subnet: 10.1.0.0/16, gateway: 10.1.0.1}
routers:
  edge: {software: frr, asn: 64512, addresses: {lan: 10.1.0.1}}
pods: {mode: routed, subnet: 10.64.0.0/12}
loadBalancers: {subnet: 10.99.0.0/24}
nodes:
`;

function written(
  count: number,
  node = (number: number) => `{interfaces: {eth0: {network: lan, address: ${address(number)}}}}`,
): string {
  return head + Array.from({ length: count }, (_, number) => `  node${number}: ${node(number)}\n`).join('');
}

function address(number: number): string {
  return `10.1.${(number >> 8) + 1}.${number & 255}`;
}

/** Milliseconds of processor time: the better of two, since other tests run beside this one. */
function timeOf(work: () => unknown): number {
  const times = Array.from({ length: 2 }, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

describe('a thousand nodes', () => {
  const text = written(1000);

  test('written out take little longer than YAML alone', () => {
    const yaml = timeOf(() => parseDocument(text, { uniqueKeys: false }));
    expect(parsePlan(text, 'plan.yaml').findings).toEqual([]);
    expect(timeOf(() => parsePlan(text, 'plan.yaml'))).toBeLessThan(3 * yaml + 100);
  });

  test('in a pattern take a fraction of that', () => {
    const pattern = `${head}  "node{1..1000}": {interfaces: {eth0: {network: lan, address: dhcp}}}\n`;
    expect(Object.keys(parsePlan(pattern, 'plan.yaml').plan?.nodes ?? {})).toHaveLength(1000);
    expect(timeOf(() => parsePlan(pattern, 'plan.yaml'))).toBeLessThan(300);
  });

  test('with a mistake in each give a finding for each', () => {
    const bad = written(1000, (number) => `{interfaces: {eth0: {network: lan, adress: ${address(number)}}}}`);
    const { findings } = checkPlan(bad, 'plan.yaml');
    expect(findings.filter(({ code }) => code === 'schema/unknown-key')).toHaveLength(1000);
  });

  test('time grows with the text, not with its square', () => {
    const [small, large] = [written(250), written(1500)];
    const once = timeOf(() => parsePlan(small, 'plan.yaml'));
    expect(timeOf(() => parsePlan(large, 'plan.yaml'))).toBeLessThan(6 * once * 3);
    const bad = (count: number): string => written(count, () => '{bogus: 1}');
    const onceBad = timeOf(() => checkPlan(bad(250), 'plan.yaml'));
    expect(timeOf(() => checkPlan(bad(1500), 'plan.yaml'))).toBeLessThan(6 * onceBad * 3);
  });
});

describe('a text made to take long ends', () => {
  const full = (piece: string, before = ''): string =>
    before + piece.repeat(Math.floor((MAX_LENGTH / 32 - before.length) / piece.length));

  test.each([
    ['keys', Array.from({ length: 3000 }, (_, key) => `k${key}: 1\n`).join('')],
    ['one key again and again', full('a: 1\n')],
    ['brackets', full('[')],
    ['closing brackets', full(']')],
    ['commas', full(',', 'a: [')],
    ['quotes', full('"')],
    ['dashes', full('- ')],
    ['question marks', full('? ')],
    ['anchors', full('&a ')],
    ['aliases', full('*a, ', 'a: &a 1\nb: [')],
    ['tags', full('! ')],
    ['document markers', full('---\n')],
    ['broken sections', full('a: [\n')],
    ['blank lines', full(' \n')],
    ['one long line', full('x', 'a: ')],
    ['patterns', full('  "n{1..5000}": {}\n', 'nodes:\n')],
    ['one key again and again in a pattern', `${full('k: 1, ', 'nodes:\n  "n{1..1000}": {')}}\n`],
    [
      'tags in a pattern',
      `nodes:\n  "n{1..5000}": {${Array.from({ length: 2000 }, (_, key) => `k${key}: !x 1`).join(', ')}}\n`,
    ],
    [
      'bad patterns and names',
      `nodes:\n${Array.from({ length: 1000 }, (_, key) => `  "n${key}{1": {a: 1}\n  m${key}: {b: 1}\n`).join('')}`,
    ],
    [
      'a thousand nodes of mistakes',
      'nodes:\n  "n{1..1000}": {interfaces: {eth0: {network: 5, address: x, bogus: 1}}, roles: [a, b]}\n',
    ],
  ])('%s', (_, text) => {
    const start = process.cpuUsage();
    expect(checkPlan(text, 'plan.yaml').findings.length).toBeGreaterThan(0);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(10);
  });
});
