/** kubeadm (kubernetes.io, "kubeadm Configuration (v1beta4)"). */
import {
  byKubeVip,
  CNI_FOLDERS,
  FLEX_VOLUME_FOLDER,
  labelPairs,
  NETNS_FOLDER,
  type DistributionTraits,
} from './distribution.ts';

const API = 'kubeadm.k8s.io/v1beta4';

export const kubeadm: DistributionTraits = {
  title: 'kubeadm',
  controlPlaneLabel: '',
  // Without it kubeadm taints (k8s.io/kubernetes v1.36.3, cmd/kubeadm/app/util/config/initconfiguration.go, SetNodeRegistrationDynamicDefaults).
  untaint: 'nodeRegistration.taints: []',
  provider: undefined,
  flexVolumePath: FLEX_VOLUME_FOLDER,
  cni: CNI_FOLDERS,
  netnsDir: NETNS_FOLDER,
  deletedDevices: [],
  // kubeadm leaves `mode` of its ConfigMap kube-proxy empty, which is iptables (k8s.io/kubernetes v1.36.3, cmd/kube-proxy/app/server_linux.go).
  kubeProxy: 'iptables',
  addressSetting: 'node-ip',
  addressBySubnet: false,
  dnsSetting: undefined,
  clusterFile: 'In the file of `kubeadm init --config`',
  cluster: ({ pods, services, dns, endpoint }) => [
    {
      apiVersion: API,
      kind: 'ClusterConfiguration',
      ...(endpoint ? { controlPlaneEndpoint: `${endpoint.host}:${endpoint.port}` } : {}),
      networking: { podSubnet: pods, serviceSubnet: services },
      controllerManager: { extraArgs: [{ name: 'allocate-node-cidrs', value: 'false' }] },
    },
    { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', clusterDNS: [dns] },
  ],
  // kubernetes.io, "Creating Highly Available Clusters with kubeadm".
  join: ({ host, port }) =>
    `The first control plane starts with \`kubeadm init --upload-certs\`, and the others join by the lines that it prints: \`kubeadm join ${host}:${port}\`, control planes with \`--control-plane\` and a certificate key.`,
  // k8s.io/kubernetes v1.36.3, cmd/kubeadm/app/cmd/phases/join/preflight.go, checkIfReadyForAdditionalControlPlane
  withoutEndpoint:
    'kubeadm joins a second control plane only to a cluster with `controlPlaneEndpoint`: write `endpoint` under `kubernetes` in the plan, an address that control planes share or a name that leads to one of them.',
  sharedAddress: byKubeVip,
  nodeFile:
    'For every node, in the file of `kubeadm init --config` or `kubeadm join --config` (there `kind: JoinConfiguration`)',
  node: ({ address, labels, untainted }) => {
    const pairs = labelPairs(labels);
    const args = [
      ...(address === undefined ? [] : [{ name: 'node-ip', value: address }]),
      ...(pairs.length === 0 ? [] : [{ name: 'node-labels', value: pairs.join(',') }]),
    ];
    if (args.length === 0 && !untainted) return [];
    return [
      {
        apiVersion: API,
        kind: 'InitConfiguration',
        nodeRegistration: {
          ...(untainted ? { taints: [] } : {}),
          ...(args.length === 0 ? {} : { kubeletExtraArgs: args }),
        },
      },
    ];
  },
  changed: 'the same argument in `/var/lib/kubelet/kubeadm-flags.env`, then `systemctl restart kubelet`',
  imageImport: {
    commands: (archive) => [`ctr --namespace k8s.io images import ${archive}`],
    folder: undefined,
    note: "For containerd; without `--namespace k8s.io` the image is there and Kubernetes doesn't see it. Nodes with CRI-O take it from a registry.",
    ctr: 'ctr --namespace k8s.io',
  },
  uninstall: '`kubeadm reset` on every node.',
};
