/** The values of the subchart multus, as types and as charts/flatlan/charts/multus/values.schema.json. */
import * as z from 'zod';
import { absolutePath, image, resources, tolerations } from './container.ts';

/** From 1.1.0 on, runtimes call STATUS every few seconds, and Multus queries the API each time (docs/facts.md#cni-status). */
export const cniVersion = z.enum(['0.3.1', '0.4.0', '1.0.0']).meta({ description: 'Below 1.1.0.' });

/** The name of a CNI network (containernetworking/cni v1.3.0, pkg/utils/utils.go, ValidateNetworkName). */
const networkName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/);

const conf = z
  .strictObject({
    cniVersion,
    name: z.string().min(1),
    type: z.literal('multus'),
    capabilities: z.record(z.string(), z.boolean()),
    kubeconfig: absolutePath,
    confDir: absolutePath.meta({ description: "The node's folder of CNI configurations." }),
    binDir: absolutePath.meta({ description: "The node's folder of CNI plugins." }),
    clusterNetwork: networkName.meta({
      description: "The cluster network's name, never a path: with a path Multus 4.3.0 leaks addresses.",
    }),
    readinessindicatorfile: absolutePath,
    logLevel: z.enum(['debug', 'verbose', 'error', 'panic']),
    logToStderr: z.boolean(),
  })
  .meta({ description: '0-multus.conf. Without it there is no Multus: a plan without attachments needs none.' });

export const multusValuesSchema = z.strictObject({
  conf: conf.optional(),
  image: image.meta({
    description: "Upstream's thin image, for its installer and its plugin. A digest may follow the version.",
  }),
  resources,
  tolerations,
});

export type MultusConf = z.output<typeof conf>;
export type MultusValues = z.output<typeof multusValuesSchema>;

export const multusDefaults = {
  // By tag alone: the image's digest has not been looked up.
  image: 'ghcr.io/k8snetworkplumbingwg/multus-cni:v4.3.0',
  // No memory limit: an OOM kill of Multus stops every pod of its node (multus-cni#1346).
  resources: { requests: { cpu: '10m', memory: '32Mi' } },
  tolerations: [{ operator: 'Exists' }],
} satisfies MultusValues;
