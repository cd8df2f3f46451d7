/**
 * BGP settings common to all nodes: whether they have sessions with each other (bgp.mesh; otherwise the router is the only
 * peer), and which service addresses are announced. Every node announces the whole load balancer range; the nodes with an endpoint of a `Local` Service also
 * announce its /32. Announcing /32 routes alone would leave a blackhole on each node (docs/facts.md#load-balancer-ranges).
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { BgpConfiguration as Upstream, type BgpConfigurationSpec } from '../../../imports/projectcalico.org.ts';
import type { Plain } from '../../plain.ts';
import type { CalicoNetwork } from '../../plan/network/calico.ts';
import type { Bgp } from '../../plan/network/index.ts';
import { MAX_RESTART_TIME, passwordReference } from './bgp-peer.ts';
import { annotate, partOf } from '../labels.ts';

export function bgpConfigurationSpec({ bgp, kubernetes, loadBalancers }: CalicoNetwork): Plain<BgpConfigurationSpec> {
  return {
    logSeverityScreen: 'Info',
    ...meshSpec(bgp),
    asNumber: bgp.asn,
    listenPort: 179,
    serviceLoadBalancerAggregation: 'Enabled',
    serviceLoadBalancerIPs: loadBalancers.flatMap(({ subnets }) => subnets.map((subnet) => ({ cidr: String(subnet) }))),
    serviceClusterIPs: kubernetes.advertiseServices ? [{ cidr: String(kubernetes.services) }] : [],
  };
}

/** The API refuses the other two without the mesh (docs/facts.md#the-mesh-of-nodes). */
function meshSpec({ mesh, passwordSecret }: Bgp) {
  return mesh
    ? {
        nodeToNodeMeshEnabled: true,
        nodeMeshMaxRestartTime: MAX_RESTART_TIME,
        ...(passwordSecret ? { nodeMeshPassword: passwordReference(passwordSecret) } : {}),
      }
    : { nodeToNodeMeshEnabled: false };
}

export interface BgpConfigurationProps {
  readonly spec: object;
  /** Annotations that keep the object when its release is uninstalled. */
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
