/**
 * Every object of the network layer, from the values of the subchart `network`, and those values of a plan. Each top-level
 * construct is a template file of the chart and a group in dist/.
 *
 * A new object of Calico touches:
 *   its type        tools/imports.config.mjs (then `npm run imports`), docs/imports.md, test/imports/import.live.test.ts
 *   its construct   calico/<kind>.ts: the class, and the function from the plan's part to the spec
 *   its place       here, and ../values/network.ts (its values' schema)
 *   its kind        release/needed-crds.ts, from which guards, gates and `helm test` know that it must be there first
 *   its end         docs/architecture.md, the table of what an upgrade and an uninstall keep
 *   its tests       test/constructs/{layers,upstream-schemas}.test.ts, test/helm/cluster-values.test.ts,
 *                   test/cluster/{dry-run,install,removal}.live.test.ts
 *
 * `npm run synth` writes the rest.
 */
import type { Construct } from 'constructs';
import { isCalico, type CalicoNetwork } from '../plan/network/calico.ts';
import type { Network } from '../plan/network/index.ts';
import type { Source } from '../source.ts';
import { networkValuesSchema, type NetworkValues } from '../values/network.ts';
import { byName } from './by-name.ts';
import { BgpConfiguration, bgpConfigurationSpec } from './calico/bgp-configuration.ts';
import { BgpFilter, bgpFilterSpec } from './calico/bgp-filter.ts';
import { BgpPasswordAccess } from './calico/bgp-password-access.ts';
import { BgpPeer, bgpPeerSpec } from './calico/bgp-peer.ts';
import { FelixConfiguration, felixConfigurationSpec } from './calico/felix-configuration.ts';
import { Installation, installationSpec } from './calico/installation.ts';
import { IpReservation, ipReservations } from './calico/ip-reservation.ts';
import {
  KubeControllersConfiguration,
  kubeControllersConfigurationSpec,
} from './calico/kube-controllers-configuration.ts';
import { IpAddressPool, ipAddressPoolSpec } from './metallb/ip-address-pool.ts';
import { PartsOf, type Parts } from './parts.ts';
import { ClusterRecord } from './release/cluster-record.ts';
import { ExternalIpsRefusal } from './release/external-ips.ts';

/** What a plan decides of the subchart's values. */
export function networkValues(network: Network): NetworkValues {
  if (isCalico(network)) return calicoValues(network);
  return networkValuesSchema.parse({ cluster: network.cluster, mode: network.pods.mode });
}

function calicoValues(network: CalicoNetwork): NetworkValues {
  const { bgp } = network;
  return networkValuesSchema.parse({
    cluster: network.cluster,
    nodeAddresses: Object.fromEntries(
      network.nodes.flatMap(({ name, uplink }) => (uplink.address ? [[name, String(uplink.address)]] : [])),
    ),
    installation: installationSpec(network),
    bgpConfiguration: bgpConfigurationSpec(network),
    bgpFilters: byName(bgp.filters, bgpFilterSpec),
    bgpPeers: byName(bgp.sessions, (session) => bgpPeerSpec(session, bgp.passwordSecret)),
    ...(bgp.passwordSecret ? { passwordSecretName: bgp.passwordSecret.name } : {}),
    felixConfiguration: felixConfigurationSpec(network),
    ...(network.pods.mode === 'on-lan' ? { ipReservations: ipReservations(network.pods) } : {}),
    kubeControllersConfiguration: kubeControllersConfigurationSpec(),
    ipAddressPools: byName(network.loadBalancers, ipAddressPoolSpec),
  });
}

/** Adds the layer to a scope and returns its parts by file name. */
export function networkLayer(scope: Construct, values: Source<NetworkValues>): Parts {
  const { keep, namespace } = values.release;
  const parts = new PartsOf(scope);
  values.given(
    parts.part('cluster-record'),
    'mode',
    (at, mode) => new ClusterRecord(at, 'record', { mode, cluster: values.value('cluster'), namespace }),
  );
  values.given(
    parts.part('installation'),
    'installation',
    (at, spec) => new Installation(at, 'installation', { spec, cluster: values.value('cluster'), keep }),
  );
  values.given(
    parts.part('bgp-configuration'),
    'bgpConfiguration',
    (at, spec) => new BgpConfiguration(at, 'configuration', { spec, keep }),
  );
  values.each(parts.part('bgp-filters'), 'bgpFilters', (at, name, spec) => new BgpFilter(at, 'filter', { name, spec }));
  values.each(parts.part('bgp-peers'), 'bgpPeers', (at, name, spec) => new BgpPeer(at, 'peer', { name, spec }));
  values.given(
    parts.part('bgp-password-access'),
    'passwordSecretName',
    (at, secretName) => new BgpPasswordAccess(at, 'access', { secretName }),
  );
  values.given(
    parts.part('felix-configuration'),
    'felixConfiguration',
    (at, spec) => new FelixConfiguration(at, 'configuration', { spec }),
  );
  values.each(
    parts.part('ip-reservations'),
    'ipReservations',
    (at, name, spec) => new IpReservation(at, 'reservation', { name, spec }),
  );
  values.given(
    parts.part('kube-controllers-configuration'),
    'kubeControllersConfiguration',
    (at, spec) => new KubeControllersConfiguration(at, 'configuration', { spec }),
  );
  values.each(
    parts.part('ip-address-pools'),
    'ipAddressPools',
    (at, name, spec) => new IpAddressPool(at, 'pool', { name, namespace, spec }),
  );
  values.given(parts.part('external-ips'), 'refuseExternalIPs', (at) => new ExternalIpsRefusal(at, 'refusal'));
  return parts.all;
}
