/** The tables of platforms: every one is whole, and a plan's words are their keys. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planJsonSchema } from '../../cdk8s/plan/schema/index.ts';
import { distributions } from '../../cdk8s/platforms/distributions/index.ts';
import { hypervisors } from '../../cdk8s/platforms/hypervisors/index.ts';
import { nodeSystems } from '../../cdk8s/platforms/node-systems/index.ts';
import { valueAt } from '../../cdk8s/plan/data.ts';

const node = ['properties', 'nodes', 'additionalProperties', 'properties'];

describe.each<[string, Readonly<Record<string, object>>, readonly string[]]>([
  ['distributions', distributions, ['properties', 'kubernetes', 'properties', 'distribution']],
  ['node systems', nodeSystems, [...node, 'os']],
  ['hypervisors', hypervisors, [...node, 'host']],
])('%s', (_, table, path) => {
  test("a plan's words for them are the table's, in its order", () => {
    expect(valueAt(planJsonSchema(), [...path, 'enum'])).toEqual(Object.keys(table));
  });
});

test.each(Object.entries(nodeSystems))('node system %s says each thing, or that it knows none', (_, traits) => {
  expect(Object.keys(traits).sort()).toEqual([
    'ignoreDhcpDns',
    'ignoreDhcpRouter',
    'leaveAlone',
    'sourceRulesAt',
    'sysctlsAt',
    'title',
    'trial',
    'withoutAddress',
  ]);
  for (const value of Object.values<unknown>({ ...traits }))
    expect([undefined, expect.stringMatching(/\S/)]).toContainEqual(value);
});

test.each(Object.entries(hypervisors))(
  'hypervisor %s: a virtual switch filters, and the remedy names the machine',
  (name, traits) => {
    expect(traits.virtual).toBe(name !== 'metal');
    expect(traits.passMacs?.('node1')).toEqual(traits.virtual ? expect.stringMatching(/\bnode1\b/) : undefined);
  },
);

describe('what is true of a platform is written in platforms/ alone', () => {
  const house = join(import.meta.dirname, '../../cdk8s');
  /** Without comments, which may say what they like. */
  const code = readdirSync(house, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({
      path,
      text: readFileSync(join(house, path), 'utf8').replace(/\/\*.*?\*\/|^\s*\/\/.*$/gms, ''),
    }));

  test.each([
    ['calico-system', ['platforms/calico.ts']],
    ['k8s-pod-network', ['platforms/calico.ts']],
    ['10-calico.conflist', ['platforms/calico.ts']],
    ['/etc/cni/net.d', ['platforms/cnis/k3s.ts', 'platforms/distributions/distribution.ts']],
    ['/opt/cni/bin', ['platforms/distributions/distribution.ts']],
    ['MacAddressSpoofing', ['platforms/hypervisors/hyper-v.ts']],
    ['netplan try', ['platforms/node-systems/netplan.ts']],
  ])('%s', (word, homes) => {
    expect(code.filter(({ text }) => text.includes(word)).map(({ path }) => path)).toEqual(homes);
  });
});
