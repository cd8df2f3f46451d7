/**
 * The values of the umbrella chart: which layer a release is, and what upstream's charts are told. What a Helm user may
 * turn is described here; charts/flatlan/values.yaml, its schema and the chart's README come from this file.
 */
import { z } from 'zod';
import { image, label, tolerations } from './container.ts';

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

const off = z.literal(false);

export const umbrellaValuesSchema = z.strictObject({
  global: z
    .looseObject({
      allowUninstall: z.boolean().meta({
        description: "true: `helm uninstall` may remove the cluster's network. Set it for the removal only.",
      }),
      cluster: label.optional().meta({
        description: 'The cluster of this release: values of another cluster are refused. Set by Flux.',
      }),
      // May be absent: --reuse-values goes by the defaults of the chart that was there before.
      renameCluster: z.string().optional().meta({
        description: 'The old name of the cluster, if these values rename it. Set it for the rename only.',
      }),
      nodeImage: image.meta({
        description: "The image of the node plane's programs (docs/node-contract.md). A digest may follow the version.",
      }),
    })
    .meta({ description: 'Seen by every subchart.' }),
  checks: z
    .strictObject({
      image: image.meta({ description: 'The image of the `helm test` checks: kubectl.' }),
      timeout: z
        .string()
        .regex(/^[1-9][0-9]*(s|m)$/)
        .meta({ description: 'How long a check waits for its condition.' }),
    })
    .meta({ description: 'The checks of `helm test`.' }),
  'tigera-operator': z
    .looseObject({
      enabled: z.boolean().meta({ description: 'The operators layer.' }),
      installation: z.looseObject({ enabled: off }),
      apiServer: z.looseObject({ enabled: off }),
      defaultFelixConfiguration: z.looseObject({ enabled: off }),
      manageCRDs: z.literal(true),
    })
    .meta({ description: 'The upstream chart tigera-operator; you can add values of it.' }),
  metallb: z
    .looseObject({
      enabled: z.boolean().meta({ description: 'The operators layer.' }),
      speaker: z.looseObject({ enabled: off }),
      frrk8s: z.looseObject({ enabled: off }),
      controller: z
        .looseObject({ tolerations: tolerations.optional() })
        .optional()
        .meta({ description: 'Its tolerations are written by `flatlan synth` if control planes have a taint.' }),
      crds: z.looseObject({ enabled: z.literal(true), validationFailurePolicy: z.literal('Ignore') }),
    })
    .meta({ description: 'The upstream chart metallb; you can add values of it.' }),
  namespaces: z
    .record(label, z.strictObject({}))
    .meta({ description: 'Namespaces that the operators layer creates and never removes, by name.' }),
  network: z
    .looseObject({ enabled: z.boolean().meta({ description: 'The network layer.' }) })
    .meta({ description: 'The network of the plan: see the subchart network.' }),
  multus: z
    .looseObject({ enabled: z.boolean().meta({ description: 'The network layer.' }) })
    .meta({ description: 'Multus, if the plan has attachments: see the subchart multus.' }),
  attachments: z
    .looseObject({ enabled: z.boolean().meta({ description: 'The network layer.' }) })
    .meta({ description: 'Second interfaces on the LAN: see the subchart attachments.' }),
  'home-assistant': z
    .looseObject({ enabled: z.boolean().meta({ description: 'The apps layer.' }) })
    .meta({ description: 'The example application: see the subchart home-assistant.' }),
});
