/** What a plan becomes in Calico's and MetalLB's words: facts of flat-bgp, of multi-site and of the distributions. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { networkValues } from '../../cdk8s/values/cluster.ts';

const text = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../fixtures/plans', `${name}.yaml`), 'utf8');

function valuesOf(plan: string) {
  const { network, findings } = checkPlan(plan, 'plan.yaml');
  if (!network) throw new Error(JSON.stringify(findings));
  return networkValues(network);
}

describe('flat-bgp', () => {
  const values = valuesOf(text('flat-bgp'));

  test('the Installation holds every field that the operator would write back', () => {
    expect(values.installation).toEqual({
      variant: 'Calico',
      controlPlaneReplicas: 1,
      controlPlaneNodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
      controlPlaneTolerations: [
        { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
      ],
      nodeUpdateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      flexVolumePath: '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/',
      kubeletVolumePluginPath: 'None',
      logging: { cni: { logSeverity: 'Info', logFileMaxAgeDays: 30, logFileMaxCount: 10, logFileMaxSize: '100Mi' } },
      cni: { type: 'Calico', ipam: { type: 'Calico' }, binDir: '/opt/cni/bin', confDir: '/etc/cni/net.d' },
      calicoNetwork: {
        bgp: 'Enabled',
        linuxDataplane: 'Iptables',
        windowsDataplane: 'Disabled',
        hostPorts: 'Enabled',
        multiInterfaceMode: 'None',
        linuxPolicySetupTimeoutSeconds: 0,
        mtu: 1500,
        nodeAddressAutodetectionV4: { cidrs: ['192.168.2.0/24'] },
        ipPools: [
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
        ],
      },
    });
  });

  test('one session with the router, iBGP, with filters and a password', () => {
    expect(values.bgpConfiguration).toMatchObject({ asNumber: 64512, nodeToNodeMeshEnabled: false });
    expect(values.bgpPeers).toEqual({
      edgerouter: {
        peerIP: '192.168.2.1',
        asNumber: 64512,
        nodeSelector: 'all()',
        filters: ['edgerouter'],
        maxRestartTime: '10s',
        password: { secretKeyRef: { name: 'flatlan-bgp-password', key: 'password' } },
      },
    });
    expect(values.bgpFilters).toEqual({
      edgerouter: {
        importV4: [{ action: 'Accept', cidr: '192.168.4.0/24', matchOperator: 'In' }, { action: 'Reject' }],
        exportV4: [{ action: 'Reject', source: 'RemotePeers' }],
      },
    });
  });

  test('MetalLB gives out what Calico announces, and no more', () => {
    expect(values.ipAddressPools).toEqual({
      'load-balancers': { addresses: ['192.168.6.0/24'], autoAssign: true, avoidBuggyIPs: true },
    });
    expect(values.bgpConfiguration?.serviceLoadBalancerIPs).toEqual([{ cidr: '192.168.6.0/24' }]);
    expect(values.bgpConfiguration?.serviceClusterIPs).toEqual([]);
  });

  test('without a password no Secret is named', () => {
    const open = valuesOf(text('flat-bgp').replace(/^bgp:.*$/m, ''));
    expect(open.passwordSecretName).toBeUndefined();
    expect(open.bgpPeers?.edgerouter?.password).toBeUndefined();
  });
});

describe('multi-site', () => {
  const values = valuesOf(text('multi-site'));

  test("each site's nodes speak as their router's AS, with that router only", () => {
    expect(values.bgpPeers?.['home-a']).toMatchObject({
      peerIP: '10.71.0.1',
      asNumber: 65001,
      localASNumber: 65001,
      nodeSelector: "kubernetes.io/hostname in {'a1', 'a2'}",
    });
    expect(values.bgpPeers?.vps).toMatchObject({ asNumber: 65003, localASNumber: 65003 });
    // No router's AS: no session uses it.
    expect(values.bgpConfiguration?.asNumber).toBe(64512);
  });

  test("a site offers its own pool, not the others'", () => {
    expect(values.bgpFilters?.['home-b']?.exportV4).toEqual([
      { action: 'Reject', source: 'RemotePeers' },
      { action: 'Reject', cidr: '10.65.1.0/24', matchOperator: 'In' },
      { action: 'Reject', cidr: '10.65.3.0/24', matchOperator: 'In' },
    ]);
  });

  test('the smallest MTU on the way, every subnet of nodes, service addresses announced', () => {
    expect(values.installation?.calicoNetwork.mtu).toBe(1400);
    expect(values.installation?.calicoNetwork.nodeAddressAutodetectionV4.cidrs).toEqual([
      '10.71.0.0/24',
      '10.72.0.0/24',
      '10.73.0.0/24',
    ]);
    expect(values.bgpConfiguration?.serviceClusterIPs).toEqual([{ cidr: '10.96.0.0/12' }]);
  });
});

test.each([
  ['kubeadm', '', undefined, '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/'],
  ['talos', '', undefined, '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/'],
  ['k3s', 'true', undefined, '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/'],
  ['rke2', 'true', 'RKE2', '/var/lib/kubelet/volumeplugins/'],
])('%s: label of the control plane, provider, volume plugins', (distribution, label, provider, flexVolumePath) => {
  const { installation } = valuesOf(text('flat-bgp').replace('distribution: kubeadm', `distribution: ${distribution}`));
  expect(installation?.controlPlaneNodeSelector).toEqual({ 'node-role.kubernetes.io/control-plane': label });
  expect(installation?.kubernetesProvider).toBe(provider);
  expect(installation?.flexVolumePath).toBe(flexVolumePath);
});
