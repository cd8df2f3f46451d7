/**
 * A pool of load balancer addresses for MetalLB's controller. It only gives addresses out; Calico announces them, so there
 * is no speaker and no advertisement (MetalLB documentation, "Issues with Calico").
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { IpAddressPool as Upstream, type IpAddressPoolSpec } from '../../../imports/metallb.io.ts';
import type { Plain } from '../../plain.ts';
import type { LoadBalancerPool } from '../../plan/network/index.ts';
import { partOf } from '../labels.ts';

/** Of a Service: the pool that its address comes from (metallb internal/../controller/service.go, v0.16.1). */
export const POOL_ANNOTATION = 'metallb.io/address-pool';
/** Of a Service: the address that it wants. */
export const ADDRESS_ANNOTATION = 'metallb.io/loadBalancerIPs';

export function ipAddressPoolSpec(pool: LoadBalancerPool): Plain<IpAddressPoolSpec> {
  return { addresses: pool.subnets.map(String), autoAssign: pool.autoAssign, avoidBuggyIPs: pool.avoidBuggyIPs };
}

export interface IpAddressPoolProps {
  readonly name: string;
  /** MetalLB reads pools of its own namespace only. */
  readonly namespace: string;
  readonly spec: object;
}

export class IpAddressPool extends Construct {
  constructor(scope: Construct, id: string, props: IpAddressPoolProps) {
    super(scope, id);
    new ApiObject(this, 'object', {
      ...Upstream.GVK,
      metadata: {
        name: props.name,
        namespace: props.namespace,
        labels: partOf,
      },
      spec: props.spec,
    });
  }
}
