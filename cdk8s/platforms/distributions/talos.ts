/** Talos (docs.siderolabs.com, machine configuration v1alpha1). */
import { CNI_FOLDERS, FLEX_VOLUME_FOLDER, type DistributionTraits } from './distribution.ts';

export const talos: DistributionTraits = {
  title: 'Talos',
  controlPlaneLabel: '',
  // Each machine looks at its own configuration (siderolabs/talos, controllers/k8s/node_taint_spec.go).
  untaint: 'cluster.allowSchedulingOnControlPlanes: true',
  provider: undefined,
  flexVolumePath: FLEX_VOLUME_FOLDER,
  cni: CNI_FOLDERS,
  // The kubelet runs in a container in which the node's /run is /var/run (siderolabs/talos, services/kubelet.go), so a mount of
  // /run/netns finds no namespace (docs.siderolabs.com, "Multus CNI").
  netnsDir: '/var/run/netns',
  deletedDevices: [],
  // siderolabs/talos, controllers/k8s/control_plane.go, manageProxyConfigArgs.
  kubeProxy: 'nftables',
  addressSetting: 'machine.kubelet.nodeIP.validSubnets',
  addressBySubnet: true,
  // Its `cluster` says none: the kubelet's own setting would have to (docs.siderolabs.com, machine.kubelet).
  dnsSetting: 'clusterDNS',
  clusterFile: 'In the machine configuration of every node',
  cluster: ({ pods, services, nodeSubnets }) => [
    {
      machine: { kubelet: { nodeIP: { validSubnets: nodeSubnets } } },
      cluster: {
        network: { cni: { name: 'none' }, podSubnets: [pods], serviceSubnets: [services] },
        controllerManager: { extraArgs: { 'allocate-node-cidrs': 'false' } },
      },
    },
  ],
  nodeFile: 'In the machine configuration of each node',
  node: ({ labels, untainted }) => {
    const settings = {
      ...(Object.keys(labels).length === 0 ? {} : { machine: { nodeLabels: labels } }),
      ...(untainted ? { cluster: { allowSchedulingOnControlPlanes: true } } : {}),
    };
    return Object.keys(settings).length === 0 ? [] : [settings];
  },
  changed: '`talosctl apply-config`, which needs no restart',
  // talosctl has image list, pull and remove (siderolabs/talos v1.14.0-rc.1, cmd/talosctl/cmd/talos/image.go).
  imageImport: undefined,
  uninstall: '`talosctl reset` for every node.',
};
