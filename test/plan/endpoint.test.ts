/** `kubernetes.endpoint`: the API server's own address or name, in several writings, for each distribution. */
import { describe, expect, test } from '@jest/globals';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { changed, networkOf, planText } from '../plans/fixtures.ts';
import { section, stepsOf } from '../steps/plans.ts';

const house = `version: 1
cluster: api
kubernetes: {version: "1.36", distribution: kubeadm, services: 10.96.0.0/12, endpoint: 10.20.30.10}
networks:
  servers: {subnet: 10.20.30.0/24, gateway: 10.20.30.1, dns: [10.20.30.1], dhcp: {server: gw, range: 10.20.30.100-10.20.30.199}}
  lan: {subnet: 192.168.10.0/24, gateway: 192.168.10.1, clients: true, reserved: {haproxy: 192.168.10.9}}
routers:
  gw: {software: frr, asn: 64600, addresses: {servers: 10.20.30.1, lan: 192.168.10.1}}
nodes:
  "cp{1..3}": {roles: [control-plane], interfaces: {eth0: {network: servers, address: "10.20.30.1{}"}}}
  w1: {interfaces: {eth0: {network: servers, address: 10.20.30.21}}}
pods: {mode: routed, subnet: 10.42.0.0/16}
loadBalancers: {subnet: 10.44.0.0/24}
bgp: {passwordSecret: {name: flatlan-bgp-password, key: password}}
`;
const asked = (endpoint: string) => changed(house, 'endpoint: 10.20.30.10', `endpoint: ${endpoint}`);
const on = (distribution: string, text = house) =>
  changed(text, 'distribution: kubeadm', `distribution: ${distribution}`);
const found = (text: string) =>
  checkPlan(text, 'plan.yaml').findings.map(({ code, path }) => `${code} at ${path.join('.')}`);
const kubernetesStep = (text: string, title: string) => section(stepsOf(text), title);
const settingsOf = ({ nodes }: Network, name: string) => nodes.find((node) => node.name === name)?.settings;

describe('is accepted', () => {
  test.each([
    ['a free address beside the control planes, which they share', '10.20.30.10', true],
    ['with a port', '"10.20.30.10:8443"', true],
    ['a name', 'api.home.example.net', false],
    ['a name with a port', 'api.home.example.net:443', false],
    ['a name of one part', 'k8s-api', false],
    ['a load balancer on another network', '192.168.10.9', false],
    ['the router, which has one', '10.20.30.1', false],
    ['an address beyond the plan, by the gateway', '203.0.113.7', false],
  ])('%s: %s', (_, endpoint, shared) => {
    expect(found(asked(endpoint))).toEqual([]);
    expect(networkOf(asked(endpoint)).kubernetes.endpoint?.shared).toBe(shared);
  });

  test('that of the only control plane', () => {
    expect(found(asked('10.20.30.11').replace('cp{1..3}', 'cp{1..1}'))).toEqual([]);
  });

  test('none: STEPS says what kubeadm needs for several control planes', () => {
    const none = changed(house, ', endpoint: 10.20.30.10', '');
    expect(found(none)).toEqual([]);
    expect(kubernetesStep(none, 'kubeadm')).toContain('only to a cluster with `controlPlaneEndpoint`');
    expect(kubernetesStep(none.replace('cp{1..3}', 'cp{1..1}'), 'kubeadm')).not.toContain('controlPlaneEndpoint');
    expect(kubernetesStep(on('k3s', none), 'k3s')).not.toContain('controlPlaneEndpoint');
  });
});

