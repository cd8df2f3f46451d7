/** kubeadm (kubernetes.io, "kubeadm Configuration (v1beta4)"). */
import { labelPairs, type DistributionTraits } from './distribution.ts';

export const kubeadm: DistributionTraits = {
  title: 'kubeadm',
  controlPlaneLabel: '',
  // Without it kubeadm taints (k8s.io/kubernetes v1.36.3, cmd/kubeadm/app/util/config/initconfiguration.go, SetNodeRegistrationDynamicDefaults).
  untaint: 'nodeRegistration.taints: []',
  flexVolumePath: '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/',
  netnsDir: '/run/netns',
  // kubeadm leaves `mode` of its ConfigMap kube-proxy empty, which is iptables (k8s.io/kubernetes v1.36.3, cmd/kube-proxy/app/server_linux.go).
  kubeProxy: 'iptables',
  addressSetting: 'node-ip',
  addressBySubnet: false,
  cluster: ({ pods, services, dns }) => ({
    where: 'In the file of `kubeadm init --config`',
    yaml: [
      'apiVersion: kubeadm.k8s.io/v1beta4',
      'kind: ClusterConfiguration',
      'networking:',
      `  podSubnet: ${pods}`,
      `  serviceSubnet: ${services}`,
      'controllerManager:',
      '  extraArgs:',
      '    - name: allocate-node-cidrs',
      '      value: "false"',
      '---',
      'apiVersion: kubelet.config.k8s.io/v1beta1',
      'kind: KubeletConfiguration',
      'clusterDNS:',
      `  - ${dns}`,
    ],
  }),
  node: ({ address, labels, untainted }) => {
    const pairs = labelPairs(labels);
    const args = [
      ...(address === undefined ? [] : [['node-ip', address]]),
      ...(pairs.length === 0 ? [] : [['node-labels', pairs.join(',')]]),
    ];
    if (args.length === 0 && !untainted) return undefined;
    return {
      where:
        'For every node, in the file of `kubeadm init --config` or `kubeadm join --config` (there `kind: JoinConfiguration`)',
      yaml: [
        'apiVersion: kubeadm.k8s.io/v1beta4',
        'kind: InitConfiguration',
        'nodeRegistration:',
        ...(untainted ? ['  taints: []'] : []),
        ...(args.length === 0 ? [] : ['  kubeletExtraArgs:']),
        ...args.flatMap(([name, value]) => [`    - name: ${name}`, `      value: ${value}`]),
      ],
    };
  },
  changed: 'the same argument in `/var/lib/kubelet/kubeadm-flags.env`, then `systemctl restart kubelet`',
  uninstall: '`kubeadm reset` on every node.',
};
