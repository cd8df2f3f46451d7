/**
 * How every node speaks BGP: no mesh between nodes (the router is the only peer), and which service addresses are
 * announced. Load balancer addresses go out as the whole pool, plus a /32 from the nodes of a `Local` Service: a /32
 * alone would leave a blackhole on each node (docs/facts.md#load-balancer-ranges).
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { BgpConfiguration as Upstream, type BgpConfigurationSpec } from '../../../imports/projectcalico.org.ts';
import type { Plain } from '../../plain.ts';
import type { Network } from '../../plan/network/index.ts';
import { annotate, partOf } from '../labels.ts';

export function bgpConfigurationSpec({ bgp, kubernetes, loadBalancers }: Network): Plain<BgpConfigurationSpec> {
  return {
    logSeverityScreen: 'Info',
    nodeToNodeMeshEnabled: false,
    asNumber: bgp.asn,
    listenPort: 179,
    serviceLoadBalancerAggregation: 'Enabled',
    serviceLoadBalancerIPs: loadBalancers.map(({ subnet }) => ({ cidr: String(subnet) })),
    serviceClusterIPs: kubernetes.advertiseServices ? [{ cidr: String(kubernetes.services) }] : [],
  };
}

export interface BgpConfigurationProps {
  readonly spec: object;
  /** What keeps the object when its release goes. */
  readonly keep: Readonly<Record<string, string>>;
}

export class BgpConfiguration extends Construct {
  constructor(scope: Construct, id: string, props: BgpConfigurationProps) {
    super(scope, id);
    const object = new ApiObject(this, 'object', {
      ...Upstream.GVK,
      metadata: { name: 'default', labels: partOf },
      spec: props.spec,
    });
    annotate(object, props.keep);
  }
}
