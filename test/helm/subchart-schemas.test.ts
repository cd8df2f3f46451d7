/** The schemas of the subcharts refuse what Multus or the node plane would break on. Helm's own words: hybrid.live.test.ts. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { subcharts } from '../../cdk8s/helm/subcharts.ts';
import { subchartSchema } from '../../cdk8s/helm/values-schema.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { overlay } from '../../cdk8s/values/overlay.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { withValue } from './with-value.ts';

const good = clusterValues(planNetwork('hybrid'));
const config = ['definitions', 'layer2-bridge', 'config'];

type Name = (typeof subcharts)[number]['name'];

const wrong: readonly (readonly [string, Name, readonly (string | number)[], unknown, string])[] = [
  ['a version of CNI that asks for STATUS', 'multus', ['conf', 'cniVersion'], '1.1.0', 'must be equal to one of'],
  [
    'the cluster network by path, which leaks addresses',
    'multus',
    ['conf', 'clusterNetwork'],
    '/etc/cni/net.d/10-calico.conflist',
    'must match pattern',
  ],
  [
    "a namespace that is the release's to say",
    'multus',
    ['conf', 'multusNamespace'],
    'kube-system',
    'must NOT have additional properties',
  ],
  ['an image without version', 'multus', ['image'], 'ghcr.io/k8snetworkplumbingwg/multus-cni', 'must match pattern'],
  [
    'a definition without cniVersion',
    'attachments',
    [...config, 'cniVersion'],
    undefined,
    "must have required property 'cniVersion'",
  ],
  [
    'a bridge name that the kernel refuses',
    'attachments',
    [...config, 'plugins', 0, 'bridge'],
    'a-bridge-of-the-lan',
    'must match pattern',
  ],
  [
    'another DHCP plugin',
    'attachments',
    [...config, 'plugins', 0, 'ipam', 'type'],
    'dhcp',
    'must be equal to constant',
  ],
  [
    'a misspelled key of route-fix',
    'attachments',
    [...config, 'plugins', 2, 'clusterSubnet'],
    [],
    'must NOT have additional properties',
  ],
  ['host bits', 'attachments', [...config, 'plugins', 2, 'clusterSubnets', 0], '192.168.7.1/24', 'must match pattern'],
  ['access for nobody', 'attachments', ['access', 'default/layer2-bridge'], [], 'must NOT have fewer than 1 items'],
  ['a name without namespace', 'attachments', ['access', 'layer2-bridge'], ['default'], 'must match pattern'],
  [
    'an attachment without the ranges of the cluster',
    'attachments',
    ['agent', 'attachments', 'default/layer2-bridge', 'clusterSubnets'],
    undefined,
    "must have required property 'clusterSubnets'",
  ],
  [
    'a MAC address in capitals, which nodes write small',
    'attachments',
    ['pins'],
    { '02:F1:A7:00:00:01': { namespace: 'a', workload: 'b' } },
    'property name must be valid',
  ],
  [
    "a MAC address that is nobody's to pin",
    'attachments',
    ['pins'],
    { '02:f1:a7:00:00:01': { namespace: 'a' } },
    "must have required property 'workload'",
  ],
  ['no leases at all', 'attachments', ['agent', 'leasesPerNode'], 0, 'must be >= 1'],
  ['metrics on another port than the probes ask', 'attachments', ['listen'], '0.0.0.0:9100', 'must be equal to one of'],
  [
    'a Service that leads elsewhere',
    'home-assistant',
    ['service', 'selector'],
    { app: 'other' },
    'must NOT have additional properties',
  ],
  [
    'a volume without size',
    'home-assistant',
    ['volumeClaim', 'resources', 'requests', 'storage'],
    '0',
    'must match pattern',
  ],
  ['replicas, of which there is one', 'home-assistant', ['replicas'], 2, 'must NOT have additional properties'],
];

describe('values of subcharts', () => {
  const validate = (name: Name, values: unknown): string => {
    const subchart = subcharts.find((one) => one.name === name);
    if (!subchart) throw new Error(`no subchart ${name}`);
    const check = new Ajv({ strict: false, allErrors: true }).compile(JSON.parse(subchartSchema(subchart)) as object);
    check(overlay(subchart.defaults, values as object));
    return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`).join('\n');
  };

  test.each(subcharts.map(({ name }) => name))('%s takes what a plan makes', (name) => {
    expect(validate(name, good[name] ?? {})).toBe('');
  });

  // A key that the program has and the schema refuses is one that nobody can set.
  test.each([
    ['route-fix', ['2'], 'routefix', 'type Conf struct'],
    ['lan-dhcp', ['0', 'properties', 'ipam', 'oneOf', '0'], 'landhcp/server', 'type ipam struct'],
  ] as const)('take each key of %s, and no other', (_, place, folder, begin) => {
    const source = readFileSync(new URL(`../../cni/internal/${folder}/conf.go`, import.meta.url), 'utf8');
    const struct = source.split(begin)[1]?.split('\n}')[0] ?? '';
    const keys = [...struct.matchAll(/json:"(\w+)/g)].map(([, key = '']) => key);
    const subchart = subcharts.find(({ name }) => name === 'attachments');
    if (!subchart) throw new Error('no subchart attachments');
    const definition = ['properties', 'definitions', 'additionalProperties', 'properties', 'config'];
    const path = [...definition, 'properties', 'plugins', 'items', ...place, 'properties'];
    const taken = path.reduce<unknown>(
      (at, key) => (at as Record<string, unknown>)[key],
      JSON.parse(subchartSchema(subchart)),
    );
    expect(keys.length).toBeGreaterThan(3);
    expect(new Set(Object.keys(taken as object))).toEqual(new Set(['type', ...keys]));
  });

  test.each(wrong)('%s is refused', (_, name, path, value, message) => {
    expect(validate(name, withValue(good[name], path, value))).toContain(message);
  });
});
