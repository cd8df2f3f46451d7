/**
 * Addresses of the pool that Calico gives to no pod. It has to be there before the pool: a block that a node has taken stays
 * its own, and devices in it are unreachable from nodes, pods and routers (docs/facts.md#blocks-and-reserved-addresses).
 * Within a release Helm creates kinds that it does not know in the order of their names, each kind after the one before
 * (helm v4.3.1 and v3.22.0, kind_sorter.go, client.go, batchPerform): IPReservation before Installation, from which the
 * operator makes the pool (test/cluster/on-lan.live.test.ts).
 *
 * Kept on uninstall, because the pool is: the operator never removes it (docs/facts.md#the-pool-outlives-its-installation).
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { IpReservation as Upstream, type IpReservationSpec } from '../../../imports/projectcalico.org.ts';
import type { Plain } from '../../plain.ts';
import type { OnLanPods } from '../../plan/network/index.ts';
import { partOf, RESOURCE_POLICY } from '../labels.ts';

/**
 * One object by a name that never changes, also while it reserves nothing: an upgrade that empties the list then updates it,
 * where a kept object that is gone from the values would stay as it was.
 */
const NAME = 'devices';

/** By name. */
export function ipReservations({ reserved }: OnLanPods): Readonly<Record<string, Plain<IpReservationSpec>>> {
  return { [NAME]: { reservedCIDRs: reserved.map(String) } };
}

export interface IpReservationProps {
  readonly name: string;
  readonly spec: object;
}

export class IpReservation extends Construct {
  constructor(scope: Construct, id: string, props: IpReservationProps) {
    super(scope, id);
    new ApiObject(this, 'object', {
      ...Upstream.GVK,
      metadata: { name: props.name, labels: partOf, annotations: { [RESOURCE_POLICY]: 'keep' } },
      spec: props.spec,
    });
  }
}
