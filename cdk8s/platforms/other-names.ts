/**
 * Words that people write in place of a platform's own: products, older names, and platforms that flatlan does not support.
 * Each has an answer: the word to write, or why there is none and what to use.
 */

/** The keys of a plan whose values are platforms. */
type PlatformKey = 'distribution' | 'software' | 'os' | 'host' | 'cni';

const UNIFI = 'write unifi: this gateway runs UniFi Network, whose Settings > Routing > BGP takes the configuration';
const NO_BGP =
  'not supported: it does not speak BGP; keep it as the way to the internet and put a router that does in front of the nodes (OPNsense, VyOS, or FRR on a small Linux machine)';
const NO_COMMANDS =
  'not supported: this release has no commands for it; put one of the supported routers in front of the nodes';
const IN_CONTAINERS =
  "not supported: its nodes are containers of one machine, behind that machine's NAT; install k3s or kubeadm on machines that are on the network themselves";
const CLOUD = "not supported: the provider's network decides pods' addresses there; use kubeadm, k3s, rke2 or talos";
const OPENSHIFT = 'not supported: it brings its own network operator; use kubeadm, k3s, rke2 or talos';
const NETWORK_MANAGER = 'write networkmanager, which configures its network by default';
const VMWARE = 'write vmware';
const LINUX_BRIDGE =
  "not supported as a word of its own: write metal if the machine's port is on a Linux bridge of the host, which passes every MAC address unless a filter is set (nwfilter); macvtap does not";
const OTHER_NETWORK_PROGRAM =
  'not supported: let systemd-networkd, netplan, ifupdown or NetworkManager configure the network of the node';
const METAL = 'write metal';
const WITH_FILE = (conf: string, name: string): string =>
  `write the file and the name that nodes have, probably {conf: ${conf}, name: ${name}}`;

