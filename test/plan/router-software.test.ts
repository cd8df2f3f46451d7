/** What the software of a router decides: paths used at once, and what a password needs there. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { felixConfigurationSpec } from '../../cdk8s/constructs/calico/felix-configuration.ts';
import { installationSpec } from '../../cdk8s/constructs/calico/installation.ts';
import { changed, networkOf } from '../plans/fixtures.ts';
import { section, stepsOf } from '../steps/plans.ts';

const folder = join(import.meta.dirname, '../fixtures/cases/valid');
const house = (name: string) => readFileSync(join(folder, `${name}.yaml`), 'utf8');
const multipath = house('11-multipath');
const freebsd = house('28-freebsd-md5');

const withSoftware = (software: string) => changed(multipath, 'software: routeros', `software: ${software}`);

describe('paths used at once by a router of three nodes', () => {
  test.each([
    ['routeros', 1, 'BGP of RouterOS 7 has no multipath'],
    ['edgeos', 1, 'EdgeOS 1 rejects routes of several next hops'],
    ['opnsense', 1, 'since March 2026'],
    ['pfsense', 1, 'in doubt with FRR on FreeBSD'],
    ['frr', 3, '`ip route show 10.44.0.0/24` on the router'],
    ['unifi', 3, '`ip route show 10.44.0.0/24` on the router'],
    ['vyos', 3, '`ip route show 10.44.0.0/24` on the router'],
    ['bird', 3, '`merge paths on`'],
  ])('%s: %d', (software, paths, said) => {
    const text = withSoftware(software);
    expect(networkOf(text).routers.map(({ routing }) => routing.paths)).toEqual([paths]);
    const step = section(stepsOf(text), 'Router `gw`');
    expect(step).toContain(paths > 1 ? `Use up to ${paths} paths at once` : 'Use one path for each route');
    expect(step).toContain(said);
  });

  test('no more than eight, and none for one node', () => {
    const nodes = (count: number) =>
      networkOf(changed(withSoftware('frr'), '"n{1..3}"', `"n{1..${count}}"`)).routers[0]?.routing.paths;
    expect([nodes(9), nodes(8), nodes(2), nodes(1)]).toEqual([8, 8, 2, 1]);
  });

  test('the same with an AS number of the nodes', () => {
    const text = changed(withSoftware('frr'), 'bgp: {', 'bgp: {asn: 64700, ');
    expect(networkOf(text).routers[0]?.routing.paths).toBe(3);
  });
});

describe('a password', () => {
  const note = (text: string) => /^- Password:.*$/m.exec(section(stepsOf(text), 'Router `gw`'))?.[0] ?? '';

  test('on OPNsense needs the local address of each neighbor', () => {
    expect(note(freebsd)).toContain('set "Local Initiator IP" of each neighbor to 10.20.30.1');
  });

  test('on pfSense needs the type that writes keys', () => {
    expect(note(changed(freebsd, 'opnsense', 'pfsense'))).toContain('FRR and setkey, Bidirectional');
  });

  test.each(['frr', 'unifi', 'vyos', 'edgeos', 'routeros', 'bird'])('on %s needs nothing else', (software) => {
    expect(note(changed(freebsd, 'opnsense', software))).toMatch(/Letters and digits only\.$/);
  });

  test('that the plan does not have needs nothing', () => {
    const open = freebsd.replace(/bgp: .*\n/, '');
    expect(section(stepsOf(open), 'Router `gw`')).not.toContain('Local Initiator IP');
  });
});

test('on Talos Calico writes its rules as kube-proxy does', () => {
  const network = networkOf(house('10-talos-kube-proxy'));
  expect(installationSpec(network).calicoNetwork?.linuxDataplane).toBe('Nftables');
  expect(felixConfigurationSpec(network).nftablesMode).toBe('Auto');
  expect(network.kubernetes.kubeProxy).toBe('nftables');
});
