/**
 * Plans of test/fixtures/cases. damaged/: one mistake each, and the line that should be named ends with `# <--`. valid/: networks
 * that work and were refused.
 */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlan } from '../../cdk8s/plan/check.ts';

const cases = join(import.meta.dirname, '../fixtures/cases');
const folder = join(cases, 'damaged');

/** By the number that the file's name starts with: the finding that names the line. */
const expected: Readonly<Record<string, string>> = {
  '14': 'nodes/mac-duplicate',
  '16': 'reachability/unknown-gateway',
  '20': 'dhcp/server-elsewhere',
  '23': 'dhcp/unreserved-uplink',
  '35': 'bgp/session-names',
  '36': 'reachability/sites',
  '38': 'mtu/link-path',
  '43': 'addresses/cluster-dns',
  '48': 'vlan/name-mismatch',
  '50': 'nodes/two-uplinks',
  '52': 'vlan/on-bond-member',
  '53': 'nodes/bridge-name',
  '56': 'nodes/interface-name',
  '59': 'reachability/preferred-without-gateway',
  '60': 'owned-names/namespace',
  '64': 'schema/value',
  '81': 'addresses/services-size',
  '83': 'dhcp/no-server',
  '97': 'load-balancers/usable',
  '100': 'nodes/mac-duplicate',
};

const files = readdirSync(folder);

describe('a plan with one mistake', () => {
  test('of each kind is there', () => {
    expect(files.map((file) => file.split('-')[0]).sort()).toEqual(Object.keys(expected).sort());
  });

  test.each(files)('%s', (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const { findings } = checkPlan(text, file);
    // Some have no mark: the one line that can be meant is that of the value in question.
    const marked = text.split('\n').findIndex((line) => line.endsWith('# <--')) + 1;
    const named = findings.filter(({ code }) => code === expected[file.split('-')[0] ?? '']);
    expect(named).not.toEqual([]);
    if (marked > 0) expect(named.map(({ place }) => place.line)).toContain(marked);
  });
});

test.each(readdirSync(join(cases, 'valid')))('a network that works: %s', (file) => {
  const { network, findings } = checkPlan(readFileSync(join(cases, 'valid', file), 'utf8'), file);
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(network).toBeDefined();
});

describe('load balancer pools', () => {
  const read = (file: string) => checkPlan(readFileSync(join(cases, file), 'utf8'), file);

  test('21-lb-two-pools: by name, both at the only router', () => {
    const { network, findings } = read('21-lb-two-pools.yaml');
    expect(findings).toEqual([]);
    expect(network?.loadBalancers.map(({ name, subnets, router }) => [name, subnets.map(String), router])).toEqual([
      ['internal', ['10.44.0.0/26'], 'gw'],
      ['dmz', ['10.44.0.64/26'], 'gw'],
    ]);
  });

  test('21b-lb-range: accepted; what devices of its own network need is said', () => {
    const { network, findings } = read('21b-lb-range.yaml');
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['clients/same-subnet', 'warning'],
      ['load-balancers/inside-network', 'warning'],
      ['load-balancers/single-addresses', 'warning'],
    ]);
    const [pool] = network?.loadBalancers ?? [];
    expect(pool?.subnets.map(String)).toEqual(['192.168.10.240/29', '192.168.10.248/31', '192.168.10.250/32']);
    expect([pool?.onLink?.network, String(pool?.onLink?.nextHop)]).toEqual(['home', '192.168.10.1']);
  });
});
