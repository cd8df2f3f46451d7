/** The cluster's own settings, and what its distribution is told: once for the cluster, and on each node. */
import { DNS_INDEX } from '../bounds.ts';
import { distributions } from '../../platforms/distributions/index.ts';
import { cniFolders } from './cluster-network.ts';
import { tolerated } from './control-planes.ts';
import { Address } from '../../address/index.ts';
import type { ApiEndpoint, Kubernetes, Node, Pods, Session } from '../network/index.ts';
import { NETWORK_LABEL } from '../network/node-selection.ts';
import type { BareNode } from './nodes.ts';
import type { Plan } from '../schema/index.ts';

export function resolveKubernetes(
  plan: Plan,
  nodes: readonly Node[],
  pods: Pods,
  endpoint: ApiEndpoint | undefined,
): Kubernetes {
  const { kubernetes: written } = plan;
  const { netnsDir, kubeProxy, cluster } = distributions[written.distribution];
  const dns = written.dns ?? written.services.at(DNS_INDEX);
  return {
    ...written,
    dns,
    endpoint,
    tolerated: tolerated(nodes, written.distribution),
    cni: cniFolders(plan),
    netnsDir,
    kubeProxy,
    settings:
      pods.mode === 'existing'
        ? []
        : cluster({
            pods: String(pods.subnet),
            services: String(written.services),
            dns: String(dns),
            nodeSubnets: pods.nodeSubnets.map(String),
            endpoint: endpoint && { host: String(endpoint.host), port: endpoint.port },
          }),
  };
}

/** Where the API server is asked; `shared`: at an address that control planes have in turn. */
export function resolveEndpoint(
  { kubernetes: { endpoint }, routers, networks }: Plan,
  nodes: readonly BareNode[],
): ApiEndpoint | undefined {
  if (!endpoint) return undefined;
  const { host } = endpoint;
  if (!(host instanceof Address)) return { ...endpoint, shared: false };
  const taken = [
    ...Object.values(routers).flatMap(({ addresses }) => Object.values(addresses)),
    ...Object.values(networks).flatMap(({ reserved }) => Object.values(reserved)),
    ...nodes.flatMap(({ interfaces }) => interfaces.map(({ address }) => address)),
  ];
  const controlPlanes = nodes.filter(({ roles }) => roles.includes('control-plane'));
  const shared =
    controlPlanes.every(({ uplink }) => uplink.subnet.contains(host)) && !taken.some((one) => one?.equals(host));
  return { ...endpoint, shared };
}

/**
 * Nodes with the label of their network, where a session chooses by it, and with what their distribution is told; nothing
 * where the cluster stays as it is.
 */
export function told(
  { kubernetes }: Plan,
  nodes: readonly BareNode[],
  pods: Pods,
  sessions: readonly Session[],
  endpoint: ApiEndpoint | undefined,
): Node[] {
  if (pods.mode === 'existing') return nodes.map((node) => ({ ...node, labels: {}, settings: [] }));
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
      shared:
        endpoint?.shared && node.roles.includes('control-plane')
          ? { address: String(endpoint.host), device: node.uplink.holder }
          : undefined,
    });
    return { ...node, labels, settings };
  });
}
