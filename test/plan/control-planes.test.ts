/** Which control planes keep the taint of their distribution, and what is told of it: values and STEPS.md. */
import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { networkOf, planText } from '../plans/fixtures.ts';
import { section, stepsOf } from '../steps/plans.ts';

const BOTH = 'control-plane, worker';
const toleration = { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' };

/** A plan of nodes n0, n1 and so on with these roles. */
function plan(distribution: string, ...roles: string[]): string {
  const os = distribution === 'talos' ? 'os: talos, ' : '';
  const nodes = roles.map(
    (role, index) =>
      `  n${index}: {${os}roles: [${role}], interfaces: {eth0: {network: lan, address: 192.168.3.${11 + index}}}}`,
  );
  return `version: 1
cluster: test
kubernetes: {version: "1.36", distribution: ${distribution}, services: 10.96.0.0/12}
networks: {lan: {subnet: 192.168.3.0/24}}
routers: {r: {software: frr, asn: 64512, addresses: {lan: 192.168.3.1}}}
nodes:
${nodes.join('\n')}
pods: {mode: routed, subnet: 10.64.0.0/18}
loadBalancers: {subnet: 10.65.0.0/24}
`;
}

const kubernetesStep = (text: string, title: string): string => section(stepsOf(text), title);

/** The documents of the YAML blocks of a step. */
function documents(step: string): Record<string, unknown>[] {
  return [...step.matchAll(/```yaml\n(.*?)```/gs)].flatMap(([, yaml = '']) =>
    parseAllDocuments(yaml).map((one) => one.toJS() as Record<string, unknown>),
  );
}

describe('the taint stays on control planes that take no pods', () => {
  test.each([
    ['kubeadm', [BOTH], [0]],
    ['kubeadm', ['control-plane', 'worker'], [1, 0]],
    ['kubeadm', [BOTH, 'control-plane', 'worker'], [0, 1, 0]],
    // Where no node is a worker, pods land on all: a cluster without room for pods is no cluster.
    ['kubeadm', ['control-plane', 'control-plane'], [0, 0]],
    ['talos', [BOTH, 'control-plane'], [0, 1]],
    ['k3s', ['control-plane', 'worker'], [0, 0]],
    ['rke2', ['control-plane', 'worker'], [0, 0]],
  ])('%s, %j: %j', (distribution, roles, counts) => {
    expect(networkOf(plan(distribution, ...roles)).nodes.map(({ taints }) => taints.length)).toEqual(counts);
  });
});

describe("MetalLB's controller bears the taint of control planes, also where it is to go", () => {
  test.each([
    ['kubeadm', [BOTH], true],
    ['kubeadm', ['control-plane', 'worker'], true],
    ['talos', [BOTH], true],
    ['kubeadm', ['worker', 'worker'], false],
    ['k3s', [BOTH], false],
    ['rke2', [BOTH], false],
  ])('%s, %j: %s', (distribution, roles, borne) => {
    expect(clusterValues(networkOf(plan(distribution, ...roles))).metallb).toEqual(
      borne ? { controller: { tolerations: [toleration] } } : undefined,
    );
  });
});

test('Home Assistant bears it where it may land on a control plane', () => {
  const hybrid = planText('hybrid').replace('distribution: k3s', 'distribution: kubeadm');
  expect(clusterValues(networkOf(hybrid))['home-assistant']).toMatchObject({ tolerations: [toleration] });
  const apart = hybrid.replace('roles: [control-plane, worker]', 'roles: [control-plane]');
  expect(clusterValues(networkOf(apart))['home-assistant']).not.toHaveProperty('tolerations');
});

describe('STEPS.md', () => {
  test('kubeadm: one node that is both starts without taint', () => {
    const step = kubernetesStep(plan('kubeadm', BOTH), 'kubeadm');
    expect(documents(step)).toContainEqual({
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'InitConfiguration',
      nodeRegistration: expect.objectContaining({ taints: [] }),
    });
    expect(step).toContain('`kubectl taint nodes n0 node-role.kubernetes.io/control-plane:NoSchedule-`');
    expect(step).toContain('shows `node-role.kubernetes.io/control-plane` on no node');
  });

  test('kubeadm: of several control planes those that are both are named', () => {
    const step = kubernetesStep(plan('kubeadm', BOTH, 'control-plane', BOTH), 'kubeadm');
    expect(step).toContain('`n0` and `n2` and no other node have `nodeRegistration.taints: []`');
    for (const row of ['`n0` | `192.168.3.11` | yes', '`n1` | `192.168.3.12` | no', '`n2` | `192.168.3.13` | yes'])
      expect(step).toContain(row);
    expect(step).toContain('on `n1` and no other node');
  });

  test('kubeadm: a control plane beside workers keeps it, and nothing is said of taking it off', () => {
    const step = kubernetesStep(plan('kubeadm', 'control-plane', 'worker'), 'kubeadm');
    expect(step).not.toMatch(/taints: \[\]|kubectl taint/);
    expect(step).toContain('on `n0` and no other node');
  });

  test("Talos: its own switch, in the configuration of each control plane that's both", () => {
    const step = kubernetesStep(plan('talos', BOTH, 'control-plane'), 'Talos');
    expect(documents(step)).toContainEqual({ cluster: { allowSchedulingOnControlPlanes: true } });
    expect(step).toContain('`n0` and no other node have `cluster.allowSchedulingOnControlPlanes: true`');
    expect(kubernetesStep(plan('talos', 'control-plane', 'worker'), 'Talos')).not.toContain('allowScheduling');
  });

  test.each([
    ['k3s', 'k3s'],
    ['rke2', 'RKE2'],
  ])('%s has no taint, so nothing to take off', (distribution, title) => {
    const step = kubernetesStep(plan(distribution, BOTH), title);
    expect(step).not.toMatch(/taints: \[\]|kubectl taint/);
    expect(step).toContain('shows `node-role.kubernetes.io/control-plane` on no node');
  });
});

test.each(['flat-bgp', 'hybrid'])("%s: STEPS.md looks whether MetalLB's controller runs", (name) => {
  expect(section(stepsOf(planText(name)), 'Both halves')).toContain(
    'kubectl rollout status deployment/metallb-controller --namespace flatlan-system',
  );
});