/** Words without case, dashes, dots and spaces, by their answer. */
export const answers: Readonly<Record<PlatformKey, readonly (readonly [words: string, answer: string])[]>> = {
  distribution: [
    [
      'k0s',
      'not supported: its kubelet has folders of its own (/var/lib/k0s), which this release does not know; use k3s, rke2, kubeadm or talos',
    ],
    [
      'microk8s',
      "not supported: it installs Calico by itself and has CNI's folders inside its snap; use k3s, rke2, kubeadm or talos",
    ],
    ['minikube kind k3d dockerdesktop rancherdesktop', IN_CONTAINERS],
    ['k3os', 'not supported: k3OS is no longer maintained; use k3s on another Linux, or talos'],
    ['rke rke1', 'not supported: RKE1 is no longer maintained; use rke2'],
    ['rancher', 'write rke2 or k3s, whichever Rancher installed'],
    ['openshift okd microshift', OPENSHIFT],
    ['eks gke aks doks', CLOUD],
    ['k8s kubernetes', 'write kubeadm if kubeadm installed the cluster; otherwise k3s, rke2 or talos'],
    ['vanilla', 'write kubeadm'],
    [
      'kubespray',
      'write kubeadm, by which kubespray installs; it must install no network itself (kube_network_plugin: cni)',
    ],
    ['taloslinux omni sidero', 'write talos'],
  ],
  software: [
    ['mikrotik ros chr', 'write routeros'],
    ['ubiquiti ubnt', 'write unifi for a UniFi gateway, edgeos for an EdgeRouter'],
    ['udm udmpro udmse udmpromax udr udr7 ucg ucgultra ucgmax ucgfiber uxg uxgpro uxglite unifios', UNIFI],
    [
      'usg',
      'write unifi for a gateway with UniFi OS; the older USG-3P and USG-Pro-4 have no settings for BGP: put a router that has in front of the nodes',
    ],
    [
      'usgpro',
      'not supported: UniFi Network has no settings for BGP on a USG-Pro-4; use a gateway with UniFi OS, or another router in front of the nodes',
    ],
    ['edgerouter er erx', 'write edgeos'],
    ['opn', 'write opnsense'],
    ['pf', 'write pfsense, or opnsense'],
    ['netgate', 'write pfsense'],
    ['vyatta', 'write vyos, or edgeos for an EdgeRouter'],
    ['quagga', 'not supported: Quagga is no longer maintained; use frr, which continues it'],
    ['bird2 bird3', 'write bird'],
    ['linux debian ubuntu', 'write frr or bird, whichever speaks BGP on that machine'],
    [
      'openwrt',
      'write frr: OpenWrt has FRR as a package, which reads /etc/frr/frr.conf (start it with /etc/init.d/frr)',
    ],
    ['ddwrt', 'not supported: use OpenWrt with its package frr (write frr), OPNsense, VyOS or another router with BGP'],
    ['fritzbox fritz avm speedport eero googlewifi orbi', NO_BGP],
    ['omada cisco ios juniper junos', NO_COMMANDS],
    ['none', 'leave the router out if it does not speak BGP; only bridged pods work without one'],
  ],
  os: [
    ['systemd systemdnetworkd flatcar', 'write networkd'],
    ['nm nmcli', 'write networkmanager'],
    ['interfaces', 'write ifupdown'],
    ['cloudinit', 'write netplan on Ubuntu, networkd or ifupdown elsewhere: what cloud-init hands the network to'],
    ['linux', 'write what configures its network: networkd, netplan, ifupdown or networkmanager'],
    ['ubuntu', 'write netplan for Ubuntu Server, networkmanager for Ubuntu Desktop'],
    ['debian', 'write ifupdown if the network is in /etc/network/interfaces, otherwise networkd or networkmanager'],
    ['proxmox', 'write ifupdown for a node on Proxmox VE itself; for a virtual machine on it, host: proxmox'],
    ['raspbian raspberrypios raspios', 'write networkmanager (Raspberry Pi OS since Bookworm)'],
    ['fedora coreos rhel centos rocky rockylinux alma almalinux', NETWORK_MANAGER],
    ['arch archlinux', 'write networkd or networkmanager, whichever configures its network'],
    ['taloslinux', 'write talos'],
    ['dhcpcd connman wicked', OTHER_NETWORK_PROGRAM],
    ['windows macos freebsd', 'not supported: nodes run Linux'],
  ],
  cni: [
    ['tigera tigeraoperator calicooperator projectcalico', 'write calico'],
    ['rke2canal', 'write canal'],
    ['rke2cilium', 'write cilium'],
    ['rke2calico', 'write calico'],
    ['rke2 rke2default', 'write canal, unless another network was chosen for it'],
    ['kubeflannel kubeflannelds', 'write flannel; k3s for the network that k3s itself brings'],
    ['kuberouter', 'write kube-router'],
    ['ciliumcni', 'write cilium'],
    ['weave weavenet weaveworks', WITH_FILE('10-weave.conflist', 'weave')],
    ['antrea antreaagent', WITH_FILE('10-antrea.conflist', 'antrea')],
    ['kindnet', WITH_FILE('10-kindnet.conflist', 'kindnet')],
    ['kubeovn', WITH_FILE('01-kube-ovn.conflist', 'kube-ovn')],
    [
      'multus',
      'write the network that Multus hands the first interface of pods to; remove that Multus, since the plan brings its own',
    ],
    ['none', 'leave cni out and write mode: routed if the cluster has no network plugin: then the plan brings one'],
    [
      'bridge',
      'write the file and the name of your own conflist: {conf: ..., name: ...}; or leave cni out, with mode: bridged, if the plan is to bring it',
    ],
  ],
  host: [
    ['baremetal physical hardware none pi raspberrypi', METAL],
    ['vps cloud', 'write metal for a rented server'],
    ['pve proxmoxve', 'write proxmox'],
    ['esx esxi vsphere vcenter workstation fusion', VMWARE],
    ['kvm qemu libvirt virsh unraid', LINUX_BRIDGE],
    [
      'virtualbox vbox',
      'not supported as a word of its own: write metal, and set Promiscuous Mode of the bridged adapter to Allow All if pods are on its network',
    ],
    [
      'xen xcpng',
      'not supported as a word of its own: write metal, and make sure that the virtual switch passes the MAC addresses of pods',
    ],
    ['lxc docker', 'not supported: a node is a machine of its own, not a container'],
    ['vm', 'write the hypervisor: proxmox, vmware or hyper-v; or metal for another one'],
  ],
};

const byKey = new Map(
  Object.entries(answers).map(([key, rows]) => [
    key,
    new Map(rows.flatMap(([words, answer]) => words.split(' ').map((word) => [word, answer] as const))),
  ]),
);

/** The answer to a word at one of the keys `distribution`, `software`, `os`, `host` and `cni`; case and punctuation are ignored. */
export function answerTo(key: string, word: string): string | undefined {
  return byKey.get(key)?.get(word.toLowerCase().replace(/[-_.! ]/g, ''));
}
