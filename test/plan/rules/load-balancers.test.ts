import { describe, expect, test } from '@jest/globals';
import { changed, findings, found } from './plan.ts';

describe('load-balancers/usable', () => {
  const pool = (text: string): string[] => found(changed(['subnet: 10.65.0.0/24', `subnet: ${text}`]));

  // MetalLB's avoidBuggyIPs leaves out what ends in .0 and .255; one address of these is left.
  test.each([
    ['10.65.0.1/32', false],
    ['10.65.0.255/32, avoidBuggyIPs: false', false],
    ['10.65.0.0/31', true],
    ['10.65.0.254/31', true],
  ])('%s: %s', (text, usable) => {
    expect(pool(text)).toEqual(usable ? [] : ['load-balancers/usable at loadBalancers.subnet']);
  });
});

test('load-balancers/router-without-pool counts the nodes of all networks of a router', () => {
  const text = changed(
    ['network: k8s, subnet', 'subnet'],
    ['network: k8s, address: 192.168.3.12', 'network: lan, address: 192.168.2.12'],
    ['routers:\n', '  far: {subnet: 192.168.5.0/24}\nrouters:\n'],
    ['nodes:\n', '  other: {software: frr, asn: 64513, addresses: {far: 192.168.5.1}}\nnodes:\n'],
    ['{subnet: 10.65.0.0/24}', '{other: {subnet: 10.65.0.0/24}}'],
  );
  const finding = findings(text).find(({ code }) => code === 'load-balancers/router-without-pool');
  expect(finding?.problem).toMatch(/^router edge has 2 nodes /);
});
