/** Where the API server is asked, if the plan has an address or a name for it. */
import { Address } from '../address/index.ts';
import type { ApiEndpoint, Network, Node } from '../plan/network/index.ts';
import { distributions, type DistributionTraits } from '../platforms/distributions/index.ts';
import { API_PORT } from '../platforms/kubernetes.ts';
import { code, codes, LONGEST_LIST, namesOr } from './markdown.ts';

export function endpointBullets(network: Network): string[] {
  const { endpoint, distribution } = network.kubernetes;
  const { join, withoutEndpoint }: DistributionTraits = distributions[distribution];
  if (!endpoint) return controlPlanesOf(network).length > 1 && withoutEndpoint !== undefined ? [withoutEndpoint] : [];
  return [
    `The API server is asked at ${code(text(endpoint))}. ${servedBy(network, endpoint)}`,
    join({ host: String(endpoint.host), port: endpoint.port }),
  ];
}

export function endpointCheck({ kubernetes: { endpoint } }: Network): string[] {
  return endpoint
    ? [
        `\`kubectl get --raw /livez --server https://${text(endpoint)}\` prints ${code('ok')} on every node and wherever people use it.`,
      ]
    : [];
}

function controlPlanesOf({ nodes }: Network): Node[] {
  return nodes.filter(({ roles }) => roles.includes('control-plane'));
}

function text({ host, port }: ApiEndpoint): string {
  return `${String(host)}:${port}`;
}

function servedBy(network: Network, { host, port, shared }: ApiEndpoint): string {
  const { nodes, kubernetes } = network;
  const controlPlanes = controlPlanesOf(network);
  const names = controlPlanes.map(({ name }) => name);
  const where = namesOr(`the ${names.length} control planes`, names);
  const { sharedAddress } = distributions[kubernetes.distribution];
  if (shared) return `It is a virtual address: ${sharedAddress(where)}`;
  if (!(host instanceof Address))
    return `Every node has to resolve the name before the cluster has a DNS of its own: by the DNS server of nodes, or in ${code('/etc/hosts')} of each. It leads to ${where}: to an address that they share, or to a load balancer.`;
  const owner = nodes.find(({ interfaces }) => interfaces.some(({ address }) => address?.equals(host)));
  if (owner) return `That is ${code(owner.name)} itself.`;
  const backends = controlPlanes.flatMap(({ uplink }) =>
    uplink.address ? [`${String(uplink.address)}:${API_PORT}`] : [],
  );
  return `A load balancer there, which flatlan does not make, passes TCP ${port} to ${backends.length > 0 && backends.length <= LONGEST_LIST ? codes(backends) : `port ${API_PORT} of ${where}`}; firewalls between let it pass.`;
}
