/**
 * A cluster's Helm values: the resolved network in the words of the chart.
 */
import { bgpConfigurationSpec } from '../constructs/calico/bgp-configuration.ts';
import { bgpFilterSpec } from '../constructs/calico/bgp-filter.ts';
import { bgpPeerSpec } from '../constructs/calico/bgp-peer.ts';
import { felixConfigurationSpec } from '../constructs/calico/felix-configuration.ts';
import { installationSpec } from '../constructs/calico/installation.ts';
import { kubeControllersConfigurationSpec } from '../constructs/calico/kube-controllers-configuration.ts';
import { ipAddressPoolSpec } from '../constructs/metallb/ip-address-pool.ts';
import type { Network } from '../plan/network.ts';
import { networkValuesSchema, type NetworkValues } from './network.ts';

/** Throws when the emitters make values that the chart's own schema refuses: a defect, never a user's mistake. */
export function networkValues(network: Network): NetworkValues {
  const { bgp } = network;
  return networkValuesSchema.parse({
    cluster: network.cluster,
    installation: installationSpec(network),
    bgpConfiguration: bgpConfigurationSpec(network),
    bgpFilters: byName(bgp.filters, bgpFilterSpec),
    bgpPeers: byName(bgp.sessions, (session) => bgpPeerSpec(session, bgp.passwordSecret)),
    ...(bgp.passwordSecret ? { passwordSecretName: bgp.passwordSecret.name } : {}),
    felixConfiguration: felixConfigurationSpec(),
    kubeControllersConfiguration: kubeControllersConfigurationSpec(),
    ipAddressPools: byName(network.loadBalancers, ipAddressPoolSpec),
  });
}

function byName<Item extends { readonly name: string }, Spec>(
  items: readonly Item[],
  spec: (item: Item) => Spec,
): Record<string, Spec> {
  return Object.fromEntries(items.map((item) => [item.name, spec(item)]));
}
