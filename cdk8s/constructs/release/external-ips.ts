/**
 * Refuses `externalIPs` of Services: with them anybody who may write a Service could redirect the traffic of any address, since
 * each node answers for it, and on a flat network routers may send it to a node. Optional, since it is the cluster's
 * and not the network's: what Kubernetes' own plugin DenyServiceExternalIPs does (kubernetes v1.36.3,
 * plugin/pkg/admission/network/denyserviceexternalips), where nobody may set the API server's flags. Those that a Service
 * has may stay and go.
 */
import { Construct } from 'constructs';
import { Denial } from '../denial.ts';

const KEY = 'externalIPs';
const of = (object: string): string => `${object}.spec.?${KEY}.orValue([])`;

export class ExternalIpsRefusal extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new Denial(this, 'denial', {
      name: 'flatlan-external-ips',
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['services'] },
      ],
      matchConditions: [{ name: 'has', expression: `size(${of('object')}) > 0` }],
      validations: [
        {
          expression: `request.operation == 'UPDATE' && ${of('object')}.all(address, address in ${of('oldObject')})`,
          message: `${KEY} could redirect traffic of addresses that belong to others: use type LoadBalancer, whose addresses MetalLB assigns, or set network.refuseExternalIPs to false`,
        },
      ],
    });
  }
}
