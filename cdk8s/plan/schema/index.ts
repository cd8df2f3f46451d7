/**
 * The plan's schema: every key, its default and what editors show for it. One zod tree gives the TypeScript type, the
 * parser and plan.schema.json. What a single value must be is checked here; how values must fit together, in rules/.
 */
import * as z from 'zod';
import { DO_NOT_EDIT } from '../../banner.ts';
import { distributions } from '../../platforms/distributions/index.ts';
import { platformNames } from '../../platforms/platform-names.ts';
import { MOST } from '../bounds.ts';
import { isMap } from '../data.ts';
import { endpoint } from './endpoint.ts';
import { link, network, router } from './networks.ts';
import { node } from './nodes.ts';
import { address, cidr } from './scalars.ts';
import { calicoVersion, label, metallbVersion, minorVersion, nodeName } from './words.ts';
import { attachment, bgp, homeAssistant, loadBalancerPool, pods } from './workloads.ts';

/** The newest plan version that this release reads. */
const PLAN_VERSION = 1;

const kubernetes = z
  .strictObject({
    version: minorVersion.meta({
      description: 'The Kubernetes minor version, in quotes: without quotes YAML reads 1.30 as 1.3.',
    }),
    distribution: z
      .enum(platformNames(distributions))
      .meta({ description: 'How the cluster is installed. It decides paths, labels and defaults.' }),
    services: cidr({
      description:
        'The cluster IPs of Services, the same range that the cluster was installed with. The default of kubeadm and Talos is 10.96.0.0/12, that of k3s and RKE2 10.43.0.0/16.',
      examples: ['10.96.0.0/12'],
    }),
    advertiseServices: z.boolean().default(false).meta({
      description:
        'Announces these addresses by BGP, so that machines outside the cluster reach every Service. Default: false, because load balancer addresses are enough for most homes.',
    }),
    dns: address({
      description:
        "The address of the cluster's DNS Service. Default: the tenth address of services, the convention of all distributions.",
      examples: ['10.96.0.10'],
    }).optional(),
    endpoint: endpoint.optional(),
  })
  .meta({ description: 'The cluster itself.' });

const versions = z
  .strictObject({
    calico: calicoVersion
      .optional()
      .meta({ description: 'The version of the tigera-operator chart. Default: the tested one.' }),
    metallb: metallbVersion
      .optional()
      .meta({ description: 'The version of the metallb chart. Default: the tested one.' }),
  })
  .meta({
    description:
      'Chart versions other than those that this release is tested with. Leave it out unless you need another version.',
  });

const poolsByName = z.record(label, loadBalancerPool).meta({ maxProperties: MOST.loadBalancers });

const keys = {
  version: z.literal(PLAN_VERSION).meta({
    description: 'The version of the plan format, so that a later flatlan reads the plan correctly.',
    examples: [PLAN_VERSION],
  }),
  cluster: label.meta({ description: 'The name of the cluster. It becomes part of file names.', examples: ['home'] }),
  house: label.optional().meta({
    description:
      'A name for the house, the same in all plans whose networks are routed to each other. Plans that are checked together are compared where it is the same, and collisions are errors. Default: plans with the same router are compared, and collisions are warnings.',
    examples: ['home'],
  }),
  kubernetes,
  versions: versions.optional(),
  networks: z
    .record(label, network)
    .meta({ description: 'The subnets of the home, by name.', maxProperties: MOST.networks }),
  routers: z
    .record(label, router)
    .meta({ maxProperties: MOST.routers })
    .default({})
    .meta({ description: 'The routers, by name. Default: none; only bridged pods work without a router.' }),
  links: z
    .record(label, link)
    .meta({ maxProperties: MOST.links })
    .default({})
    .meta({ description: 'The tunnels between routers, by name. Default: none, because a single site needs none.' }),
  nodes: z
    .record(nodeName, node)
    .meta({ description: 'The machines of the cluster, by name.', maxProperties: MOST.nodes }),
  pods,
  loadBalancers: loadBalancerPool.optional(),
  bgp: bgp.prefault({}),
  attachments: z.record(label, attachment).meta({ maxProperties: MOST.attachments }).default({}).meta({
    description:
      'Second interfaces on the LAN for pods that request them, by name. Default: none, because only discovery on the LAN (mDNS, SSDP) needs them.',
  }),
  apps: z
    .strictObject({ 'home-assistant': homeAssistant.optional() })
    .default({})
    .meta({ description: 'Example applications. Default: none.' }),
};

/** A plan with one pool of load balancer addresses. */
const planSchema = z.strictObject(keys);
/** A plan with pools by name. */
const planSchemaOfPools = z.strictObject({
  ...keys,
  loadBalancers: poolsByName.optional(),
});

export type Plan = z.output<typeof planSchema> | z.output<typeof planSchemaOfPools>;

/** The schema for this data: two whole schemas instead of a union inside one keep every issue at its own key. */
export function planSchemaFor(data: unknown): typeof planSchema | typeof planSchemaOfPools {
  const pools = isMap(data) ? data.loadBalancers : undefined;
  if (Array.isArray(pools) && (pools.length > 1 || isNamed(pools[0]))) return planSchemaOfPools;
  if (!isMap(pools)) return planSchema;
  // A pool may have any name, even that of a key.
  const hasKeyOfPool = Object.keys(loadBalancerPool.shape).some(
    (key) => Object.hasOwn(pools, key) && !isMap(pools[key]),
  );
  if (hasKeyOfPool) return planSchema;
  return Object.values(pools).some((pool) => isMap(pool) || pool === null) ? planSchemaOfPools : planSchema;
}

/** `{name: web, subnet: ...}`, a pool as other programs write it. */
function isNamed(pool: unknown): boolean {
  return isMap(pool) && Object.keys(pool).some((key) => !Object.hasOwn(loadBalancerPool.shape, key));
}

/** plan.schema.json: draft-07, which every editor's YAML mode reads. */
export function planJsonSchema(): Record<string, unknown> {
  const written = z.strictObject({
    ...keys,
    // The key of a pattern is not a label.
    nodes: z
      .record(
        z.string().regex(/^[a-z0-9]([a-z0-9.{}-]*[a-z0-9}])?$/),
        node.partial().meta({ description: 'A node; or a name pattern with the values that its nodes share.' }),
      )
      .meta({
        description: 'The nodes, by name or by pattern ("node{1..100}"; {} in its values is the number).',
        maxProperties: MOST.nodes,
      }),
    loadBalancers: z.union([loadBalancerPool, poolsByName]).optional().meta({
      description:
        'The addresses of Services of type LoadBalancer: one pool, or pools by name (loadBalancers.<name>.subnet).',
    }),
  });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: DO_NOT_EDIT,
    title: 'flatlan plan',
    ...z.toJSONSchema(written, { target: 'draft-7', io: 'input' }),
  };
}
