/** A DaemonSet with an attachment: one pod on each node that has a bridge on its network, and none on the others. */
import { expect, test } from '@jest/globals';
import { changed } from '../plans/fixtures.ts';
import { errorsOf } from './plans.ts';

const house = `version: 1
cluster: test
kubernetes: {version: "1.36", distribution: kubeadm, services: 10.96.0.0/12}
networks:
  lan: {subnet: 192.168.2.0/24, gateway: 192.168.2.1, dns: [192.168.2.1], clients: true, dhcp: {server: edge, range: 192.168.2.100-192.168.2.105, clients: 0}}
  k8s: {subnet: 192.168.3.0/24, gateway: 192.168.3.1}
routers:
  edge: {software: frr, asn: 64512, addresses: {k8s: 192.168.3.1, lan: 192.168.2.1}}
nodes:
  a: {roles: [control-plane, worker], interfaces: {eth0: {network: lan, address: dhcp, bridge: br0}, eth1: {network: k8s, address: 192.168.3.11, defaultRoute: preferred}}}
  b: {roles: [control-plane, worker], interfaces: {eth0: {network: lan, address: dhcp, bridge: br0}, eth1: {network: k8s, address: 192.168.3.12, defaultRoute: preferred}}}
  c: {roles: [worker], interfaces: {eth1: {network: k8s, address: 192.168.3.13}}}
pods: {mode: routed, network: k8s, subnet: 192.168.4.0/24}
attachments: {lan: {namespace: default, network: lan, addresses: dhcp, workloads: {eye: {kind: DaemonSet}}}}
bgp: {passwordSecret: {name: bgp-password, key: password}}
`;

test('a node without a bridge on the network asks for no address', () => {
  expect(errorsOf(house)).toEqual([]);
});

test.each([
  ['a range for one fewer', '192.168.2.105', '192.168.2.104', '2 nodes'],
  [
    'a third node with a bridge',
    'c: {roles: [worker], interfaces: {',
    'c: {roles: [worker], interfaces: {eth0: {network: lan, address: none, bridge: br0}, ',
    '3 nodes',
  ],
])('%s is too small', (_, from, to, nodes) => {
  const errors = errorsOf(changed(house, from, to));
  expect(errors.map(({ code }) => code)).toEqual(['dhcp/pool-size']);
  expect(errors[0]?.problem).toContain(`eye 1 on each of ${nodes}`);
});