describe('is refused', () => {
  const here = 'kubernetes.endpoint';

  test.each([
    ['10.42.0.10', `endpoint/in-range at ${here}`],
    ['10.96.0.1', `endpoint/in-range at ${here}`],
    ['10.44.0.10', `endpoint/in-range at ${here}`],
    ['127.0.0.1', `endpoint/in-range at ${here}`],
    ['224.0.0.18', `endpoint/in-range at ${here}`],
    ['10.20.30.21', `endpoint/other-owner at ${here}`],
    ['10.20.30.12', `endpoint/one-node at ${here}`],
    ['10.20.30.255', `addresses/network-or-broadcast at ${here}`],
    ['10.20.30.150', 'dhcp/static-in-range at networks.servers.dhcp.range'],
    ['kubernetes.default.svc', `endpoint/name at ${here}`],
    ['https://10.20.30.10:6443', `schema/value at ${here}`],
    ['localhost', `schema/value at ${here}`],
    ['api_server.example.net', `schema/value at ${here}`],
    ['"10.20.30.10:0"', `schema/value at ${here}`],
    ['"10.20.30.10:66000"', `schema/value at ${here}`],
    ['10.20.30', `schema/value at ${here}`],
    ['"[fd00::1]:6443"', `schema/value at ${here}`],
    ['{host: 10.20.30.10}', `schema/type at ${here}`],
  ])('%s: %s', (endpoint, finding) => {
    expect(found(asked(endpoint))).toEqual([finding]);
  });

  test('an address elsewhere, of a node without a way out', () => {
    const closed = changed(asked('203.0.113.7'), 'gateway: 10.20.30.1, ', '');
    expect(found(closed)).toContain('reachability/default-route at nodes.w1.interfaces');
  });

  test('an address inside the DHCP range of a network of clients', () => {
    const text = changed(planText('hybrid'), 'distribution: k3s', 'distribution: k3s, endpoint: 192.168.2.100');
    expect(found(text)).toContain('dhcp/static-in-range at networks.lan.dhcp.range');
  });
});

describe('distributions are told', () => {
  test('kubeadm: the control plane endpoint', () => {
    const [cluster] = networkOf(asked('api.home.example.net:8443')).kubernetes.settings;
    expect(cluster).toMatchObject({ controlPlaneEndpoint: 'api.home.example.net:8443' });
    expect(networkOf(house).kubernetes.settings[0]).toMatchObject({ controlPlaneEndpoint: '10.20.30.10:6443' });
  });

  test.each([
    ['k3s', 'https://10.20.30.10:6443'],
    ['rke2', 'https://10.20.30.10:9345'],
  ])('%s: a name of its certificate, and where others register', (distribution, server) => {
    expect(networkOf(on(distribution)).kubernetes.settings[0]).toMatchObject({ 'tls-san': ['10.20.30.10'] });
    expect(kubernetesStep(on(distribution), distribution === 'k3s' ? 'k3s' : 'RKE2')).toContain(`server: ${server}`);
  });

  test('Talos: the endpoint on every node, and the virtual address on control planes', () => {
    const network = networkOf(on('talos'));
    expect(network.kubernetes.settings[0]).toMatchObject({
      cluster: { controlPlane: { endpoint: 'https://10.20.30.10:6443' } },
    });
    const vip = { apiVersion: 'v1alpha1', kind: 'Layer2VIPConfig', name: '10.20.30.10', link: 'eth0' };
    expect(settingsOf(network, 'cp2')).toContainEqual(vip);
    expect(settingsOf(network, 'w1')).toEqual([]);
    expect(JSON.stringify(networkOf(on('talos', asked('192.168.10.9'))))).not.toContain('Layer2VIPConfig');
  });
});

describe('STEPS says', () => {
  test('who holds a virtual address', () => {
    expect(kubernetesStep(house, 'kubeadm')).toContain('kube-vip or keepalived, which flatlan does not make');
    expect(kubernetesStep(house, 'kubeadm')).toContain('kubeadm join 10.20.30.10:6443');
    expect(kubernetesStep(on('talos'), 'Talos')).toContain('Layer2VIPConfig');
  });

  test('what resolves a name before the cluster has a DNS', () => {
    expect(kubernetesStep(asked('api.home.example.net'), 'kubeadm')).toContain(
      'before the cluster has a DNS of its own',
    );
  });

  test('what a load balancer passes on', () => {
    const text = kubernetesStep(asked('"192.168.10.9:443"'), 'kubeadm');
    expect(text).toContain('passes TCP 443 to `10.20.30.11:6443`, `10.20.30.12:6443` and `10.20.30.13:6443`');
  });

  test('nothing where the plan has none', () => {
    expect(kubernetesStep(on('k3s', changed(house, ', endpoint: 10.20.30.10', '')), 'k3s')).not.toContain('/livez');
  });
});

test('no lease of an attachment is the address', () => {
  const text = changed(planText('hybrid'), 'distribution: k3s', 'distribution: k3s, endpoint: 192.168.2.10');
  const [attachment] = networkOf(text).attachments;
  expect(attachment?.otherSubnets.map(String)).toContain('192.168.2.10/32');
});
