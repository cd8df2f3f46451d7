/**
 * The values of the subchart `network`: whole specs of Calico's and MetalLB's objects, as the plan resolves them. One zod
 * schema gives the type and charts/flatlan/charts/network/values.schema.json. It refuses what the upstream API accepts but
 * Calico then fails on (docs/facts.md#what-the-api-lets-through).
 */
import * as z from 'zod';
import { AS_NUMBER, BLOCK_SIZE, MTU, RESERVED_AS } from '../plan/bounds.ts';
import { parseCidr } from '../address/index.ts';
import { LONGEST_SELECTOR } from '../platforms/calico.ts';
import { noneOrTolerationsOfAll, toleratesAllSchema, tolerationsOfAll } from './tolerations.ts';
import { label } from './container.ts';
import { addressPattern, cidrPattern, noHostBits, selectorPattern } from './patterns.ts';

export const cidr = z
  .string()
  .regex(new RegExp(cidrPattern))
  .refine((text) => parseCidr(text).ok, 'host bits')
  .meta({ id: 'cidr', description: 'An IPv4 subnet without host bits, such as 192.168.6.0/24.' });
export const address = z
  .string()
  .regex(new RegExp(addressPattern))
  .meta({ id: 'address', description: 'An IPv4 address, never a name.' });
export const mtu = z.int().min(MTU.minimum).max(MTU.maximum);
const asn = z
  .int()
  .min(AS_NUMBER.minimum)
  .max(AS_NUMBER.maximum)
  .refine((number) => !RESERVED_AS.includes(number), 'reserved')
  .meta({ id: 'asn', description: "An AS number; Calico's API holds it as a 32-bit signed integer." });
const selector = z
  .string()
  .max(LONGEST_SELECTOR)
  .regex(new RegExp(selectorPattern))
  .meta({
    id: 'selector',
    description: `A Calico node selector, such as all() or kubernetes.io/hostname in {'node1'}; Calico takes ${LONGEST_SELECTOR} characters.`,
  });
const objectName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/);
const period = z.string().regex(/^([0-9]+h)?([0-9]+m)?([0-9]+s)?$/);
const level = z.enum(['Trace', 'Debug', 'Info', 'Warning', 'Error', 'Fatal']);
/** Settings of upstream that flatlan does not write: the API server checks them. */
const upstream = z.record(z.string(), z.unknown());
const upstreamList = z.array(z.unknown());

/** An operator override for pods that must run on every node. */
const onEveryNode = z.looseObject({
  spec: z
    .looseObject({
      template: z
        .looseObject({ spec: z.looseObject({ tolerations: tolerationsOfAll.optional() }).optional() })
        .optional(),
    })
    .optional(),
});

const pool = z.strictObject({
  name: objectName.meta({ description: 'A new name is a new pool: never change it on a running cluster.' }),
  cidr: cidr.meta({ description: "The pods' addresses. Can't be changed on a running cluster." }),
  blockSize: z
    .int()
    .min(BLOCK_SIZE.minimum)
    .max(BLOCK_SIZE.maximum)
    .meta({ description: "A node's block. Can't be changed on a running cluster." }),
  encapsulation: z.literal('None').meta({ description: 'None: that is what a flat network is.' }),
  natOutgoing: z.literal('Disabled').meta({ description: 'Disabled: pods keep their addresses.' }),
  nodeSelector: selector,
  disableBGPExport: z.boolean(),
  disableNewAllocations: z.boolean(),
  allowedUses: z.array(z.enum(['Workload', 'Tunnel'])).min(1),
  assignmentMode: z.enum(['Automatic', 'Manual']),
});

