/**
 * What is true of one distribution of Kubernetes, as data: one file each beside this one. Whoever needs such a fact asks
 * here; the words around it stand in steps/, the objects that follow from it in constructs/.
 */

/** The settings that make a cluster one without a network of its own. */
export interface ClusterSettings {
  readonly pods: string;
  readonly services: string;
  readonly dns: string;
  /** The subnets of the networks that carry pods. */
  readonly nodeSubnets: readonly string[];
}

/** What one node says about itself. */
export interface NodeSettings {
  /** Its address on the network of its pods; undefined: nobody knows it before DHCP gives it. */
  readonly address: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** A control plane that takes pods too. */
  readonly untainted: boolean;
}

/** A piece of a configuration file. */
export interface Settings {
  /** Where it stands, as the beginning of a sentence. */
  readonly where: string;
  readonly yaml: readonly string[];
}

/** kube-proxy's ways to write its rules that go together with Calico's. */
export type KubeProxyMode = 'iptables' | 'nftables';

export interface DistributionTraits {
  readonly title: string;
  /** The value of the label node-role.kubernetes.io/control-plane. */
  readonly controlPlaneLabel: '' | 'true';
  /**
   * The setting by which a control plane takes pods too, as people call it. Undefined: it does so anyway, since the distribution
   * gives it no taint.
   */
  readonly untaint?: string;
  /** What the Tigera operator finds out by itself and writes into the Installation (v1.42.3, core_controller.go, mergeProvider). */
  readonly provider?: 'RKE2';
  readonly flexVolumePath: string;
  /** The node's folder in which its runtime mounts the network namespaces of pods. */
  readonly netnsDir: string;
  /** How kube-proxy runs unless somebody says otherwise. */
  readonly kubeProxy: KubeProxyMode;
  /** The setting by which a node's address is said, as people call it. */
  readonly addressSetting: string;
  /** Whether that setting is one of the cluster, the same for every node. */
  readonly addressBySubnet: boolean;
  readonly cluster: (settings: ClusterSettings) => Settings;
  /** Undefined: there is nothing to say on a node. */
  readonly node: (settings: NodeSettings) => Settings | undefined;
  /** How a node is told about a setting of `node` that changed while it runs. */
  readonly changed: string;
  /** How Kubernetes leaves a node. */
  readonly uninstall: string;
}

/** `key=value` as the kubelet's --node-labels takes them. */
export function labelPairs(labels: NodeSettings['labels']): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}
