/** Load balancer pools in the ways that people write them: what each resolves to, in rules, router, filters and values. */
import { describe, expect, test } from '@jest/globals';
import { ipAddressPoolSpec } from '../../cdk8s/constructs/metallb/ip-address-pool.ts';
import { bgpConfigurationSpec } from '../../cdk8s/constructs/calico/bgp-configuration.ts';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { isCalico, type CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import { stepsText } from '../../cdk8s/steps/index.ts';
import { changed, planText } from '../plans/fixtures.ts';

const flatBgp = planText('flat-bgp');
const multiSite = planText('multi-site');

/** One router; `loadBalancers` of it. */
const atHome = (pools: string) =>
  checkPlan(changed(flatBgp, 'loadBalancers: {subnet: 192.168.6.0/24}', `loadBalancers: ${pools}`), 'plan.yaml');

/** Three routers. */
const atSites = (pools: string) =>
  checkPlan(multiSite.replace(/^loadBalancers:\n(?: {2}.*\n)*/m, `loadBalancers: ${pools}\n`), 'plan.yaml');

const codes = ({ findings }: ReturnType<typeof checkPlan>): string[] => findings.map(({ code }) => code).sort();
const withoutWarningsOfPlan = (all: string[]): string[] => all.filter((code) => code !== 'clients/same-subnet');

function resolved({ network, findings }: ReturnType<typeof checkPlan>): CalicoNetwork {
  if (!network || !isCalico(network)) throw new Error(findings.map(({ problem }) => problem).join('\n'));
  return network;
}

const poolsOf = (network: CalicoNetwork) =>
  network.loadBalancers.map(({ name, subnets, router, autoAssign }) => [name, subnets.join(' '), router, autoAssign]);

describe('at one router', () => {
  test.each<[string, unknown[]]>([
    ['{subnet: 10.44.0.0/26}', ['load-balancers', '10.44.0.0/26', undefined, true]],
    ['{subnet: 10.44.0.0-10.44.0.63}', ['load-balancers', '10.44.0.0/26', undefined, true]],
    ['{range: 10.44.0.0-10.44.0.95}', ['load-balancers', '10.44.0.0/26 10.44.0.64/27', undefined, true]],
    ['{range: 10.44.0.0-10.44.0.63, router: edgerouter}', ['load-balancers', '10.44.0.0/26', 'edgerouter', true]],
    ['{web: {subnet: 10.44.0.0/26}}', ['web', '10.44.0.0/26', 'edgerouter', true]],
    ['{edgerouter: {subnet: 10.44.0.0/26}}', ['edgerouter', '10.44.0.0/26', 'edgerouter', true]],
    ['{subnet: {subnet: 10.44.0.0/26}}', ['subnet', '10.44.0.0/26', 'edgerouter', true]],
    ['{range: {range: 10.44.0.0-10.44.0.63}}', ['range', '10.44.0.0/26', 'edgerouter', true]],
  ])('%s', (pools, expected) => {
    expect(poolsOf(resolved(atHome(pools)))).toEqual([expected]);
  });

  test('several: which is given without a word is told, and how to ask for the others', () => {
    const network = resolved(
      atHome(
        '{web: {subnet: 10.44.0.0/26}, dmz: {range: 10.44.0.64-10.44.0.95, router: edgerouter, autoAssign: false}}',
      ),
    );
    expect(poolsOf(network)).toEqual([
      ['web', '10.44.0.0/26', 'edgerouter', true],
      ['dmz', '10.44.0.64/27', 'edgerouter', false],
    ]);
    const steps = stepsText(network);
    expect(steps).toContain('A Service chooses by an annotation which pool its address is of:');
    expect(steps).toContain('never given: the plan says so (`autoAssign`)');
    expect(steps).toContain('`metallb.io/address-pool: web`');
    expect(steps).toContain('`metallb.io/loadBalancerIPs: 10.44.0.10`');
  });

  test('MetalLB and Calico have the same subnets, and the router accepts, discards and permits each', () => {
    const network = resolved(atHome('{range: 10.44.0.10-10.44.0.49}'));
    const cidrs = ['10.44.0.10/31', '10.44.0.12/30', '10.44.0.16/28', '10.44.0.32/28', '10.44.0.48/31'];
    expect(network.loadBalancers.map(ipAddressPoolSpec).flatMap(({ addresses }) => addresses)).toEqual(cidrs);
    expect(bgpConfigurationSpec(network).serviceLoadBalancerIPs).toEqual(cidrs.map((cidr) => ({ cidr })));
    const [router] = network.routers;
    const { neighbors = [], discards = [], permits = [], translation } = router?.routing ?? {};
    const accepted = neighbors[0]?.import.filter((one) => one.of === 'load balancers') ?? [];
    expect(accepted.map(({ subnet, shortest, longest }) => [String(subnet), shortest, longest])).toEqual(
      cidrs.map((cidr) => [cidr, Number(cidr.split('/')[1]), 32]),
    );
    for (const list of [
      discards,
      permits.find(({ why }) => why === 'nodes')?.to,
      translation?.from,
      translation?.notTo,
    ])
      expect(list?.map(String)).toEqual(expect.arrayContaining(cidrs));
  });

  test.each<[string, string[]]>([
    ['{web: {subnet: 10.44.0.0/26}, dmz: {subnet: 10.44.0.0/27}}', ['addresses/overlap']],
    ['{web: {subnet: 10.44.0.0/26}, dmz: {range: 10.44.0.32-10.44.0.95}}', ['addresses/overlap']],
    ['{range: 192.168.4.240-192.168.5.15}', ['addresses/overlap']],
    ['{range: 172.17.255.240-172.18.0.15}', ['addresses/docker']],
    ['{range: 8.8.8.0-8.8.8.15}', ['addresses/public']],
    ['{range: 10.255.255.240-11.0.0.15}', ['addresses/public']],
    ['{range: 127.0.0.0-127.0.0.15}', ['addresses/special']],
    ['{web: {subnet: 10.44.0.0/26, router: edgeruter}}', ['load-balancers/unknown-router']],
    ['{Web: {subnet: 10.44.0.0/26}}', ['nodes/name']],
    ['{range: 10.44.0.1-10.44.0.1}', ['load-balancers/usable']],
    ['{range: 10.44.0.1-10.44.0.6}', ['load-balancers/single-addresses']],
    ['{range: 192.168.2.100-192.168.2.109}', ['load-balancers/inside-network']],
    ['{range: 192.168.2.220-192.168.2.229}', ['load-balancers/taken']],
    ['{subnet: 192.168.2.0/24}', ['load-balancers/covers-network']],
    ['{range: 192.168.1.0-192.168.3.255}', ['load-balancers/covers-network']],
    ['{subnet: 10.44.0.0/26, autoAssign: false}', ['load-balancers/none-automatic']],
    ['{web: {subnet: 10.44.0.0/26, range: 10.44.0.64-10.44.0.127}}', ['load-balancers/addresses']],
    ['{web: {autoAssign: true}}', ['load-balancers/addresses']],
    ['{}', ['load-balancers/addresses']],
  ])('%s: %s', (pools, expected) => {
    expect(withoutWarningsOfPlan(codes(atHome(pools)))).toEqual(expected);
  });

  test('addresses of the LAN: its devices are told the route that they need', () => {
    const steps = stepsText(resolved(atHome('{range: 192.168.2.100-192.168.2.111}')));
    expect(steps).toContain(
      'Each of them needs a route to `192.168.2.100/30` and `192.168.2.104/29` by `192.168.2.1`.',
    );
    expect(steps).toContain('Remove the routes that devices got.');
    expect(stepsText(resolved(atHome('{range: 10.44.0.100-10.44.0.111}')))).not.toContain('option 121');
  });
});

describe('at several routers', () => {
  test('keyed by router, by a pool of its own, and both', () => {
    const pools =
      '{home-a: {subnet: 10.44.0.0/26}, vps: {range: 10.44.1.0-10.44.1.95}, web: {subnet: 10.44.2.0/26, router: home-b}, dmz: {subnet: 10.44.3.0/26, router: home-b, autoAssign: false}}';
    const check = atSites(pools);
    expect(codes(check)).toEqual([]);
    const network = resolved(check);
    expect(network.loadBalancers.map(({ name, router }) => [name, router])).toEqual([
      ['home-a', 'home-a'],
      ['vps', 'vps'],
      ['web', 'home-b'],
      ['dmz', 'home-b'],
    ]);
    const rejected = (name: string) =>
      network.bgp.filters
        .find((filter) => filter.name === name)
        ?.export.flatMap(({ within }) => (within ? [String(within)] : []));
    expect(rejected('home-a')).toEqual(['10.44.1.0/26', '10.44.1.64/27', '10.44.2.0/26', '10.44.3.0/26']);
    expect(rejected('home-b')).toEqual(['10.44.0.0/26', '10.44.1.0/26', '10.44.1.64/27']);
    expect(stepsText(network)).toContain('Load balancer addresses are announced at one site each');
  });

  test.each<[string, string[]]>([
    ['{home-a: {subnet: 10.44.0.0/26}, homeb: {subnet: 10.44.1.0/26}}', ['load-balancers/unknown-router']],
    ['{web: {subnet: 10.44.0.0/26}}', ['load-balancers/unknown-router']],
    ['{web: {subnet: 10.44.0.0/26, router: home-a}}', Array<string>(2).fill('load-balancers/router-without-pool')],
    ['{range: 10.44.0.0-10.44.0.63}', ['load-balancers/one-per-router']],
  ])('%s: %s', (pools, expected) => {
    expect(codes(atSites(pools))).toEqual(expected);
  });
});