const installation = z
  .strictObject({
    variant: z.literal('Calico'),
    kubernetesProvider: z.enum(['', 'RKE2']).optional(),
    controlPlaneReplicas: z.int().min(1),
    controlPlaneNodeSelector: z.record(z.string(), z.string()).optional(),
    controlPlaneTolerations: noneOrTolerationsOfAll.optional(),
    nodeUpdateStrategy: z.strictObject({
      type: z.literal('RollingUpdate'),
      rollingUpdate: z.strictObject({ maxUnavailable: z.int().min(1) }),
    }),
    flexVolumePath: z.string(),
    kubeletVolumePluginPath: z.string(),
    logging: z.strictObject({
      cni: z.strictObject({
        logSeverity: level,
        logFileMaxAgeDays: z.int().min(1),
        logFileMaxCount: z.int().min(1),
        logFileMaxSize: z.string(),
      }),
    }),
    cni: z.strictObject({
      type: z.literal('Calico'),
      ipam: z.strictObject({ type: z.literal('Calico') }),
      binDir: z.string().regex(/^\//),
      confDir: z.string().regex(/^\//),
      specVersion: z
        .string()
        .optional()
        .meta({ description: 'Auto. From Calico 3.33 on, whose operator writes it if it is absent.' }),
      installMode: z
        .literal('All')
        .optional()
        .meta({ description: 'From Calico 3.33 on, whose operator writes it if it is absent.' }),
    }),
    calicoRunHostPath: z.string().regex(/^\//).optional().meta({ description: 'From Calico 3.33 on.' }),
    calicoLibHostPath: z.string().regex(/^\//).optional().meta({ description: 'From Calico 3.33 on.' }),
    calicoNetwork: z.strictObject({
      bgp: z.literal('Enabled'),
      linuxDataplane: z.enum(['Iptables', 'Nftables']).meta({
        description:
          "Iptables, or Nftables: Felix then follows kube-proxy's mode on each node. Felix restarts once when this changes on a running node.",
      }),
      windowsDataplane: z.literal('Disabled'),
      hostPorts: z.enum(['Enabled', 'Disabled']),
      multiInterfaceMode: z.literal('None'),
      linuxPolicySetupTimeoutSeconds: z.int().min(0),
      mtu,
      nodeAddressAutodetectionV4: z.looseObject({ kubernetes: z.literal('NodeInternalIP').optional() }).meta({
        description: '`kubernetes: NodeInternalIP`, the address given to the kubelet; others are refused.',
      }),
      ipPools: z.array(pool).length(1).meta({ description: 'One pool: Calico accepts overlapping ones and breaks.' }),
    }),
    registry: z.string().regex(/\/$/).optional().meta({ description: 'A mirror of the images; ends in a slash.' }),
    imagePath: z.string().optional(),
    imagePrefix: z.string().optional(),
    imagePullSecrets: upstreamList.optional(),
    nodeMetricsPort: z.int().min(1).max(65535).optional(),
    typhaMetricsPort: z.int().min(1).max(65535).optional(),
    calicoNodeDaemonSet: onEveryNode.optional(),
    calicoKubeControllersDeployment: upstream.optional(),
    typhaDeployment: onEveryNode.optional(),
  })
  .meta({ description: 'The spec of Installation/default (operator.tigera.io/v1), written out whole.' });

const passwordReference = z.strictObject({
  secretKeyRef: z.strictObject({ name: objectName, key: z.string().min(1) }),
});

const bgpConfiguration = z
  .strictObject({
    logSeverityScreen: level,
    nodeToNodeMeshEnabled: z.boolean().meta({
      description:
        'Whether nodes have BGP sessions with each other besides the one with their router; only where all are on one network.',
    }),
    nodeMeshMaxRestartTime: period.optional().meta({ description: 'With the mesh only.' }),
    nodeMeshPassword: passwordReference.optional().meta({
      description: 'With the mesh only: where the password of these sessions is kept; never the password itself.',
    }),
    asNumber: asn,
    listenPort: z.int().min(1).max(65535),
    serviceLoadBalancerAggregation: z
      .literal('Enabled')
      .meta({ description: 'Disabled leaves a blackhole per address on every node.' }),
    serviceLoadBalancerIPs: z.array(z.strictObject({ cidr })),
    serviceClusterIPs: z.array(z.strictObject({ cidr })),
  })
  .meta({ description: 'The spec of BGPConfiguration/default (projectcalico.org/v3).' });

const filterRule = z
  .strictObject({
    action: z.enum(['Accept', 'Reject']),
    cidr: cidr.optional(),
    matchOperator: z.enum(['Equal', 'NotEqual', 'In', 'NotIn']).optional(),
    source: z.literal('RemotePeers').optional(),
    interface: z.string().max(15).optional(),
  })
  .refine((rule) => rule.cidr === undefined || rule.matchOperator !== undefined, 'a cidr needs a matchOperator');
const bgpFilter = z.strictObject({
  importV4: z
    .array(filterRule)
    .min(1)
    .meta({ description: 'What nodes import; without a rule they import everything.' }),
  exportV4: z.array(filterRule).min(1).meta({ description: 'What nodes export.' }),
});

const bgpPeer = z.strictObject({
  peerIP: address,
  asNumber: asn,
  localASNumber: asn.optional(),
  numAllowedLocalASNumbers: z.int().min(1).max(10).optional().meta({
    description:
      "How often the nodes' own AS number may stand in the AS path of a route that they import. 1 with eBGP to the router, which passes on the routes of other nodes.",
  }),
  nodeSelector: selector,
  filters: z
    .array(objectName)
    .min(1)
    .meta({ description: 'Names under bgpFilters; a name that does not exist is refused.' }),
  maxRestartTime: period,
  keepaliveTime: period.optional(),
  password: passwordReference
    .optional()
    .meta({ description: 'Where the password is kept; never the password itself.' }),
});

const ipReservation = z.strictObject({
  reservedCIDRs: z.array(cidr).meta({ description: 'CIDRs only: with a range no pod would get an address.' }),
});

const felixConfiguration = z
  .looseObject({
    healthPort: z.int(),
    vxlanPort: z.int(),
    vxlanVNI: z.int(),
    nftablesMode: z.enum(['Disabled', 'Auto']).meta({
      description: 'Disabled with the dataplane Iptables, Auto with Nftables, as the operator would write it.',
    }),
    bpfEnabled: z.literal(false),
  })
  .meta({
    description:
      'The spec of FelixConfiguration/default (projectcalico.org/v3), with all that the operator or calico-node would write.',
  });

const kubeControllersConfiguration = z
  .strictObject({
    logSeverityScreen: z.enum(['None', 'Debug', 'Info', 'Warning', 'Error', 'Fatal', 'Panic']),
    healthChecks: z.enum(['Enabled', 'Disabled']),
    etcdV3CompactionPeriod: period,
    prometheusMetricsPort: z.int().min(0).max(65535).optional(),
    controllers: z.strictObject({
      node: upstream,
      policy: upstream,
      workloadEndpoint: upstream,
      serviceAccount: upstream,
      namespace: upstream,
      loadBalancer: z.strictObject({
        assignIPs: z
          .literal('RequestedServicesOnly')
          .meta({ description: 'MetalLB assigns addresses; two allocators would overwrite each other.' }),
      }),
    }),
  })
  .meta({ description: 'The spec of KubeControllersConfiguration/default (projectcalico.org/v3).' });

const ipAddressPool = z.strictObject({
  addresses: z
    .array(cidr)
    .min(1)
    .meta({ description: 'CIDRs only: Calico announces the same ones, and does not accept ranges.' }),
  autoAssign: z.boolean(),
  avoidBuggyIPs: z.boolean(),
  serviceAllocation: upstream.optional(),
});

export const networkValuesSchema = z.strictObject({
  cluster: label.optional().meta({
    description:
      "The cluster's name, as in its plan. It is stored in the cluster, and values of another cluster are refused.",
  }),
  mode: z.enum(['existing', 'bridged']).optional().meta({
    description:
      "The plan's pods.mode where it is one without Calico, MetalLB and BGP. With it nothing but `cluster` stands beside it.",
  }),
  nodeAddresses: z.record(objectName, address).optional().meta({
    description:
      'The address of each node on the network of its pods, where the plan knows it: the InternalIP that it must have before Calico takes it.',
  }),
  installation: installation.optional(),
  bgpConfiguration: bgpConfiguration.optional(),
  bgpFilters: z.record(objectName, bgpFilter).optional().meta({ description: 'Specs of BGPFilters by name.' }),
  bgpPeers: z.record(objectName, bgpPeer).optional().meta({ description: 'Specs of BGPPeers by name.' }),
  passwordSecretName: objectName
    .optional()
    .meta({ description: 'The Secret that calico-node may read; a name that no other Secret of the cluster has.' }),
  felixConfiguration: felixConfiguration.optional(),
  ipReservations: z.record(objectName, ipReservation).optional().meta({
    description:
      'Specs of IPReservations by name: addresses of the pool that devices have. A device is reachable from everywhere only if a whole block of the pool is reserved around it.',
  }),
  kubeControllersConfiguration: kubeControllersConfiguration.optional(),
  ipAddressPools: z
    .record(objectName, ipAddressPool)
    .optional()
    .meta({ description: 'Specs of MetalLB pools by name.' }),
  refuseExternalIPs: z.boolean().optional().meta({
    description:
      'Refuse new `externalIPs` of Services, with which anyone who may write a Service can take over the traffic to any address. Default: off.',
  }),
});

export type NetworkValues = z.output<typeof networkValuesSchema>;

/**
 * The JSON Schema of values, draft-07, which every Helm since 3.0 reads. zod cannot express refinements in JSON Schema, so
 * they are added here; not by `meta`, to which zod appends at each call.
 */
export function valuesJsonSchema(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === cidr) jsonSchema.allOf = noHostBits();
      // As ranges: for a failed `not`, Helm's message is only "'not' failed".
      if (zodSchema === asn)
        jsonSchema.anyOf = [{ maximum: 23455 }, { minimum: 23457, maximum: 65534 }, { minimum: 65536 }];
      Object.assign(jsonSchema, toleratesAllSchema(zodSchema));
      if (zodSchema === filterRule) jsonSchema.dependencies = { cidr: ['matchOperator'] };
    },
  });
}
