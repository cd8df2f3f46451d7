/**
 * The plan's schema: every key, its default and what editors show for it. One zod tree gives the TypeScript type, the
 * parser and plan.schema.json. What a single value must be stands here; what values owe each other stands in rules/.
 */
import { z } from 'zod';
import { DO_NOT_EDIT } from '../../banner.ts';
import { distributions } from '../../platforms/distributions/index.ts';
import { keysOf } from '../../platforms/keys.ts';
import { isMap } from '../data.ts';
import { link, network, router } from './networks.ts';
import { node, nodeName } from './nodes.ts';
import { address, cidr } from './scalars.ts';
import { calicoVersion, label, metallbVersion, minorVersion } from './words.ts';
import { attachment, bgp, homeAssistant, loadBalancerPool, pods } from './workloads.ts';

/** The newest plan version that this release reads. */
export const PLAN_VERSION = 1;

const kubernetes = z
  .strictObject({
    version: minorVersion.meta({
      description: 'The Kubernetes minor version, in quotes: without them YAML makes 1.3 of 1.30.',
    }),
    distribution: z
      .enum(keysOf(distributions))
      .meta({ description: 'How the cluster is made; paths, labels and defaults follow from it.' }),
    services: cidr({
      description:
        'The addresses of Services inside the cluster, the same as the cluster was made with: kubeadm and talos take 10.96.0.0/12, k3s and rke2 10.43.0.0/16.',
      examples: ['10.96.0.0/12'],
    }),
    advertiseServices: z.boolean().default(false).meta({
      description:
        'Announces these addresses by BGP, so that machines outside reach any Service. False, because load balancer addresses are enough for most.',
    }),
    dns: address({
      description:
        "The address of the cluster's DNS. The tenth address of services without it, by convention of all distributions.",
      examples: ['10.96.0.10'],
    }).optional(),
  })
  .meta({ description: 'The cluster itself.' });

const versions = z
  .strictObject({
    calico: calicoVersion
      .optional()
      .meta({ description: 'The version of the tigera-operator chart. The tested one without it.' }),
    metallb: metallbVersion
      .optional()
      .meta({ description: 'The version of the metallb chart. The tested one without it.' }),
  })
  .meta({
    description: 'Chart versions other than those that this release is tested with. Leave it out unless you must.',
  });

const keys = {
  version: z.literal(PLAN_VERSION).meta({
    description: "The version of the plan's own form, so that a later flatlan reads it right.",
    examples: [PLAN_VERSION],
  }),
  cluster: label.meta({ description: 'The name of the cluster; it becomes part of file names.', examples: ['home'] }),
  kubernetes,
  versions: versions.optional(),
  networks: z.record(label, network).meta({ description: 'The subnets of the house, by name.' }),
  routers: z
    .record(label, router)
    .default({})
    .meta({ description: 'The routers, by name. None, which only bridged pods can do without.' }),
  links: z
    .record(label, link)
    .default({})
    .meta({ description: 'The tunnels between routers, by name. None, because one home needs none.' }),
  nodes: z.record(nodeName, node).meta({ description: 'The machines of the cluster, by name.' }),
  pods,
  loadBalancers: loadBalancerPool.optional(),
  bgp: bgp.prefault({}),
  attachments: z.record(label, attachment).default({}).meta({
    description:
      'Second interfaces on the LAN for pods that ask, by name. None, because discovery is the one thing that needs them.',
  }),
  apps: z
    .strictObject({ 'home-assistant': homeAssistant.optional() })
    .default({})
    .meta({ description: 'Example applications. None.' }),
};

/** A plan with one pool of load balancer addresses. */
export const planSchema = z.strictObject(keys);
/** A plan with one pool a router. */
export const planSchemaPerRouter = z.strictObject({
  ...keys,
  loadBalancers: z.record(label, loadBalancerPool).optional(),
});

export type Plan = z.output<typeof planSchema> | z.output<typeof planSchemaPerRouter>;

/** The schema for this data: two whole schemas instead of a union inside one keep every issue at its own key. */
export function planSchemaFor(data: unknown): typeof planSchema | typeof planSchemaPerRouter {
  const pools = isMap(data) ? data.loadBalancers : undefined;
  if (!isMap(pools) || Object.keys(loadBalancerPool.shape).some((key) => Object.hasOwn(pools, key))) return planSchema;
  return Object.values(pools).some((pool) => isMap(pool) || pool === null) ? planSchemaPerRouter : planSchema;
}

/** plan.schema.json: draft-07, which every editor's YAML mode reads. */
export function planJsonSchema(): Record<string, unknown> {
  const written = z.strictObject({
    ...keys,
    // The key of a pattern is no label.
    nodes: z
      .record(
        z.string().regex(/^[a-z0-9]([a-z0-9.{}-]*[a-z0-9}])?$/),
        node.partial().meta({ description: 'A node; or a pattern of names with what its nodes have.' }),
      )
      .meta({ description: 'The nodes by name or pattern ("node{1..100}", with {} for the number in its values).' }),
    loadBalancers: z
      .union([loadBalancerPool, z.record(label, loadBalancerPool)])
      .optional()
      .meta({
        description:
          'The addresses of Services of type LoadBalancer: one pool; or one a router, by its name (loadBalancers.<router>.subnet).',
      }),
  });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: DO_NOT_EDIT,
    title: 'flatlan plan',
    ...z.toJSONSchema(written, { target: 'draft-7', io: 'input' }),
  };
}
