/**
 * The operator's Installation: turns Calico on. It is written out whole: the operator writes every absent default back
 * into the spec, and the next Helm 4 upgrade then conflicts with it (facts/helm-live.md, "The Installation must be complete").
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Installation as Upstream, type InstallationSpec } from '../../../imports/operator.tigera.io.ts';
import type { Plain } from '../../plain.ts';
import type { Distribution, Network } from '../../plan/network.ts';
import { annotate, partOf } from '../labels.ts';

/** The pool's name is fixed: the operator finds its pool by it, and a changed name is a new pool. */
export const POOL_NAME = 'pods';
const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

/** The value of the control-plane label: empty by convention, "true" in k3s and RKE2 (k3s-io/k3s#14046). */
const controlPlaneValue: Record<Distribution, string> = { kubeadm: '', talos: '', k3s: 'true', rke2: 'true' };

export function installationSpec(network: Network): Plain<InstallationSpec> {
  const { distribution } = network.kubernetes;
  const controlPlane = network.nodes.filter((node) => node.roles.includes('control-plane')).length;
  return {
    variant: 'Calico',
    // The operator finds out RKE2 by itself and writes it here (tigera/operator v1.42.3, core_controller.go, mergeProvider).
    ...(distribution === 'rke2' ? { kubernetesProvider: 'RKE2' as const } : {}),
    controlPlaneReplicas: controlPlane === 1 || network.nodes.length === 1 ? 1 : 2,
    // Calico's own pods stay off nodes that may die while the cluster goes on. No controlPlaneTolerations: kube-controllers
    // tolerates the control plane anyway, and Typha would lose its own "tolerate everything" (values/tolerations.ts).
    ...(controlPlane > 0 ? { controlPlaneNodeSelector: { [CONTROL_PLANE]: controlPlaneValue[distribution] } } : {}),
    nodeUpdateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
    flexVolumePath:
      distribution === 'rke2'
        ? '/var/lib/kubelet/volumeplugins/'
        : '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/',
    // No csi-node-driver: nothing here mounts Calico's ephemeral volumes.
    kubeletVolumePluginPath: 'None',
    logging: {
      cni: { logSeverity: 'Info', logFileMaxAgeDays: 30, logFileMaxCount: 10, logFileMaxSize: '100Mi' },
    },
    cni: {
      type: 'Calico',
      ipam: { type: 'Calico' },
      binDir: '/opt/cni/bin',
      confDir: '/etc/cni/net.d',
    },
    calicoNetwork: {
      bgp: 'Enabled',
      linuxDataplane: 'Iptables',
      windowsDataplane: 'Disabled',
      hostPorts: 'Enabled',
      multiInterfaceMode: 'None',
      linuxPolicySetupTimeoutSeconds: 0,
      mtu: network.pods.mtu,
      // By subnet, never by first interface found: a bridge that gains an address must not move the node.
      nodeAddressAutodetectionV4: { cidrs: network.pods.nodeSubnets.map(String) },
      ipPools: [
        {
          name: POOL_NAME,
          cidr: String(network.pods.subnet),
          blockSize: network.pods.blockSize,
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
  };
}

export interface InstallationProps {
  readonly spec: object;
  /** What keeps the object when its release goes. */
  readonly keep: Readonly<Record<string, string>>;
}

export class Installation extends Construct {
  constructor(scope: Construct, id: string, props: InstallationProps) {
    super(scope, id);
    const object = new ApiObject(this, 'object', {
      ...Upstream.GVK,
      metadata: { name: 'default', labels: partOf },
      spec: props.spec,
    });
    annotate(object, props.keep);
  }
}
