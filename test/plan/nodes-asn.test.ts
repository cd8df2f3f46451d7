/** `bgp.asn`: nodes with an AS number of their own, in the writings of one router and of several. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bgpConfigurationSpec } from '../../cdk8s/constructs/calico/bgp-configuration.ts';
import { bgpPeerSpec } from '../../cdk8s/constructs/calico/bgp-peer.ts';
import type { CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import { changed, networkOf, planText } from '../plans/fixtures.ts';
import { section, stepsOf } from '../steps/plans.ts';
import { errorsOf } from './plans.ts';

const house = readFileSync(join(import.meta.dirname, '../fixtures/cases/valid/20-ebgp.yaml'), 'utf8');
const oneNode = 'n1: {roles: [control-plane, worker], interfaces: {eth0: {network: servers, address: 10.20.30.11}}}';
const threeNodes =
  '"n{1..3}": {roles: [control-plane, worker], interfaces: {eth0: {network: servers, address: "10.20.30.1{}"}}}';
const three = changed(house, oneNode, threeNodes);
const multiSite = planText('multi-site');
const sites = changed(multiSite, 'bgp: {', 'bgp: {asn: 65100, ');

const peers = ({ bgp }: CalicoNetwork) => bgp.sessions.map((session) => bgpPeerSpec(session, bgp.passwordSecret));
/** The neighbors of a router that are nodes. */
const nodesAt = ({ routers }: CalicoNetwork, name: string) =>
  routers.find((router) => router.name === name)?.routing.neighbors.filter(({ kind }) => kind === 'node') ?? [];

describe('one router of another AS', () => {
  test('nodes have their own number, and accept it in a path', () => {
    const network = networkOf(house);
    expect(bgpConfigurationSpec(network).asNumber).toBe(64514);
    expect(peers(network)).toEqual([
      expect.objectContaining({ peerIP: '10.20.30.1', asNumber: 64513, numAllowedLocalASNumbers: 1 }),
    ]);
    expect(peers(network)[0]).not.toHaveProperty('localASNumber');
  });

  test('the router passes on routes without a reflector, and keeps its other decisions', () => {
    const [own, internal] = [networkOf(three), networkOf(changed(three, 'asn: 64514, ', ''))].map((network) =>
      nodesAt(network, 'gw'),
    );
    const decided = { asn: 64514, reflect: false, nextHopSelf: false };
    expect(own).toEqual(internal?.map((neighbor) => ({ ...neighbor, ...decided })));
    expect(internal?.[0]).toMatchObject({ asn: 64513, reflect: true });
    expect(own?.[0]?.export).toHaveLength(1);
  });

  test('STEPS says eBGP, both filters, and what a node sees', () => {
    const router = section(stepsOf(three), 'Router `gw`');
    expect(router).toContain('AS (their own: eBGP)');
    expect(router).toContain('| `n1` | `10.20.30.11` | 64514 |');
    expect(router).toContain('RFC 8212');
    expect(router).not.toContain('route reflector');
    expect(section(stepsOf(three), 'Both halves')).toMatch(/ip route show proto bird.*as-override/);
    // One node has no other to hear of.
    expect(section(stepsOf(house), 'Router `gw`')).toContain('Announce nothing to the node');
    expect(section(stepsOf(house), 'Both halves')).not.toContain('as-override');
  });
});

describe('several sites', () => {
  test('all nodes have one number, in each session', () => {
    const network = networkOf(sites);
    expect(network.bgp.asn).toBe(65100);
    expect(peers(network).map(({ asNumber, localASNumber }) => [asNumber, localASNumber])).toEqual([
      [65001, undefined],
      [65002, undefined],
      [65003, undefined],
    ]);
    expect(network.routers.flatMap(({ name }) => nodesAt(network, name)).map(({ asn }) => asn)).toEqual([
      65100, 65100, 65100, 65100,
    ]);
  });

  test('links between routers stay what they are', () => {
    const links = (text: string) =>
      networkOf(text).routers.map(({ routing }) => routing.neighbors.filter(({ kind }) => kind === 'router'));
    expect(links(sites)).toEqual(links(multiSite));
  });
});

describe('a number that is accepted', () => {
  test.each([
    ['that of the only router: iBGP, as without the key', 'asn: 64514,', 'asn: 64513,', undefined],
    ['a public one', 'asn: 64514,', 'asn: 3320,', 1],
    ['one of 32 bits', 'asn: 64514,', 'asn: 2147483647,', 1],
    ['a documented one', 'asn: 64514,', 'asn: 64496,', 1],
    ['one less than the default', 'asn: 64514,', 'asn: 64512,', 1],
  ])('%s', (_, from, to, allowed) => {
    const network = networkOf(changed(three, from, to));
    expect(peers(network).map((peer) => peer.numAllowedLocalASNumbers)).toEqual([allowed]);
    expect(nodesAt(network, 'gw').map(({ reflect }) => reflect)).toEqual(Array(3).fill(allowed === undefined));
  });

  test('two routers of one network and one AS, nodes of another, and of theirs', () => {
    const two = changed(
      three,
      'nodes:\n',
      '  gw2: {software: frr, asn: 64513, addresses: {servers: 10.20.30.2}}\nnodes:\n',
    );
    expect(peers(networkOf(two)).map((peer) => peer.numAllowedLocalASNumbers)).toEqual([1, 1]);
    expect(errorsOf(changed(two, 'asn: 64514', 'asn: 64513'))).toEqual([]);
  });

  test('that of a router which speaks no BGP', () => {
    const text = changed(
      changed(three, 'nodes:\n', '  old: {software: frr, asn: 64514, addresses: {lan: 192.168.10.1}}\nnodes:\n'),
      'networks:\n',
      'networks:\n  lan: {subnet: 192.168.10.0/24, gateway: 192.168.10.1}\n',
    );
    expect(errorsOf(text)).toEqual([]);
  });
});

describe('a number that is refused', () => {
  test.each(['0', '23456', '65535', '4294967295', '2147483648', '-1'])('%s is nobody’s', (asn) => {
    expect(errorsOf(changed(house, 'asn: 64514', `asn: ${asn}`)).map(({ code, path }) => [code, ...path])).toEqual([
      ['bgp/asn-range', 'bgp', 'asn'],
    ]);
  });

  test.each([
    ['AS64514', 'write 64514, without quotes'],
    ['"64514"', 'write 64514, without quotes'],
    ['0.64514', 'write 64514, without quotes'],
  ])('%s is no number', (asn, remedy) => {
    expect(errorsOf(changed(house, 'asn: 64514', `asn: ${asn}`))).toEqual([expect.objectContaining({ remedy })]);
  });

  test.each([65001, 65002, 65003])('%d is that of one of several routers', (asn) => {
    const errors = errorsOf(changed(multiSite, 'bgp: {', `bgp: {asn: ${asn}, `));
    expect(errors.map(({ code, path }) => [code, ...path])).toEqual([['bgp/nodes-asn', 'bgp', 'asn']]);
    expect(errors[0]?.remedy).toContain('64512 to 65534');
  });

  test('that of a hub which has no nodes', () => {
    const [hub] = /^ {2}v1: .*\n/m.exec(multiSite) ?? [''];
    const text = changed(changed(multiSite, hub, ''), '  vps:    {subnet: 10.65.3.0/24}\n', '');
    expect(errorsOf(changed(text, 'bgp: {', 'bgp: {asn: 65100, '))).toEqual([]);
    expect(errorsOf(changed(text, 'bgp: {', 'bgp: {asn: 65003, ')).map(({ code }) => code)).toEqual(['bgp/nodes-asn']);
  });
});
