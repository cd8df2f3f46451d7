/** Talos (docs.siderolabs.com, machine configuration v1alpha1). */
import type { DistributionTraits } from './distribution.ts';

export const talos: DistributionTraits = {
  title: 'Talos',
  controlPlaneLabel: '',
  // Each machine looks at its own configuration (siderolabs/talos, controllers/k8s/node_taint_spec.go).
  untaint: 'cluster.allowSchedulingOnControlPlanes: true',
  flexVolumePath: '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/',
  // The kubelet runs in a container in which the node's /run is /var/run (siderolabs/talos, services/kubelet.go), so a mount of
  // /run/netns finds no namespace (docs.siderolabs.com, "Multus CNI").
  netnsDir: '/var/run/netns',
  // siderolabs/talos, controllers/k8s/control_plane.go, manageProxyConfigArgs.
  kubeProxy: 'nftables',
  addressSetting: 'machine.kubelet.nodeIP.validSubnets',
  addressBySubnet: true,
  cluster: ({ pods, services, nodeSubnets }) => ({
    where: 'In the machine configuration of every node',
    yaml: [
      'machine:',
      '  kubelet:',
      '    nodeIP:',
      '      validSubnets:',
      ...nodeSubnets.map((subnet) => `        - ${subnet}`),
      'cluster:',
      '  network:',
      '    cni:',
      '      name: none',
      '    podSubnets:',
      `      - ${pods}`,
      '    serviceSubnets:',
      `      - ${services}`,
      '  controllerManager:',
      '    extraArgs:',
      '      allocate-node-cidrs: "false"',
    ],
  }),
  node: ({ labels, untainted }) => {
    const pairs = Object.entries(labels);
    if (pairs.length === 0 && !untainted) return undefined;
    return {
      where: 'In the machine configuration of each node',
      yaml: [
        ...(pairs.length === 0
          ? []
          : ['machine:', '  nodeLabels:', ...pairs.map(([key, value]) => `    ${key}: ${value}`)]),
        ...(untainted ? ['cluster:', '  allowSchedulingOnControlPlanes: true'] : []),
      ],
    };
  },
  changed: '`talosctl apply-config`, which needs no restart',
  uninstall: '`talosctl reset` for every node.',
};
