/**
 * The values of the umbrella chart: which layer a release is, and what a Helm user may turn. The chart's values.schema.json
 * and the table in its README come from this file; values.yaml is values-files.ts.
 */
import * as z from 'zod';
import { image, label, tolerations } from '../values/container.ts';
import { layerOf, type ChartName } from './layers.ts';

const off = z.literal(false);

function enabled(chart: ChartName) {
  return z.boolean().meta({ description: `The ${layerOf(chart).name} layer.` });
}

export const umbrellaValuesSchema = z.strictObject({
  global: z
    .looseObject({
      allowUninstall: z.boolean().meta({
        description: "true: `helm uninstall` may remove the cluster's network. Set it for the removal only.",
      }),
      cluster: label.optional().meta({
        description: 'The cluster of this release: values of another cluster are refused. Set by Flux.',
      }),
      // May be absent: --reuse-values keeps the defaults of the chart installed before.
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
      enabled: enabled('tigera-operator'),
      installation: z.looseObject({ enabled: off }),
      apiServer: z.looseObject({ enabled: off }),
      defaultFelixConfiguration: z.looseObject({ enabled: off }),
      manageCRDs: z.literal(true),
    })
    .meta({ description: 'The upstream chart tigera-operator; you can add values of it.' }),
  metallb: z
    .looseObject({
      enabled: enabled('metallb'),
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
    .meta({ description: 'Namespaces that the first layer of a plan creates and never removes, by name.' }),
  prerequisites: z.strictObject({ enabled: enabled('prerequisites') }).meta({
    description: 'What a plan without Calico needs before its network: the CRD of attachments and the namespaces.',
  }),
  network: z
    .looseObject({ enabled: enabled('network') })
    .meta({ description: 'The network of the plan: see the subchart network.' }),
  bridge: z
    .looseObject({ enabled: enabled('bridge') })
    .meta({ description: "Pods on the nodes' own bridges (pods.mode bridged): see the subchart bridge." }),
  multus: z
    .looseObject({ enabled: enabled('multus') })
    .meta({ description: 'Multus, if the plan has attachments: see the subchart multus.' }),
  attachments: z
    .looseObject({ enabled: enabled('attachments') })
    .meta({ description: 'Second interfaces on the LAN: see the subchart attachments.' }),
  'home-assistant': z
    .looseObject({ enabled: enabled('home-assistant') })
    .meta({ description: 'The example application: see the subchart home-assistant.' }),
});
