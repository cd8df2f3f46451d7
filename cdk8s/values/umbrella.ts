/** What every release shares, and what upstream's charts are told. */

/** The namespace of every release. Not calico-system: docs/facts.md#namespace-calico-system. */
export const NAMESPACE = 'flatlan-system';

/** MetalLB's controller: its Deployment and its ServiceAccount, as `fullnameOverride` below makes upstream's chart name them. */
export const METALLB_CONTROLLER = 'metallb-controller';

/** What flatlan needs upstream's charts to be told; anything else of theirs may be set beside it. */
export const upstreamValues = {
  'tigera-operator': {
    // Ours are written out whole in the network layer; upstream's chart would render the same objects.
    installation: { enabled: false },
    apiServer: { enabled: false },
    goldmane: { enabled: false },
    whisker: { enabled: false },
    defaultFelixConfiguration: { enabled: false },
    // The operator makes and upgrades Calico's kinds itself, in the native group (docs/facts.md#owner-of-calicos-kinds).
    manageCRDs: true,
    tigeraOperator: { env: [{ name: 'CALICO_API_GROUP', value: 'projectcalico.org/v3' }] },
  },
  metallb: {
    fullnameOverride: 'metallb',
    // Calico announces; a router takes one BGP session from a node.
    speaker: { enabled: false, frr: { enabled: false } },
    frrk8s: { enabled: false },
    // With Fail the first pool would wait for a webhook that waits for the network (docs/facts.md#the-webhook-on-pools).
    crds: { enabled: true, validationFailurePolicy: 'Ignore' },
  },
} as const;
