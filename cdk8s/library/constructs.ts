/**
 * `flatlan/constructs`: the objects of a plan's network for a cdk8s app, the same that charts/flatlan installs.
 *
 * Install the upstream charts (tigera-operator and metallb, with the values `upstreamValues`) with the operators layer. Its
 * CRDs must be established before you apply the network layer.
 *
 * @example
 * const { network, findings } = checkPlan(readFileSync('plan.yaml', 'utf8'), 'plan.yaml');
 * if (!network) throw new Error(findings.map(({ problem }) => problem).join('\n'));
 * new OperatorsLayer(new Chart(app, 'operators'), 'flatlan', { network });
 * new NetworkLayer(new Chart(app, 'network'), 'flatlan', { network });
 */
import { Construct } from 'constructs';
import { clusterValues } from '../helm/cluster-values.ts';
import { placeLayer } from '../helm/layer-objects.ts';
import {
  apps,
  NAMESPACE as RELEASE_NAMESPACE,
  network as networkLayer,
  operators,
  prerequisites,
  type Layer,
} from '../helm/layers.ts';
import type { Network } from '../plan/network/index.ts';
import { overlay } from '../values/overlay.ts';
import { upstreamValues as ofUpstream } from '../values/umbrella.ts';

export interface LayerProps {
  /** Of a plan without errors: `checkPlan(...).network`. */
  readonly network: Network;
}

/** The namespace that all of it is made for; whoever applies it makes the namespace first. */
export const NAMESPACE: string = RELEASE_NAMESPACE;

/** What upstream's charts have to be told for this network, by chart; their versions are `network.versions`. */
export function upstreamValues(network: Network): Readonly<Record<'tigera-operator' | 'metallb', object>> {
  return { ...ofUpstream, metallb: overlay(ofUpstream.metallb, clusterValues(network).metallb ?? {}) };
}

/** The attachment CRD, the plan's namespaces, and the locks on removing the operators; nothing of a plan without Calico. */
export class OperatorsLayer extends Construct {
  constructor(scope: Construct, id: string, props: LayerProps) {
    super(scope, id);
    place(this, operators, props);
  }
}

/** The attachment CRD, the plan's namespaces and the locks, of a plan without Calico; nothing of any other. */
export class PrerequisitesLayer extends Construct {
  constructor(scope: Construct, id: string, props: LayerProps) {
    super(scope, id);
    place(this, prerequisites, props);
  }
}

/** Installation, BGP, load balancer pools, and, where the plan has attachments, Multus and the node plane. */
export class NetworkLayer extends Construct {
  constructor(scope: Construct, id: string, props: LayerProps) {
    super(scope, id);
    place(this, networkLayer, props);
  }
}

/** The plan's applications: Home Assistant. Nothing where it has none. */
export class AppsLayer extends Construct {
  constructor(scope: Construct, id: string, props: LayerProps) {
    super(scope, id);
    place(this, apps, props);
  }
}

function place(scope: Construct, layer: Layer, { network }: LayerProps): void {
  if (layer.isIn(network)) placeLayer(scope, layer, clusterValues(network), network.versions);
}
