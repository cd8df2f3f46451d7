/** Parser and rules together. */
import { describe, expect, test } from '@jest/globals';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { parsePlan } from '../../cdk8s/plan/read/parse.ts';
import { changed } from '../plans/fixtures.ts';
import { dumbL2, flatBgp, hybrid, placed } from './plans.ts';

test('a plan without errors has a network, one with any has none', () => {
  expect(checkPlan(flatBgp, 'plan.yaml').network?.cluster).toBe('flat-bgp');
  expect(checkPlan(changed(flatBgp, 'mode: routed', 'mode: rooted'), 'plan.yaml').network).toBeUndefined();
});

test('findings of text, keys, values and rules come at once, in the order of the text', () => {
  let text = changed(hybrid, 'server: edgerouter, range: 192.168.2.38', 'server: edgerouter, range: 192.168.2.038');
  text = changed(text, 'mtu: 9000', 'mtu: 9_000');
  text = changed(text, 'stateful: true', 'statefull: true');
  text = changed(text, 'address: 192.168.3.3', 'address: 192.168.3.2');
  text = changed(text, 'loadBalancers: {', 'loadBalancers: {subnet: 192.168.6.0/24, ');
  text = changed(text, 'timeZone: Europe/Berlin}', 'timeZone: Europe/Berlin');
  expect(placed(text)).toEqual([
    '11:39 addresses/octal',
    '17:10 schema/type',
    '21:95 schema/unknown-key',
    '34:63 addresses/duplicate',
    '36:41 schema/duplicate-key',
    '41:19 schema/yaml-syntax',
  ]);
});

describe('what could not be read is absent for rules', () => {
  test('a wrong value has not its default either', () => {
    const { checked } = parsePlan(changed(flatBgp, 'clients: true', 'clients: yes'), 'plan.yaml');
    expect(checked.plan.networks?.home).toMatchObject({ mtu: 1500 });
    expect(checked.plan.networks?.home).not.toHaveProperty('clients');
  });

  test('nor has the key that an unknown one stands for', () => {
    const { checked } = parsePlan(changed(hybrid, 'mtu: 9000', 'mut: 9000'), 'plan.yaml');
    expect(checked.plan.networks?.k8s).not.toHaveProperty('mtu');
    expect(checked.plan.networks?.lan).toHaveProperty('mtu', 1500);
  });

  test('names of a section are known as far as the text says them', () => {
    const names = (text: string): (readonly string[] | undefined)[] => {
      const { networks, routers } = parsePlan(text, 'plan.yaml').checked.names;
      return [networks && [...networks], routers && [...routers]];
    };
    expect(names(flatBgp)).toEqual([['home'], ['edgerouter']]);
    expect(names(changed(flatBgp, '  home: {', '  home: !x {'))).toEqual([['home'], ['edgerouter']]);
    expect(names(changed(flatBgp, '  home: {', '  home: 5 #'))).toEqual([['home'], ['edgerouter']]);
    expect(names(changed(flatBgp, '  home: {', '  Home: {'))).toEqual([undefined, ['edgerouter']]);
    expect(names(changed(flatBgp, 'networks:', 'networkz:'))).toEqual([undefined, ['edgerouter']]);
    expect(names(changed(flatBgp, 'clients: true, ', 'clients: @, '))).toEqual([undefined, ['edgerouter']]);
    expect(names(`${flatBgp}networks: {}\n`)).toEqual([undefined, ['edgerouter']]);
    expect(names(flatBgp.replace(/routers:\n.*\n/, ''))).toEqual([['home'], []]);
    expect(names(flatBgp.replace(/networks:\n.*\n/, ''))).toEqual([undefined, ['edgerouter']]);
    expect(names('')).toEqual([undefined, undefined]);
  });

  test('what is around it is incomplete, what stands beside it is not', () => {
    const { incomplete } = parsePlan(changed(flatBgp, 'gateway: 192.168.2.1', 'gateway: 5'), 'plan.yaml').checked;
    for (const path of [[], ['networks'], ['networks', 'home'], ['networks', 'home', 'gateway']])
      expect(incomplete(path)).toBe(true);
    for (const path of [['routers'], ['networks', 'lan'], ['networks', 'home', 'subnet']])
      expect(incomplete(path)).toBe(false);
  });

  test('a list is incomplete when one of its items could not be read', () => {
    const { plan, incomplete } = parsePlan(
      changed(flatBgp, 'dns: [192.168.2.1]', 'dns: [x, 192.168.2.1]'),
      'plan.yaml',
    ).checked;
    expect(plan.networks?.home?.dns?.map(String)).toEqual(['192.168.2.1']);
    expect(incomplete(['networks', 'home', 'dns'])).toBe(true);
  });

  test('what is wrong in a pattern is wrong in its nodes, but for those that have their own', () => {
    const twice = changed(dumbL2, '"node{1..100}": {', '"node{1..100}": {os: netplan, os: netplan, ');
    const { plan, incomplete } = parsePlan(twice, 'plan.yaml').checked;
    expect(plan.nodes?.node1).not.toHaveProperty('os');
    expect(plan.nodes?.node3).toHaveProperty('os', 'ifupdown');
    expect(incomplete(['nodes', 'node1', 'os'])).toBe(true);
    expect(incomplete(['nodes', 'node3', 'os'])).toBe(false);
  });

  test('a plan of another version is not looked at', () => {
    const { plan, names, incomplete } = parsePlan(changed(flatBgp, 'version: 1', 'version: 9'), 'plan.yaml').checked;
    expect([plan, names.networks, incomplete(['bgp'])]).toEqual([{}, undefined, true]);
  });
});
