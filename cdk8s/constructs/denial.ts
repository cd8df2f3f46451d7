/**
 * A request that the API server refuses from everybody: a ValidatingAdmissionPolicy and its binding. It fails closed, and the
 * message is that of the first validation that is false.
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { partOf } from './labels.ts';

export interface DenialProps {
  /** Of the policy and of its binding. */
  readonly name: string;
  /** Of both, beside the labels of flatlan. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The kind of the policy's parameter and which object it is. */
  readonly parameter?: {
    readonly kind: { readonly apiVersion: string; readonly kind: string };
    readonly ref: {
      readonly name: string;
      readonly namespace: string;
      readonly parameterNotFoundAction: 'Allow' | 'Deny';
    };
  };
  /** Which requests are looked at. */
  readonly resourceRules: readonly object[];
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  /** Of CEL. Every validation sees the requests of every rule. */
  readonly validations: readonly Validation[];
}

export interface Validation {
  readonly expression: string;
  readonly message: string;
  readonly messageExpression?: string;
}

/** The two objects as plain data. */
export function denialObjects(props: DenialProps) {
  const { name, annotations, parameter, resourceRules, matchConditions, variables, validations } = props;
  const metadata = { name, labels: partOf, ...(annotations ? { annotations } : {}) };
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const policy = {
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata,
    spec: {
      failurePolicy: 'Fail',
      ...(parameter ? { paramKind: parameter.kind } : {}),
      matchConstraints: { resourceRules },
      ...(matchConditions ? { matchConditions } : {}),
      ...(variables ? { variables } : {}),
      // Without a reason kubectl calls the object invalid.
      validations: validations.map(({ expression, ...said }) => ({ expression, reason: 'Forbidden', ...said })),
    },
  };
  const binding = {
    apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata,
    spec: {
      policyName: name,
      ...(parameter ? { paramRef: parameter.ref } : {}),
      validationActions: ['Deny'],
    },
  };
  return { policy, binding };
}

export class Denial extends Construct {
  constructor(scope: Construct, id: string, props: DenialProps) {
    super(scope, id);
    const { policy, binding } = denialObjects(props);
    new ApiObject(this, 'policy', policy);
    new ApiObject(this, 'binding', binding);
  }
}
