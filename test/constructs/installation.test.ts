import { describe, expect, test } from '@jest/globals';
import { installationSpec } from '../../cdk8s/constructs/calico/installation.ts';
import { networkOf, planNetwork } from '../plans/fixtures.ts';

const flatBgp = installationSpec(planNetwork('flat-bgp'));
const multiSite = installationSpec(planNetwork('multi-site'));

/** A cluster of one network; each key of a plan that a test is about. */
function specOf({
  distribution = 'kubeadm',
  nodes = 'n1: {roles: [control-plane, worker], interfaces: {eth0: {network: lan, address: 192.168.3.11}}}',
  pods = 'mode: routed, subnet: 10.64.0.0/18',
  lan = '',
} = {}) {
  return installationSpec(
    networkOf(`version: 1
cluster: test
kubernetes: {version: "1.36", distribution: ${distribution}, services: 10.96.0.0/12}
networks: {lan: {subnet: 192.168.3.0/24${lan}}}
routers: {r: {software: frr, asn: 64512, addresses: {lan: 192.168.3.1}}}
nodes:
  ${distribution === 'talos' ? nodes.replaceAll('{roles', '{os: talos, roles') : nodes}
pods: {${pods}}
`),
  );
}

function nodes(...roles: string[]): string {
  return roles
    .map(
      (role, index) =>
        `n${index}: {roles: [${role}], interfaces: {eth0: {network: lan, address: 192.168.3.${11 + index}}}}`,
    )
    .join('\n  ');
}

describe('flat-bgp', () => {
  test('pods routed by BGP, without overlay and without NAT', () => {
    expect(flatBgp.calicoNetwork).toMatchObject({
      bgp: 'Enabled',
      linuxDataplane: 'Iptables',
      mtu: 1500,
      nodeAddressAutodetectionV4: { kubernetes: 'NodeInternalIP' },
    });
    expect(flatBgp.calicoNetwork?.ipPools).toEqual([
      {
        name: 'pods',
        cidr: '192.168.4.0/24',
        blockSize: 26,
        encapsulation: 'None',
        natOutgoing: 'Disabled',
        nodeSelector: 'all()',
        disableBGPExport: false,
        disableNewAllocations: false,
        allowedUses: ['Workload', 'Tunnel'],
        assignmentMode: 'Automatic',
      },
    ]);
  });

  test('one control plane: one replica, on it', () => {
    expect(flatBgp).toMatchObject({
      variant: 'Calico',
      controlPlaneReplicas: 1,
      controlPlaneNodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
    });
    // Typha keeps its own tolerations, of everything.
    expect(flatBgp).not.toHaveProperty('controlPlaneTolerations');
  });
});

describe('multi-site', () => {
  test('the MTU is that of the tunnels', () => {
    expect(multiSite.calicoNetwork?.mtu).toBe(1400);
  });

  test('one pool for all sites', () => {
    expect(multiSite.calicoNetwork?.ipPools?.map(({ cidr, blockSize }) => `${cidr} ${blockSize ?? ''}`)).toEqual([
      '10.64.0.0/18 26',
    ]);
  });
});

// docs/facts.md#the-installation-is-completed
describe('what the operator would write back stands there: else the next Helm 4 upgrade conflicts', () => {
  // The values are those that the operator fills in, but for those that a plan decides.
  const written: readonly (readonly [string, unknown])[] = [
    ['variant', 'Calico'],
    ['controlPlaneReplicas', 1],
    ['nodeUpdateStrategy', { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } }],
    ['flexVolumePath', '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/'],
    ['kubeletVolumePluginPath', 'None'],
    ['logging.cni.logFileMaxAgeDays', 30],
    ['logging.cni.logFileMaxCount', 10],
    ['logging.cni.logFileMaxSize', '100Mi'],
    ['logging.cni.logSeverity', 'Info'],
    ['cni.type', 'Calico'],
    ['cni.ipam.type', 'Calico'],
    ['cni.binDir', '/opt/cni/bin'],
    ['cni.confDir', '/etc/cni/net.d'],
    ['calicoNetwork.bgp', 'Enabled'],
    ['calicoNetwork.linuxDataplane', 'Iptables'],
    ['calicoNetwork.windowsDataplane', 'Disabled'],
    ['calicoNetwork.hostPorts', 'Enabled'],
    ['calicoNetwork.multiInterfaceMode', 'None'],
    ['calicoNetwork.linuxPolicySetupTimeoutSeconds', 0],
    ['calicoNetwork.nodeAddressAutodetectionV4', { kubernetes: 'NodeInternalIP' }],
    ['calicoNetwork.ipPools.0.name', 'pods'],
    ['calicoNetwork.ipPools.0.cidr', '192.168.4.0/24'],
    ['calicoNetwork.ipPools.0.blockSize', 26],
    ['calicoNetwork.ipPools.0.encapsulation', 'None'],
    ['calicoNetwork.ipPools.0.natOutgoing', 'Disabled'],
    ['calicoNetwork.ipPools.0.nodeSelector', 'all()'],
    ['calicoNetwork.ipPools.0.disableBGPExport', false],
    ['calicoNetwork.ipPools.0.disableNewAllocations', false],
    ['calicoNetwork.ipPools.0.allowedUses', ['Workload', 'Tunnel']],
    ['calicoNetwork.ipPools.0.assignmentMode', 'Automatic'],
  ];
  test.each(written)('%s', (path, value) => {
    const found = path
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], flatBgp);
    expect(found).toEqual(value);
  });
});

