/** The distribution, made without a network of its own. */
import type { Distribution, Network } from '../plan/network.ts';
import { block, bullets, code, codes } from './markdown.ts';
import type { Step } from './step.ts';

const LONGEST_LIST = 8;

export function kubernetesStep(network: Network): Step {
  const { nodes } = network;
  const { title, text } = distributions[network.kubernetes.distribution](network);
  const names = nodes.length <= LONGEST_LIST ? codes(nodes.map(({ name }) => name)) : `all ${nodes.length} nodes`;
  const addresses = nodes.flatMap(({ uplink }) => (uplink.address ? [uplink.address] : []));
  const shown =
    addresses.length > 0 && addresses.length <= LONGEST_LIST
      ? ` ${codes(addresses)}`
      : ` the address of each on the network of its pods`;
  return {
    title,
    todo: [
      `Kubernetes ${network.kubernetes.version}. Calico gives pods their addresses, so the distribution brings no network and gives nodes no ranges of their own.`,
      ...text,
    ],
    see: [
      `\`kubectl get nodes --output wide\` lists ${names} ${code('NotReady')} (there is no network yet) with INTERNAL-IP${shown}.`,
      `\`kubectl get pods --all-namespaces\` shows the cluster's DNS ${code('Pending')}: that is right.`,
    ],
    back: [uninstall[network.kubernetes.distribution]],
  };
}

interface Text {
  readonly title: string;
  readonly text: readonly string[];
}

// k3s and RKE2: docs.k3s.io and docs.rke2.io, server configuration. Node ranges off: a pool of /24 with the usual /24 a node
// would be one node's (facts/routers-dhcp-os.md section 4).
function rancher(name: string, file: string, own: readonly string[]): (network: Network) => Text {
  return ({ pods, kubernetes, nodes }) => ({
    title: name,
    text: [
      `On servers, in ${code(file)} before the first start:`,
      block('yaml', [
        ...own,
        `cluster-cidr: ${String(pods.subnet)}`,
        `service-cidr: ${String(kubernetes.services)}`,
        `cluster-dns: ${String(kubernetes.dns)}`,
        'kube-controller-manager-arg:',
        '  - allocate-node-cidrs=false',
      ]),
      `On every node, servers too, ${code('node-ip')} with its address on the network of its pods${addressList(nodes)}.`,
    ],
  });
}

function addressList(nodes: Network['nodes']): string {
  const known = nodes.flatMap(({ name, uplink }) =>
    uplink.address ? [`${code(uplink.address)} at ${code(name)}`] : [],
  );
  return known.length === 0 || known.length > LONGEST_LIST ? '' : `: ${known.join(', ')}`;
}

const distributions: Readonly<Record<Distribution, (network: Network) => Text>> = {
  k3s: rancher('k3s', '/etc/rancher/k3s/config.yaml', [
    'flannel-backend: none',
    'disable-network-policy: true',
    'disable:',
    '  - servicelb',
  ]),
  rke2: rancher('RKE2', '/etc/rancher/rke2/config.yaml', ['cni: none']),
  // kubernetes.io, kubeadm Configuration (v1beta4).
  kubeadm: ({ pods, kubernetes, nodes }) => ({
    title: 'kubeadm',
    text: [
      `In the file of ${code('kubeadm init --config')}:`,
      block('yaml', [
        'apiVersion: kubeadm.k8s.io/v1beta4',
        'kind: ClusterConfiguration',
        'networking:',
        `  podSubnet: ${String(pods.subnet)}`,
        `  serviceSubnet: ${String(kubernetes.services)}`,
        'controllerManager:',
        '  extraArgs:',
        '    - name: allocate-node-cidrs',
        '      value: "false"',
        '---',
        'apiVersion: kubelet.config.k8s.io/v1beta1',
        'kind: KubeletConfiguration',
        'clusterDNS:',
        `  - ${String(kubernetes.dns)}`,
      ]),
      `On every node the kubelet's ${code('node-ip')} (nodeRegistration.kubeletExtraArgs) with its address on the network of its pods${addressList(nodes)}.`,
    ],
  }),
  // docs.siderolabs.com, machine configuration v1alpha1.
  talos: ({ pods, kubernetes }) => ({
    title: 'Talos',
    text: [
      'In the machine configuration:',
      block('yaml', [
        'machine:',
        '  kubelet:',
        '    nodeIP:',
        '      validSubnets:',
        ...pods.nodeSubnets.map((subnet) => `        - ${String(subnet)}`),
        'cluster:',
        '  network:',
        '    cni:',
        '      name: none',
        '    podSubnets:',
        `      - ${String(pods.subnet)}`,
        '    serviceSubnets:',
        `      - ${String(kubernetes.services)}`,
        '  controllerManager:',
        '    extraArgs:',
        '      allocate-node-cidrs: "false"',
      ]),
      bullets([
        `The cluster's DNS is ${code(kubernetes.dns)}: the tenth address of services unless you set ${code('clusterDNS')} of the kubelet.`,
      ]),
    ],
  }),
};

const uninstall: Readonly<Record<Distribution, string>> = {
  k3s: '`k3s-uninstall.sh` on servers, `k3s-agent-uninstall.sh` on the other nodes.',
  rke2: '`rke2-uninstall.sh` on every node.',
  kubeadm: '`kubeadm reset` on every node.',
  talos: '`talosctl reset` for every node.',
};
