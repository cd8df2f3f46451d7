/** What k3s and RKE2 have in common: RKE2 runs k3s' agent (docs.k3s.io and docs.rke2.io, server and agent configuration). */
import {
  byKubeVip,
  CNI_FOLDERS,
  labelPairs,
  NETNS_FOLDER,
  type DistributionTraits,
  type Document,
} from './distribution.ts';

export interface Rancher {
  readonly title: string;
  readonly file: string;
  /** Where other nodes register at a server; undefined: at the API server's port. */
  readonly registration?: number;
  /** What leaves its own network out. */
  readonly withoutNetwork: Document;
  /** The folder whose archives are imported, and containerd's client. */
  readonly images: string;
  readonly ctr: string;
}

type Own = 'provider' | 'flexVolumePath' | 'changed' | 'uninstall';

export function rancher({
  title,
  file,
  registration,
  withoutNetwork,
  images,
  ctr,
}: Rancher): Omit<DistributionTraits, Own> {
  return {
    title,
    // Servers take pods (k3s-io/docs, datastore/ha.md; rancher/rke2-docs, install/ha.md).
    untaint: undefined,
    // k3s-io/k3s#14046
    controlPlaneLabel: 'true',
    cni: CNI_FOLDERS,
    netnsDir: NETNS_FOLDER,
    // k3s-io/k3s, install.sh, remove_interfaces, in k3s-killall.sh and k3s-uninstall.sh; rancher/rke2, rke2-killall.sh.
    deletedDevices: ['cni0'],
    // k3s-io/k3s, pkg/daemons/agent/agent_linux.go, kubeProxyArgs
    kubeProxy: 'iptables',
    addressSetting: 'node-ip',
    addressBySubnet: false,
    dnsSetting: undefined,
    clusterFile: `On servers, in \`${file}\` before the first start`,
    // Node ranges off: a pool of /24 with the usual /24 a node would be one node's (docs/facts.md#node-ranges).
    cluster: ({ pods, services, dns, endpoint }) => [
      {
        ...withoutNetwork,
        ...(endpoint ? { 'tls-san': [endpoint.host] } : {}),
        'cluster-cidr': pods,
        'service-cidr': services,
        'cluster-dns': dns,
        'kube-controller-manager-arg': ['allocate-node-cidrs=false'],
      },
    ],
    // docs.k3s.io, "High Availability Embedded etcd" and "Cluster Load Balancer"; docs.rke2.io, "High Availability".
    join: ({ host, port }) =>
      `Every node but the first server has \`server: https://${host}:${registration ?? port}\` and the cluster's \`token\` in that file too.`,
    sharedAddress: byKubeVip,
    nodeFile: `On every node, servers too, in \`${file}\``,
    node: ({ address, labels }) => {
      const pairs = labelPairs(labels);
      const settings = {
        ...(address === undefined ? {} : { 'node-ip': address }),
        ...(pairs.length === 0 ? {} : { 'node-label': pairs }),
      };
      return Object.keys(settings).length === 0 ? [] : [settings];
    },
    // Archives of that folder are imported at each start and, since January 2025, as soon as they lie there (docs.k3s.io and
    // docs.rke2.io, "Import images").
    imageImport: {
      commands: (archive) => [`mkdir -p ${images}`, `cp ${archive} ${images}/`],
      folder: images,
      note: 'What lies in that folder is imported at once, and again at each start.',
      ctr,
    },
  };
}
