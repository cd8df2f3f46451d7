/** The cluster's own settings, and what its distribution is told: once for the cluster, and on each node. */
import { DNS_INDEX } from '../bounds.ts';
import { distributions } from '../../platforms/distributions/index.ts';
import { tolerated } from './control-planes.ts';
import type { Kubernetes, Node, Pods, Session } from '../network/index.ts';
import { NETWORK_LABEL } from '../network/node-selection.ts';
import type { BareNode } from './nodes.ts';
import type { Plan } from '../schema/index.ts';

export function resolveKubernetes({ kubernetes: written }: Plan, nodes: readonly Node[], pods: Pods): Kubernetes {
  const { cni, netnsDir, kubeProxy, cluster } = distributions[written.distribution];
  const dns = written.dns ?? written.services.at(DNS_INDEX);
  return {
    ...written,
    dns,
    tolerated: tolerated(nodes, written.distribution),
    cni,
    netnsDir,
    kubeProxy,
    settings: cluster({
      pods: String(pods.subnet),
      services: String(written.services),
      dns: String(dns),
      nodeSubnets: pods.nodeSubnets.map(String),
    }),
  };
}

/** Nodes with the label of their network, where a session chooses by it, and with what their distribution is told. */
export function told({ kubernetes }: Plan, nodes: readonly BareNode[], sessions: readonly Session[]): Node[] {
  const networks = new Set(sessions.flatMap(({ nodes: chosen }) => (chosen.by === 'label' ? [chosen.value] : [])));
  return nodes.map((node) => {
    const labels: Readonly<Record<string, string>> = networks.has(node.network)
      ? { [NETWORK_LABEL]: node.network }
      : {};
    const { address } = node.uplink;
    const settings = distributions[kubernetes.distribution].node({
      address: address && String(address),
      labels,
      untainted: node.untainted,
    });
    return { ...node, labels, settings };
  });
}
