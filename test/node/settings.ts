/** The configuration of a node's daemons. Each line that is there has a reason in this lab. */
import type { NodeSpec } from './node.ts';

export function containerdConfiguration(pause: string): string {
  return `version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins.'io.containerd.cri.v1.runtime']
  # Where the machine forbids to lower it, runc fails with "can't get final child's PID from pipe".
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "${pause}"
`;
}

export function kubeletConfiguration(cgroupRoot: string): string {
  return JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    // Nobody reaches a node's kubelet but the lab.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    // Two kubelets with one root fight over each other's pods.
    cgroupRoot,
    failCgroupV1: false,
    failSwapOn: false,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    clusterDNS: ['10.43.0.10'],
    resolvConf: '/etc/resolv.conf',
    oomScoreAdj: 0,
    // How full the machine's memory is, where a node's disks are, is not the test's.
    evictionHard: { 'memory.available': '1Mi', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    nodeStatusUpdateFrequency: '2s',
  });
}

export function kubeProxyConfiguration(name: string): string {
  return JSON.stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    hostnameOverride: name,
    clientConnection: { kubeconfig: '/etc/kube-proxy/kubeconfig' },
    oomScoreAdj: 0,
    // These are settings of the whole machine.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  });
}

/** Under Calico's file and network name: the gate waits for the file, Multus delegates to the name. */
export function conflist(block: string): string {
  return JSON.stringify({
    cniVersion: '1.0.0',
    name: 'k8s-pod-network',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods0',
        isGateway: true,
        ipam: { type: 'host-local', ranges: [[{ subnet: block }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
}

/** What Calico's BIRD announces to a router: the node's block, load balancer ranges, addresses of local services. */
export function birdText({ address, router, block, loadBalancers }: NodeSpec, services: readonly string[]): string {
  const announced = [block, loadBalancers, ...services.map((service) => `${service}/32`)];
  return `
router id ${address};
protocol device {}
protocol kernel { import none; export none; }
protocol static { ${announced.map((range) => `route ${range} blackhole;`).join(' ')} }
protocol bgp edgerouter {
  local ${address} as 64512; neighbor ${router} as 64512;
  connect delay time 1; connect retry time 1; hold time 9; keepalive time 3;
  import none; export all;
}`;
}
