/** The network plugins that a cluster may keep: what Multus is told of each, on each distribution. */
import { describe, expect, test } from '@jest/globals';
import { multusConf } from '../../cdk8s/constructs/multus/conf.ts';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { cnis, type CniTraits } from '../../cdk8s/platforms/cnis/index.ts';
import { planJsonSchema } from '../../cdk8s/plan/schema/index.ts';
import { valueAt } from '../../cdk8s/plan/data.ts';
import { anyNetworkOf } from '../plans/fixtures.ts';

const plan = (cni: string, distribution: string): string => `version: 1
cluster: test
kubernetes: {version: "1.36", distribution: ${distribution}, services: 10.96.0.0/12}
networks:
  lan: {subnet: 192.168.2.0/24, gateway: 192.168.2.1, dhcp: {server: router, range: 192.168.2.100-192.168.2.199}}
nodes:
  a: {roles: [control-plane, worker], interfaces: {eth0: {network: lan, bridge: br0, address: 192.168.2.11}}}
pods: {mode: existing, cni: ${cni}, subnet: 10.244.0.0/16}
attachments:
  lan: {namespace: smarthome, network: lan, addresses: dhcp}
`;

test("a plan's words for them are the table's, in its order", () => {
  expect(valueAt(planJsonSchema(), ['properties', 'pods', 'properties', 'cni', 'anyOf', '0', 'enum'])).toEqual(
    Object.keys(cnis),
  );
});

describe.each(Object.entries<CniTraits>(cnis))('%s', (word, traits) => {
  const distribution = traits.distribution ?? 'kubeadm';
  const network = anyNetworkOf(plan(word, distribution));

  test('is told to Multus by name, file and folders', () => {
    const { confDir, binDir } = traits.folders ?? { confDir: '/etc/cni/net.d', binDir: '/opt/cni/bin' };
    expect(multusConf(network)).toMatchObject({
      clusterNetwork: traits.network,
      readinessindicatorfile: `${confDir}/${traits.conf}`,
      confDir,
      binDir,
    });
  });

  test('has a file that sorts after that of Multus', () => {
    expect(['0-multus.conf', traits.conf].toSorted()).toEqual(['0-multus.conf', traits.conf]);
  });
});

test("k3s' own network is where k3s keeps it; another on k3s is where others are", () => {
  expect(anyNetworkOf(plan('k3s', 'k3s')).kubernetes.cni.confDir).toBe('/var/lib/rancher/k3s/agent/etc/cni/net.d');
  expect(anyNetworkOf(plan('cilium', 'k3s')).kubernetes.cni.confDir).toBe('/etc/cni/net.d');
});

test('one that is not in the list, by its file and name', () => {
  expect(anyNetworkOf(plan('{conf: 10-mine.conflist, name: My.net_1}', 'kubeadm')).clusterNetwork).toEqual({
    name: 'My.net_1',
    readinessFile: '/etc/cni/net.d/10-mine.conflist',
  });
});

test.each([
  ['{conf: 10-mine.conflist}', 'schema/missing', 'pods.cni.name is missing'],
  ['{conf: /etc/cni/net.d/10-mine.conflist, name: mine}', 'schema/value', 'without its folder'],
  ['{conf: 10-mine.conflist, name: mine, dir: x}', 'schema/unknown-key', 'pods.cni has no key dir'],
  ['{}', 'schema/missing', 'pods.cni.conf is missing'],
  ['[cilium]', 'schema/value', 'a map of conf and name'],
  ['calcio', 'schema/value', 'must be cilium, flannel, k3s, calico, canal, kube-router or a map of conf and name'],
])('%s is refused', (cni, code, problem) => {
  const { findings } = checkPlan(plan(cni, 'kubeadm'), 'plan.yaml');
  expect(findings.map((one) => one.code)).toContain(code);
  expect(findings.find((one) => one.code === code)?.problem).toContain(problem);
});
