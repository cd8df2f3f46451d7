/**
 * The operator's Installation: turns Calico on. It is written out whole: the operator writes every absent default back
 * into the spec, and the next Helm 4 upgrade then conflicts with it (docs/facts.md#the-installation-is-completed).
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Installation as Upstream, type InstallationSpec } from '../../../imports/operator.tigera.io.ts';
import type { Plain } from '../../plain.ts';
import type { Network } from '../../plan/network/index.ts';
import { dataplanes } from '../../platforms/calico.ts';
import { distributions } from '../../platforms/distributions/index.ts';
import { CONTROL_PLANE } from '../../platforms/kubernetes.ts';
import { annotate, CLUSTER_LABEL, partOf } from '../labels.ts';
import { writtenSince } from './since.ts';

/** The pool's name is fixed: the operator finds its pool by it, and a changed name is a new pool. */
export const POOL_NAME = 'pods';

export function installationSpec(network: Network): Plain<InstallationSpec> {
  const { controlPlaneLabel, provider, flexVolumePath } = distributions[network.kubernetes.distribution];
  const added = writtenSince(network.versions.calico);
  const controlPlane = network.nodes.filter((node) => node.roles.includes('control-plane')).length;
  return {
    variant: 'Calico',
    ...(provider === undefined ? {} : { kubernetesProvider: provider }),
    controlPlaneReplicas: controlPlane === 1 || network.nodes.length === 1 ? 1 : 2,
    // Calico's own pods stay off nodes that may die while the cluster goes on. No controlPlaneTolerations: kube-controllers
    // tolerates the control plane anyway, and Typha would lose its own "tolerate everything" (values/tolerations.ts).
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
      // The one that the kubelet was told (`node-ip`). By subnet Calico takes the first address that it meets there, of a second
      // interface or a virtual one too (projectcalico/calico v3.32.1, autodetection_methods.go).
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
  /** Of the plan; the guards refuse values of another one (helm/guards/same-cluster.ts). */
  readonly cluster: string;
  /** What keeps the object when its release goes. */
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
