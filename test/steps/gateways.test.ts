/** Gateways outside the plan's routers: what STEPS.md says of the routes that they need. */
import { describe, expect, test } from '@jest/globals';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { changed } from '../plans/fixtures.ts';
import { section, stepsOf } from './plans.ts';

const box = `version: 1
cluster: box
kubernetes: {version: "1.36", distribution: k3s, services: 10.43.0.0/16}
networks:
  home: {subnet: 192.168.1.0/24, gateway: 192.168.1.1, dns: [192.168.1.1], clients: true, reserved: {box: 192.168.1.1}}
  servers: {subnet: 10.20.0.0/24, gateway: 10.20.0.1, dns: [10.20.0.1]}
routers:
  pi: {software: frr, asn: 64512, addresses: {home: 192.168.1.2, servers: 10.20.0.1}}
nodes:
  a: {roles: [control-plane, worker], interfaces: {eth0: {network: servers, address: 10.20.0.11}}}
pods: {mode: routed, subnet: 10.42.0.0/16}
loadBalancers: {subnet: 10.44.0.0/24}
bgp: {passwordSecret: {name: flatlan-bgp-password, key: password}}
`;
const onHome = changed(box, 'network: servers, address: 10.20.0.11', 'network: home, address: 192.168.1.11');
const both = (text: string): string => section(stepsOf(text), 'Both halves together');
const remedies = (text: string): string[] =>
  checkPlan(text, 'box').findings.flatMap(({ code, remedy }) =>
    code === 'reachability/gateway-without-bgp' ? [remedy] : [],
  );

describe('a gateway that is no router of the plan', () => {
  test('of client devices: static routes, and no NAT since pods leave by the router', () => {
    const step = both(box);
    expect(step).toContain(
      'The gateway of network `home`, `192.168.1.1`, is `box`, which learns nothing by BGP. Add static routes there for `10.42.0.0/16` and `10.44.0.0/24` by `192.168.1.2` (router `pi`)',
    );
    expect(step).not.toContain('masquerade');
    expect(step).toContain('Nothing else to change');
    expect(step).toContain('Remove the routes that devices got.');
    expect(remedies(box)).toEqual([expect.stringContaining('there or on pi')]);
  });

  test('of nodes: it has to translate pods too', () => {
    expect(both(onHome)).toContain('It also has to translate the sources `10.42.0.0/16` (masquerade)');
    expect(remedies(onHome)).toEqual([expect.stringContaining('192.168.1.2, and NAT for the pods there; or make pi')]);
  });

  test('services that are announced have a route as well', () => {
    const announced = changed(box, 'services: 10.43.0.0/16', 'services: 10.43.0.0/16, advertiseServices: true');
    expect(both(announced)).toContain('for `10.42.0.0/16`, `10.44.0.0/24` and `10.43.0.0/16` by');
  });

  test.each([
    ['the gateway is the router', changed(box, 'gateway: 192.168.1.1,', 'gateway: 192.168.1.2,')],
    ['neither nodes nor clients are behind it', changed(box, 'clients: true, ', '')],
  ])('nothing, where %s', (_, text) => {
    expect(both(text)).not.toContain('static routes');
    expect(both(text)).toContain('Nothing to change');
    expect(remedies(text)).toEqual([]);
  });
});
