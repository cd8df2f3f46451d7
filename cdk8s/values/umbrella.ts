/** Names common to all releases, and the values that upstream's charts get. */

/** The namespace of every release. Not calico-system: docs/facts.md#namespace-calico-system. */
export const NAMESPACE = 'flatlan-system';

/** MetalLB's controller: its Deployment and its ServiceAccount, as `fullnameOverride` below makes upstream's chart name them. */
export const METALLB_CONTROLLER = 'metallb-controller';

/** The values that flatlan needs in upstream's charts; users may set any others. */
export const upstreamValues = {
  'tigera-operator': {
    // The network layer has these objects with every field set; upstream's chart would render them a second time.
    installation: { enabled: false },
    apiServer: { enabled: false },
    goldmane: { enabled: false },
    whisker: { enabled: false },
    defaultFelixConfiguration: { enabled: false },
    // The operator installs and upgrades Calico's CRDs itself, in the native API group
    // (docs/facts.md#owner-of-calicos-kinds).
    manageCRDs: true,
    tigeraOperator: { env: [{ name: 'CALICO_API_GROUP', value: 'projectcalico.org/v3' }] },
  },
  metallb: {
    fullnameOverride: 'metallb',
    // Calico announces the addresses; a router accepts only one BGP session from a node.
    speaker: { enabled: false, frr: { enabled: false } },
    frrk8s: { enabled: false },
    // With Fail the first pool could not be created: its webhook needs the network (docs/facts.md#the-webhook-on-pools).
    crds: { enabled: true, validationFailurePolicy: 'Ignore' },
  },
} as const;
