/** Plans that are checked together: two clusters in one house, and houses that only look alike. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { collisionsOf } from '../../cdk8s/plan/together.ts';
import { planText } from '../plans/fixtures.ts';

interface Cluster {
  readonly house?: string;
  readonly network?: string;
  readonly router?: string;
  readonly asn?: number;
  readonly software?: string;
  readonly gateway?: string;
  readonly dhcp?: string;
  readonly more?: string;
  readonly nodes?: string;
  readonly pods?: string;
  readonly services?: string;
  readonly pool?: string;
  readonly rest?: string;
}

function plan(name: string, cluster: Cluster): string {
  const { house, network = 'lan', router = 'gw', asn = 64512, software = 'frr', gateway = '192.168.1.1' } = cluster;
  const net = gateway.replace(/[0-9]+$/, '0/24');
  return [
    'version: 1',
    `cluster: ${name}`,
    ...(house === undefined ? [] : [`house: ${house}`]),
    `kubernetes: {version: "1.36", distribution: k3s, ${cluster.services ?? 'services: 10.43.0.0/16'}}`,
    `networks: {${network}: {subnet: ${net}, gateway: ${gateway}, ${cluster.dhcp ?? 'dhcp: {server: gw, range: 192.168.1.100-192.168.1.199}'}}${cluster.more ?? ''}}`,
    `routers: {${router}: {software: ${software}, asn: ${asn}, addresses: {${network}: ${gateway}}}}`,
    `nodes: {${cluster.nodes ?? `${name}: {interfaces: {eth0: {network: ${network}, address: 192.168.1.${name === 'a' ? 11 : 21}, bridge: br0}}}`}}`,
    `pods: {mode: routed, subnet: ${cluster.pods ?? (name === 'a' ? '10.42.0.0/16' : '10.52.0.0/16')}}`,
    `loadBalancers: {subnet: ${cluster.pool ?? (name === 'a' ? '10.44.0.0/24' : '10.54.0.0/24')}}`,
    'bgp: {passwordSecret: {name: bgp-password, key: password}}',
    cluster.rest ?? '',
  ].join('\n');
}

function said(...texts: readonly string[]): string[] {
  const plans = texts.map((text, index) => {
    const file = `${'abc'[index] ?? ''}.yaml`;
    const checked = checkPlan(text, file);
    expect(checked.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    return { file, ...checked };
  });
  return collisionsOf(plans).map(
    ({ severity, code, place, problem }) => `${place.file}:${place.line} ${severity} ${code}: ${problem}`,
  );
}

const pair = (b: Cluster, a: Cluster = {}): string[] =>
  said(plan('a', { house: 'home', ...a }), plan('b', { house: 'home', ...b }));

describe('two clusters of one house', () => {
  test.each<[string, Cluster]>([
    ['with pods, pools and nodes of their own', {}],
    ['which call network and router differently', { network: 'home', router: 'udm', dhcp: 'clients: true' }],
    ['of which one knows DHCP', { dhcp: 'clients: true' }],
    ['of which one knows the VLAN', { dhcp: 'vlan: 20' }],
    [
      'on networks of their own',
      {
        gateway: '192.168.2.1',
        dhcp: 'clients: true',
        nodes: 'b: {interfaces: {eth0: {network: lan, address: 192.168.2.11}}}',
      },
    ],
    ['with ranges of two servers', { dhcp: 'dhcp: {server: pihole, range: 192.168.1.200-192.168.1.220}' }],
    [
      'whose nodes the other has as reserved devices',
      { dhcp: 'reserved: {a: 192.168.1.11}, dhcp: {server: gw, range: 192.168.1.100-192.168.1.199}' },
    ],
  ])('%s', (_, b) => {
    expect(pair(b)).toEqual([]);
  });

  test.each<readonly [what: string, b: Cluster, finding: string, a?: Cluster]>([
    [
      'pods',
      { pods: '10.42.128.0/17' },
      'b.yaml:8 error plan/subnets-collide: 10.42.128.0/17 of the pods overlaps 10.42.0.0/16 of the pods in a.yaml',
    ],
    [
      'pools',
      { pool: '10.44.0.0/24' },
      'b.yaml:9 error plan/subnets-collide: 10.44.0.0/24 of the load balancers (load-balancers) is the same as 10.44.0.0/24 of the load balancers (load-balancers) in a.yaml',
    ],
    [
      'a pool in the pods',
      { pool: '10.42.7.0/24' },
      'b.yaml:9 error plan/subnets-collide: 10.42.7.0/24 of the load balancers (load-balancers) overlaps 10.42.0.0/16 of the pods in a.yaml',
    ],
    [
      'pods in the services',
      { pods: '10.43.0.0/16', services: 'services: 10.53.0.0/16' },
      'b.yaml:8 error plan/subnets-collide: 10.43.0.0/16 of the pods is the same as 10.43.0.0/16 of the services in a.yaml',
    ],
    [
      'announced services',
      { services: 'services: 10.43.0.0/16, advertiseServices: true' },
      'b.yaml:4 error plan/subnets-collide: 10.43.0.0/16 of the services is the same as 10.43.0.0/16 of the services in a.yaml',
      { services: 'services: 10.43.0.0/16, advertiseServices: true' },
    ],
    [
      'the AS of the router',
      { asn: 64513 },
      'b.yaml:6 error plan/router-differs: router gw 192.168.1.1 has asn 64513, and 64512 as router gw in a.yaml',
    ],
    [
      'its software',
      { software: 'unifi' },
      'b.yaml:6 error plan/router-differs: router gw 192.168.1.1 has software unifi, and frr as router gw in a.yaml',
    ],
    [
      'the VLAN of a network',
      { dhcp: 'vlan: 30' },
      'b.yaml:5 error plan/vlan-differs: network lan 192.168.1.0/24 has VLAN 30, and 20 as network lan in a.yaml',
      { dhcp: 'vlan: 20' },
    ],
    [
      'addresses of nodes',
      { nodes: 'b: {interfaces: {eth0: {network: lan, address: 192.168.1.11}}}' },
      'b.yaml:7 error plan/addresses-collide: node b has 192.168.1.11, and so has node a in a.yaml',
    ],
    [
      'many of them',
      { nodes: '"b{11..19}": {interfaces: {eth0: {network: lan, address: "192.168.1.{}"}}}' },
      'b.yaml:7 error plan/addresses-collide: node b11 has 192.168.1.11, and so has node a11 in a.yaml (and 8 more of this kind)',
      { nodes: '"a{11..19}": {interfaces: {eth0: {network: lan, address: "192.168.1.{}"}}}' },
    ],
    [
      'DHCP ranges',
      { dhcp: 'dhcp: {server: gw, range: 192.168.1.100-192.168.1.250}' },
      'b.yaml:5 error plan/dhcp-differs: the DHCP range of network lan is 192.168.1.100-192.168.1.250, and 192.168.1.100-192.168.1.199 as that of network lan in a.yaml',
    ],
    [
      'a node in the range of the other',
      { dhcp: 'clients: true', nodes: 'b: {interfaces: {eth0: {network: lan, address: 192.168.1.150}}}' },
      'b.yaml:7 error plan/leases-collide: node b has 192.168.1.150, which is inside 192.168.1.100-192.168.1.199, the DHCP range of network lan in a.yaml',
    ],
    [
      'a range around a node of the other',
      { dhcp: 'dhcp: {server: gw, range: 192.168.1.5-192.168.1.20}' },
      'b.yaml:5 error plan/leases-collide: the DHCP range of network lan, 192.168.1.5-192.168.1.20, contains 192.168.1.11 of node a in a.yaml',
      { dhcp: 'clients: true' },
    ],
    [
      'MAC addresses',
      { nodes: 'b: {interfaces: {eth0: {network: lan, address: 192.168.1.21, mac: "52:54:00:00:00:01"}}}' },
      'b.yaml:7 error plan/macs-collide: node b has the MAC address 52:54:00:00:00:01, and so has node a in a.yaml',
      { nodes: 'a: {interfaces: {eth0: {network: lan, address: 192.168.1.11, mac: "52:54:00:00:00:01"}}}' },
    ],
    [
      'a network in part of another',
      {
        more: ', iot: {subnet: 192.168.0.0/23}',
        gateway: '192.168.3.1',
        dhcp: 'clients: true',
        nodes: 'b: {interfaces: {eth0: {network: lan, address: 192.168.3.9}}}',
      },
      'b.yaml:5 error plan/subnets-collide: 192.168.0.0/23 of network iot overlaps 192.168.1.0/24 of network lan in a.yaml',
    ],
    [
      'static addresses of pods',
      { rest: 'attachments: {lan: {namespace: default, network: lan, addresses: 192.168.1.10-192.168.1.20}}' },
      'b.yaml:11 error plan/addresses-collide: attachment lan has 192.168.1.10-192.168.1.20, and so has node a, 192.168.1.11, in a.yaml',
    ],
  ])('collide: %s', (...row) => {
    const [, b, finding, a] = row;
    expect(pair(b, a)).toContain(finding);
  });

  test('the later plan is named, with the earlier one', () => {
    const texts = [
      plan('a', { house: 'home' }),
      plan('b', { house: 'home' }),
      plan('c', {
        house: 'home',
        pods: '10.42.0.0/16',
        nodes: 'c: {interfaces: {eth0: {network: lan, address: 192.168.1.31}}}',
        pool: '10.64.0.0/24',
      }),
    ];
    expect(said(...texts)).toEqual([
      'c.yaml:8 error plan/subnets-collide: 10.42.0.0/16 of the pods is the same as 10.42.0.0/16 of the pods in a.yaml',
    ]);
  });
});

describe('houses that look alike', () => {
  const same: Cluster = { pods: '10.42.0.0/16', pool: '10.44.0.0/24' };

  test('are not compared where they have names', () => {
    expect(said(plan('a', { house: 'home' }), plan('b', { house: 'work', ...same }))).toEqual([]);
  });

  test('are not compared without a router in common', () => {
    expect(said(plan('a', {}), plan('b', { ...same, gateway: '192.168.1.254' }))).toEqual([]);
    expect(said(plan('a', {}), plan('b', { ...same, software: 'unifi' }))).toEqual([]);
  });

  test('with the same router they may be one: warnings, and how to say that they are two', () => {
    const all = said(plan('a', {}), plan('b', same));
    expect(all).toEqual([expect.stringContaining('b.yaml:7 warning plan/subnets-collide')]);
    const [finding] = collisionsOf(
      [plan('a', {}), plan('b', same)].map((text, index) => ({ file: `${index}`, ...checkPlan(text, `${index}`) })),
    );
    expect(finding?.remedy).toBe(
      'give the pods another subnet in one of the plans; if these are two houses, give each plan its own name for house',
    );
  });

  test('the five plans are no errors of each other', () => {
    const five = ['flat-bgp', 'hybrid', 'multi-site'].map(planText);
    expect(said(...five).filter((one) => one.includes(' error '))).toEqual([]);
  });
});

test('docs/rules.md has every code', () => {
  const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
  const codes = new Set(read('cdk8s/plan/together.ts').match(/'plan\/[a-z-]+'/g));
  expect(codes.size).toBe(7);
  for (const code of codes) expect(read('docs/rules.md')).toContain(code.replaceAll("'", '`'));
});