describe('Calico 3.33', () => {
  const later = installationSpec({
    ...planNetwork('flat-bgp'),
    versions: { ...planNetwork('flat-bgp').versions, calico: 'v3.33.0' },
  });

  // docs/facts.md#what-calico-333-adds: what its operator writes, and what its kind has a default for.
  test('has what its operator would write, so that generation stays 1', () => {
    expect(later).toEqual({
      ...flatBgp,
      cni: { ...flatBgp.cni, specVersion: 'Auto', installMode: 'All' },
      calicoRunHostPath: '/var/run/calico',
      calicoLibHostPath: '/var/lib/calico',
    });
  });

  test('3.32 knows none of that', () => {
    expect(flatBgp.cni).toEqual({
      type: 'Calico',
      ipam: { type: 'Calico' },
      binDir: '/opt/cni/bin',
      confDir: '/etc/cni/net.d',
    });
    expect(Object.keys(flatBgp)).not.toContain('calicoRunHostPath');
  });
});

describe('distributions', () => {
  test.each([
    ['kubeadm', ''],
    ['talos', ''],
    ['k3s', 'true'],
    ['rke2', 'true'],
  ])('%s labels its control planes with "%s"', (distribution, value) => {
    expect(specOf({ distribution }).controlPlaneNodeSelector).toEqual({
      'node-role.kubernetes.io/control-plane': value,
    });
  });

  test('RKE2 is a provider of its own, with volume plugins in a place of its own', () => {
    const spec = specOf({ distribution: 'rke2' });
    expect(spec).toMatchObject({ kubernetesProvider: 'RKE2', flexVolumePath: '/var/lib/kubelet/volumeplugins/' });
    for (const distribution of ['kubeadm', 'talos', 'k3s'])
      expect(specOf({ distribution })).not.toHaveProperty('kubernetesProvider');
  });
});

describe('where the control pods go', () => {
  test('three control planes carry two replicas', () => {
    const spec = specOf({ nodes: nodes('control-plane', 'control-plane', 'control-plane', 'worker') });
    expect(spec.controlPlaneReplicas).toBe(2);
  });

  test('one control plane among many carries one', () => {
    expect(specOf({ nodes: nodes('control-plane', 'worker', 'worker') }).controlPlaneReplicas).toBe(1);
  });

  test('without a control plane there is nothing to select', () => {
    const spec = specOf({ nodes: nodes('worker', 'worker') });
    expect(spec.controlPlaneReplicas).toBe(2);
    expect(spec).not.toHaveProperty('controlPlaneNodeSelector');
    expect(spec).not.toHaveProperty('controlPlaneTolerations');
  });

  test('a single node of whatever role carries one', () => {
    expect(specOf({ nodes: nodes('worker') }).controlPlaneReplicas).toBe(1);
  });
});

describe('the MTU of pods', () => {
  test.each([
    ['', 1500],
    [', mtu: 9000', 9000],
    [', mtu: 9000, gatewayMtu: 1500', 1500],
  ])('network {%s}: %d', (lan, mtu) => {
    expect(specOf({ lan }).calicoNetwork?.mtu).toBe(mtu);
  });

  test('a plan that says one has it', () => {
    expect(
      specOf({ pods: 'mode: routed, subnet: 10.64.0.0/18, mtu: 1300, blockSize: 24' }).calicoNetwork,
    ).toMatchObject({
      mtu: 1300,
      ipPools: [{ cidr: '10.64.0.0/18', blockSize: 24 }],
    });
  });
});
