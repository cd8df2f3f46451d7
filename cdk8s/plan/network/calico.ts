/** Which plans have Calico, MetalLB and BGP. Whoever needs them takes a CalicoNetwork. */
import { hasCalico } from '../modes.ts';
import type { Bgp, Network, OnLanPods, Pods, RoutedPods } from './index.ts';

/** Pods to whom Calico gives addresses. */
export type CalicoPods = RoutedPods | OnLanPods;

interface OfCalico {
  readonly pods: CalicoPods;
  readonly bgp: Bgp;
}

export type CalicoNetwork = Network & OfCalico;

/** Of a whole network, or of one in the making. */
export function isCalico<Some extends Pick<Network, 'pods' | 'bgp'>>(network: Some): network is Some & OfCalico {
  return network.bgp !== undefined && isCalicoPods(network.pods);
}

export function isCalicoPods(pods: Pods): pods is CalicoPods {
  return hasCalico(pods.mode);
}
