/** What k3s and RKE2 have in common: RKE2 runs k3s' agent (docs.k3s.io and docs.rke2.io, server and agent configuration). */
import { labelPairs, type ClusterSettings, type DistributionTraits, type NodeSettings } from './distribution.ts';

export interface Rancher {
  readonly title: string;
  readonly file: string;
  /** The lines that leave its own network out. */
  readonly withoutNetwork: readonly string[];
}

type Common = Pick<
  DistributionTraits,
  'title' | 'controlPlaneLabel' | 'netnsDir' | 'kubeProxy' | 'addressSetting' | 'addressBySubnet' | 'cluster' | 'node'
>;

export function rancher({ title, file, withoutNetwork }: Rancher): Common {
  return {
    title,
    // No `untaint`: servers take pods (k3s-io/docs, datastore/ha.md; rancher/rke2-docs, install/ha.md).
    // k3s-io/k3s#14046
    controlPlaneLabel: 'true',
    netnsDir: '/run/netns',
    // k3s-io/k3s, pkg/daemons/agent/agent_linux.go, kubeProxyArgs
    kubeProxy: 'iptables',
    addressSetting: 'node-ip',
    addressBySubnet: false,
    // Node ranges off: a pool of /24 with the usual /24 a node would be one node's (docs/facts.md#node-ranges).
    cluster: ({ pods, services, dns }: ClusterSettings) => ({
      where: `On servers, in \`${file}\` before the first start`,
      yaml: [
        ...withoutNetwork,
        `cluster-cidr: ${pods}`,
        `service-cidr: ${services}`,
        `cluster-dns: ${dns}`,
        'kube-controller-manager-arg:',
        '  - allocate-node-cidrs=false',
      ],
    }),
    node: ({ address, labels }: NodeSettings) => {
      const pairs = labelPairs(labels);
      const yaml = [
        ...(address === undefined ? [] : [`node-ip: ${address}`]),
        ...(pairs.length === 0 ? [] : ['node-label:', ...pairs.map((pair) => `  - ${pair}`)]),
      ];
      return yaml.length === 0 ? undefined : { where: `On every node, servers too, in \`${file}\``, yaml };
    },
  };
}
