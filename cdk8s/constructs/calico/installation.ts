/**
 * The operator's Installation, which enables Calico. Every field is set: the operator writes missing defaults back into
 * the spec, and the next Helm 4 upgrade would then conflict with them (docs/facts.md#the-installation-is-completed).
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Installation as Upstream, type InstallationSpec } from '../../../imports/operator.tigera.io.ts';
import type { Plain } from '../../plain.ts';
import type { CalicoNetwork } from '../../plan/network/calico.ts';
import { dataplanes } from '../../platforms/calico.ts';
import { distributions } from '../../platforms/distributions/index.ts';
import { CONTROL_PLANE } from '../../platforms/kubernetes.ts';
import { annotate, CLUSTER_LABEL, partOf } from '../labels.ts';
import { writtenSince } from './since.ts';

/** The pool's name is fixed: the operator looks its pool up by name, so another name would be a new pool. */
export const POOL_NAME = 'pods';

export function installationSpec(network: CalicoNetwork): Plain<InstallationSpec> {
  const { controlPlaneLabel, provider, flexVolumePath } = distributions[network.kubernetes.distribution];
  const added = writtenSince(network.versions.calico);
  const controlPlane = network.nodes.filter((node) => node.roles.includes('control-plane')).length;
  return {
    variant: 'Calico',
    ...(provider === undefined ? {} : { kubernetesProvider: provider }),
    controlPlaneReplicas: controlPlane === 1 || network.nodes.length === 1 ? 1 : 2,
    // Calico's own pods run on the control plane: the cluster can lose any other node. No controlPlaneTolerations:
    // kube-controllers tolerates the control plane's taint anyway, and the list would replace Typha's own "tolerate
    // everything" (values/tolerations.ts).
    ...(controlPlane > 0 ? { controlPlaneNodeSelector: { [CONTROL_PLANE]: controlPlaneLabel } } : {}),
    nodeUpdateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
    flexVolumePath,
    ...added.installation,
    // No csi-node-driver: nothing here mounts Calico's ephemeral volumes.
    kubeletVolumePluginPath: 'None',
    logging: {
      cni: { logSeverity: 'Info', logFileMaxAgeDays: 30, logFileMaxCount: 10, logFileMaxSize: '100Mi' },
    },
    cni: {
      type: 'Calico',
      ipam: { type: 'Calico' },
      binDir: network.kubernetes.cni.binDir,
      confDir: network.kubernetes.cni.confDir,
      ...added.cni,
    },
    calicoNetwork: {
      bgp: 'Enabled',
      linuxDataplane: dataplanes[network.kubernetes.kubeProxy].linuxDataplane,
      windowsDataplane: 'Disabled',
      hostPorts: 'Enabled',
      multiInterfaceMode: 'None',
      linuxPolicySetupTimeoutSeconds: 0,
      mtu: network.pods.mtu,
      // The address given to the kubelet (`node-ip`). Detection by subnet takes the first address found in the subnet, even
      // a virtual IP or that of a second interface (projectcalico/calico v3.32.1, autodetection_methods.go).
      nodeAddressAutodetectionV4: { kubernetes: 'NodeInternalIP' },
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
  /** The cluster's name in the plan; the guards refuse values of another cluster (helm/guards/same-cluster.ts). */
  readonly cluster: string;
  /** Annotations that keep the object when its release is uninstalled. */
  readonly keep: Readonly<Record<string, string>>;
}

export class Installation extends Construct {
  constructor(scope: Construct, id: string, props: InstallationProps) {
    super(scope, id);
    const object = new ApiObject(this, 'object', {
      ...Upstream.GVK,
      metadata: { name: 'default', labels: { ...partOf, [CLUSTER_LABEL]: props.cluster } },
      spec: props.spec,
    });
    annotate(object, props.keep);
  }
}
