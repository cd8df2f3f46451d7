/**
 * What is true of one distribution of Kubernetes, as data: one file each beside this one. The resolved network takes from
 * here what its nodes are told, STEPS the commands, the objects of constructs/ what the operator has to be told.
 */

/** A file's content, or a piece of it, as plain data. */
export type Document = Readonly<Record<string, Value>>;
type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** What makes a cluster one without a network of its own. */
export interface ClusterSettings {
  readonly pods: string;
  readonly services: string;
  readonly dns: string;
  /** The subnets of the networks that carry pods. */
  readonly nodeSubnets: readonly string[];
  /** Of the API server, where it is not a control plane's own. */
  readonly endpoint: Endpoint | undefined;
}

export interface Endpoint {
  /** An address or a name. */
  readonly host: string;
  readonly port: number;
}

/** What one node says about itself. */
export interface NodeSettings {
  /** Its address on the network of its pods; undefined: nobody knows it before DHCP gives it. */
  readonly address: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** A control plane that takes pods too. */
  readonly untainted: boolean;
  /** The virtual address of the API server that this control plane shares with the others, and its device for it. */
  readonly shared: { readonly address: string; readonly device: string } | undefined;
}

/** kube-proxy's ways to write its rules that go together with Calico's. */
export type KubeProxyMode = 'iptables' | 'nftables';

/** The node's folders of CNI, in which Calico, Multus and the node plane put their files. */
export interface CniFolders {
  readonly confDir: string;
  readonly binDir: string;
}

/** How an archive of an image gets onto a node, for containerd. */
export interface ImageImport {
  /** The commands on each node, with the archive in its working folder. */
  readonly commands: (archive: string) => readonly string[];
  /** The folder in which the archive stays; undefined: nothing needs it afterwards. */
  readonly folder: string | undefined;
  /** What there is to know about it, as a sentence. */
  readonly note: string;
  /** containerd's client there. */
  readonly ctr: string;
}

export interface DistributionTraits {
  readonly title: string;
  /** The value of the label node-role.kubernetes.io/control-plane. */
  readonly controlPlaneLabel: '' | 'true';
  /**
   * The setting by which a control plane takes pods too, as people call it. Undefined: it does so anyway, since the distribution
   * gives it no taint.
   */
  readonly untaint: string | undefined;
  /** What the Tigera operator finds out by itself and writes into the Installation (v1.42.3, core_controller.go, mergeProvider). */
  readonly provider: 'RKE2' | undefined;
  readonly flexVolumePath: string;
  readonly cni: CniFolders;
  /** The node's folder in which its runtime mounts the network namespaces of pods. */
  readonly netnsDir: string;
  /** Devices that its clean-up scripts delete, together with every port of a bridge of that name. */
  readonly deletedDevices: readonly string[];
  /** How kube-proxy runs unless somebody says otherwise. */
  readonly kubeProxy: KubeProxyMode;
  /** The setting by which a node's address is said, as people call it. */
  readonly addressSetting: string;
  /** Whether that setting is one of the cluster, the same for every node. */
  readonly addressBySubnet: boolean;
  /** The setting that gives the cluster's DNS another address than by convention, where `cluster` leaves that to it. */
  readonly dnsSetting: string | undefined;
  /** Where the documents of `cluster` stand, as the beginning of a sentence. */
  readonly clusterFile: string;
  readonly cluster: (settings: ClusterSettings) => readonly Document[];
  /** How nodes get to a cluster whose API server has an address or a name of its own, as a sentence. */
  readonly join: (endpoint: Endpoint) => string;
  /** What several control planes lack without such an address or name, as a sentence; undefined: nothing. */
  readonly withoutEndpoint?: string;
  /** What makes these control planes share an address, as the rest of a sentence. */
  readonly sharedAddress: (controlPlanes: string) => string;
  /** Where the documents of `node` stand, as the beginning of a sentence. */
  readonly nodeFile: string;
  /** None: there is nothing to say on a node. */
  readonly node: (settings: NodeSettings) => readonly Document[];
  /** How a node is told about a setting of `node` that changed while it runs. */
  readonly changed: string;
  /** How an image without a registry gets onto a node; undefined: nothing can be imported. */
  readonly imageImport: ImageImport | undefined;
  /** How Kubernetes leaves a node. */
  readonly uninstall: string;
}

/**
 * Calico's conf and plugins go where the Installation says, and every distribution that leaves the CNI to others looks
 * here: k3s too, with flannel off (docs.k3s.io, "Multus and IPAM plugins").
 */
export const CNI_FOLDERS: CniFolders = { confDir: '/etc/cni/net.d', binDir: '/opt/cni/bin' };

/** Where a runtime mounts network namespaces unless something stands between (`ip netns` looks there too). */
export const NETNS_FOLDER = '/run/netns';

/** The kubelet's own default (k8s.io/kubernetes v1.36.3, pkg/kubelet/apis/config/v1beta1/defaults.go, DefaultVolumePluginDir). */
export const FLEX_VOLUME_FOLDER = '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/';

/** Where the distribution has no virtual address of its own. */
export function byKubeVip(controlPlanes: string): string {
  return `kube-vip or keepalived, which flatlan does not make, gives it to one of ${controlPlanes} at a time, before any other node joins. Calico takes no such address for a node's own, since the kubelet is told that (node-ip).`;
}

/** `key=value` as the kubelet's --node-labels takes them. */
export function labelPairs(labels: NodeSettings['labels']): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}
