/**
 * Every object of the network layer, from the values of the subchart `network`. Each top-level construct is a template
 * file of the chart and a group in dist/.
 */
import { Construct } from 'constructs';
import type { Source } from '../source.ts';
import type { NetworkValues } from '../values/network.ts';
import { BgpConfiguration } from './calico/bgp-configuration.ts';
import { BgpFilter } from './calico/bgp-filter.ts';
import { BgpPasswordAccess } from './calico/bgp-password-access.ts';
import { BgpPeer } from './calico/bgp-peer.ts';
import { FelixConfiguration } from './calico/felix-configuration.ts';
import { Installation } from './calico/installation.ts';
import { KubeControllersConfiguration } from './calico/kube-controllers-configuration.ts';
import { IpAddressPool } from './metallb/ip-address-pool.ts';

/** Adds the layer to a scope and returns its parts by file name. */
export function networkLayer(scope: Construct, values: Source<NetworkValues>): ReadonlyMap<string, Construct> {
  const { keep, namespace } = values.release;
  const parts = new Map<string, Construct>();
  const part = (name: string): Construct => {
    const construct = new Construct(scope, name);
    parts.set(name, construct);
    return construct;
  };
  values.given(
    part('installation'),
    'installation',
    (at, spec) => new Installation(at, 'installation', { spec, keep }),
  );
  values.given(
    part('bgp-configuration'),
    'bgpConfiguration',
    (at, spec) => new BgpConfiguration(at, 'configuration', { spec, keep }),
  );
  values.each(part('bgp-filters'), 'bgpFilters', (at, name, spec) => new BgpFilter(at, 'filter', { name, spec }));
  values.each(part('bgp-peers'), 'bgpPeers', (at, name, spec) => new BgpPeer(at, 'peer', { name, spec }));
  values.given(
    part('bgp-password-access'),
    'passwordSecretName',
    (at, secretName) => new BgpPasswordAccess(at, 'access', { secretName }),
  );
  values.given(
    part('felix-configuration'),
    'felixConfiguration',
    (at, spec) => new FelixConfiguration(at, 'configuration', { spec }),
  );
  values.given(
    part('kube-controllers-configuration'),
    'kubeControllersConfiguration',
    (at, spec) => new KubeControllersConfiguration(at, 'configuration', { spec }),
  );
  values.each(
    part('ip-address-pools'),
    'ipAddressPools',
    (at, name, spec) => new IpAddressPool(at, 'pool', { name, namespace, spec }),
  );
  return parts;
}
