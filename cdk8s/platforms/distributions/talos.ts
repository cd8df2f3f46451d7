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
  cluster: ({ pods, services, nodeSubnets, endpoint }) => [
    {
      machine: { kubelet: { nodeIP: { validSubnets: nodeSubnets } } },
      cluster: {
        ...(endpoint ? { controlPlane: { endpoint: `https://${endpoint.host}:${endpoint.port}` } } : {}),
        network: { cni: { name: 'none' }, podSubnets: [pods], serviceSubnets: [services] },
        controllerManager: { extraArgs: { 'allocate-node-cidrs': 'false' } },
      },
    },
  ],
  join: ({ host, port }) =>
    `\`talosctl gen config\` with \`https://${host}:${port}\` writes it into the configuration of every node. \`talosctl\` itself asks nodes at their own addresses, which answer without etcd too.`,
  sharedAddress: (controlPlanes) =>
    `Talos gives it to one of ${controlPlanes} at a time by \`Layer2VIPConfig\` in their configuration below, once etcd runs.`,
  nodeFile: 'In the machine configuration of each node',
  node: ({ labels, untainted, shared }) => {
    const settings = {
      ...(Object.keys(labels).length === 0 ? {} : { machine: { nodeLabels: labels } }),
      ...(untainted ? { cluster: { allowSchedulingOnControlPlanes: true } } : {}),
    };
    // A document of its own (docs.siderolabs.com, Layer2VIPConfig).
    const vip = shared && {
      apiVersion: 'v1alpha1',
      kind: 'Layer2VIPConfig',
      name: shared.address,
      link: shared.device,
    };
    return [...(Object.keys(settings).length === 0 ? [] : [settings]), ...(vip ? [vip] : [])];
  },
  changed: '`talosctl apply-config`, which needs no restart',
  // talosctl has image list, pull and remove (siderolabs/talos v1.14.0-rc.1, cmd/talosctl/cmd/talos/image.go).
  imageImport: undefined,
  uninstall: '`talosctl reset` for every node.',
};
