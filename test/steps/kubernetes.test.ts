/** What STEPS.md says about a distribution: each node's address, its label, kube-proxy. */
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { changed, planText } from '../plans/fixtures.ts';
import { nodesOf, parseMarkdown } from './markdown.ts';
import { section, stepsOf } from './plans.ts';

const flatBgp = planText('flat-bgp');
const on = (distribution: string, text = flatBgp): string => {
  const other = changed(text, 'distribution: kubeadm', `distribution: ${distribution}`);
  return distribution === 'talos' ? other.replaceAll('{roles:', '{os: talos, roles:') : other;
};
const titles: Readonly<Record<string, string>> = { kubeadm: 'kubeadm', k3s: 'k3s', rke2: 'RKE2', talos: 'Talos' };
const stepOf = (distribution: string, text = flatBgp): string =>
  section(stepsOf(on(distribution, text)), titles[distribution] ?? distribution);
/** Every block of YAML, those of the cluster first. */
const settingsIn = (step: string): unknown[] =>
  nodesOf(parseMarkdown(step), 'code').flatMap(({ lang, value = '' }) =>
    lang === 'yaml' ? value.split('---').map((text): unknown => parse(text)) : [],
  );

/** Two networks whose nodes have names that say nothing: every session chooses by a label. */
const labelled = `version: 1
cluster: large
kubernetes: {version: "1.36", distribution: kubeadm, services: 10.96.0.0/12}
networks: {attic: {subnet: 10.71.0.0/20}, cellar: {subnet: 10.72.0.0/20}}
routers: {r: {software: frr, asn: 64512, addresses: {attic: 10.71.0.1, cellar: 10.72.0.1}}}
nodes:
${Array.from({ length: 400 }, (_, index) => {
  const [network, subnet] = index % 2 === 0 ? ['attic', '10.71'] : ['cellar', '10.72'];
  const address = `${subnet}.${1 + Math.floor(index / 200)}.${1 + (index % 200)}`;
  return `  n${String(index).padStart(3, '0')}: {roles: [worker], interfaces: {eth0: {network: ${network}, address: ${address}}}}`;
}).join('\n')}
pods: {mode: routed, subnet: 10.128.0.0/12}
`;

describe("a node's address is said by the distribution's own setting", () => {
  test.each([
    [
      'kubeadm',
      {
        apiVersion: 'kubeadm.k8s.io/v1beta4',
        kind: 'InitConfiguration',
        nodeRegistration: expect.objectContaining({
          kubeletExtraArgs: [{ name: 'node-ip', value: '192.168.2.225' }],
        }),
      },
    ],
    ['k3s', { 'node-ip': '192.168.2.225' }],
    ['rke2', { 'node-ip': '192.168.2.225' }],
  ])('%s', (distribution, settings) => {
    expect(settingsIn(stepOf(distribution))).toContainEqual(expect.objectContaining(settings));
  });

  test('talos, by subnet', () => {
    expect(settingsIn(stepOf('talos'))[0]).toMatchObject({
      machine: { kubelet: { nodeIP: { validSubnets: ['192.168.2.0/24'] } } },
    });
  });

  test.each(Object.keys(titles))('%s: and it is looked at before Calico goes by it', (distribution) => {
    expect(stepOf(distribution)).toMatch(
      /INTERNAL-IP `192\.168\.2\.225`\. Calico speaks BGP from that address: where it is another, correct /,
    );
  });

  test('one that comes by DHCP unknown is written as the node shows it, and reserved', () => {
    const text = changed(
      changed(flatBgp, 'address: 192.168.2.225', 'address: dhcp'),
      'clients: true, dns: [192.168.2.1]',
      'clients: true, dns: [192.168.2.1], dhcp: {server: edgerouter, range: 192.168.2.50-192.168.2.250}',
    );
    expect(stepOf('k3s', text)).toContain(
      'The address of `rancher` comes by DHCP: write the one that `ip -4 -brief address show eth0` shows there as `node-ip`. Let the DHCP server reserve it',
    );
    expect(stepOf('talos', text)).toContain('The address of `rancher` comes by DHCP. Let the DHCP server reserve it');
  });
});

describe('a label that sessions choose by', () => {
  test.each<[string, unknown]>([
    [
      'kubeadm',
      {
        apiVersion: 'kubeadm.k8s.io/v1beta4',
        kind: 'InitConfiguration',
        nodeRegistration: {
          kubeletExtraArgs: [
            { name: 'node-ip', value: '10.71.1.1' },
            { name: 'node-labels', value: 'flatlan-network=attic' },
          ],
        },
      },
    ],
    ['k3s', { 'node-ip': '10.71.1.1', 'node-label': ['flatlan-network=attic'] }],
    ['rke2', { 'node-ip': '10.71.1.1', 'node-label': ['flatlan-network=attic'] }],
    ['talos', { machine: { nodeLabels: { 'flatlan-network': 'attic' } } }],
  ])('%s sets it, and running nodes get it by hand before an upgrade', (distribution, settings) => {
    const step = stepOf(distribution, labelled);
    expect(settingsIn(step)).toContainEqual(settings);
    expect(step).toContain(
      "all of them before the network's release is upgraded: `kubectl label node n000 flatlan-network=attic`",
    );
    expect(step).toContain('`kubectl get nodes --label-columns flatlan-network` shows a network for every node');
  });

  test('is nowhere where names do', () => {
    expect(stepsOf(planText('multi-site'))).not.toContain('flatlan-network=');
    expect(stepsOf(planText('multi-site'))).not.toContain('--label-columns');
  });
});

describe('kube-proxy', () => {
  test.each(['kubeadm', 'k3s', 'rke2'])('%s: by iptables, as Calico', (distribution) => {
    expect(stepOf(distribution)).toContain(
      '`curl --silent http://127.0.0.1:10249/proxyMode` on a node prints `iptables`.',
    );
  });

  test('talos: by nftables, and Calico goes along', () => {
    expect(stepOf('talos')).toContain('prints `Using nftables Proxier` for each node');
    expect(stepOf('talos')).toContain('goes along (`Nftables`)');
  });
});
