/**
 * What Multus' account may write. Its token is on the disk of every node and may update the status of any pod. An attacker on
 * a node could use it to give a pod other labels or addresses, to pass NetworkPolicies or to receive traffic of a Service.
 * RBAC cannot be more exact (there is no resource for one annotation), so an admission policy restricts it:
 *
 *   pods/status by flatlan-multus ──> only of pods on the node that the token is bound to, only the network-status annotation
 *
 * A token from a pod carries its node (kubernetes.io, "Managing Service Accounts", ServiceAccountTokenPodNodeInfo, stable
 * since 1.32). Status is compared by the fields that Services, NetworkPolicies and people act on, and not as a whole:
 * Multus 4.3.0 reads pods with the types of Kubernetes 1.35 and would write a newer server's fields back as absent.
 */
import { Construct } from 'constructs';
import { Denial } from '../denial.ts';

/** What Multus writes (network-attachment-definition-client v1.7.6, pkg/utils/net-attach-def.go, SetNetworkStatus). */
export const STATUS_ANNOTATION = 'k8s.v1.cni.cncf.io/network-status';
const NODE = 'authentication.kubernetes.io/node-name';

export interface StatusPolicyProps {
  /** Of the ServiceAccount, in whatever namespace: nobody else has a use for this name. */
  readonly account: string;
}

export class StatusPolicy extends Construct {
  constructor(scope: Construct, id: string, { account }: StatusPolicyProps) {
    super(scope, id);
    new Denial(this, 'denial', {
      name: `${account}-status`,
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['pods/status'] }],
      matchConditions: [
        {
          name: 'by-multus',
          expression: `request.userInfo.username.startsWith('system:serviceaccount:') && request.userInfo.username.endsWith(':${account}')`,
        },
      ],
      variables,
      validations,
    });
  }
}

const variables = [
  { name: 'nodes', expression: `request.userInfo.?extra[?'${NODE}'].orValue([])` },
  { name: 'before', expression: 'oldObject.metadata.?annotations.orValue({})' },
  { name: 'after', expression: 'object.metadata.?annotations.orValue({})' },
];

/** Every entry of one map, but the one of Multus, is in the other. */
const within = (one: string, other: string): string =>
  `variables.${one}.all(key, key == '${STATUS_ANNOTATION}' || key in variables.${other} && variables.${other}[key] == variables.${one}[key])`;

const same = (path: string, otherwise: string): string =>
  `object.${path}.orValue(${otherwise}) == oldObject.${path}.orValue(${otherwise})`;
const conditions = (object: string): string =>
  `${object}.status.?conditions.orValue([]).map(condition, condition.type + '=' + condition.status)`;

/** What must stay as it is, by the name that the refusal gives it. */
const kept: Readonly<Record<string, string>> = {
  'other annotations': `${within('before', 'after')} && ${within('after', 'before')}`,
  labels: same('metadata.?labels', '{}'),
  finalizers: same('metadata.?finalizers', '[]'),
  "the pod's addresses": [
    same('status.?podIP', "''"),
    `${addresses('object', 'podIPs')} == ${addresses('oldObject', 'podIPs')}`,
    same('status.?hostIP', "''"),
    `${addresses('object', 'hostIPs')} == ${addresses('oldObject', 'hostIPs')}`,
  ].join(' && '),
  'its phase and conditions': `${same('status.?phase', "''")} && ${conditions('object')} == ${conditions('oldObject')}`,
};

function addresses(object: string, list: string): string {
  return `${object}.status.?${list}.orValue([]).map(one, one.ip)`;
}

const validations = [
  {
    expression: "variables.nodes.exists(node, node == oldObject.spec.?nodeName.orValue(''))",
    message: "Multus' account may write the network status of pods on its own node only",
    messageExpression:
      "'the token is bound to ' + (variables.nodes.size() == 0 ? 'no node' : 'node ' + variables.nodes[0]) + ' and the pod runs on ' + " +
      "oldObject.spec.?nodeName.orValue('none') + \": Multus' account may write the network status of pods on its own node only\"",
  },
  ...Object.entries(kept).map(([what, expression]) => ({
    expression,
    message: `Multus' account may change only the annotation ${STATUS_ANNOTATION} of a pod, not ${what}`,
  })),
];
