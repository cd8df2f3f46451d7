/** The values of the subchart attachments, as types and as charts/flatlan/charts/attachments/values.schema.json. */
import * as z from 'zod';
import { mtu } from './network.ts';
import { absolutePath, affinity, label, resources, tolerations } from './container.ts';
import { bridgeName, conflist } from './network-attachment.ts';
import { address, cidr } from './network.ts';
import { CNI_FOLDERS, NETNS_FOLDER } from '../platforms/distributions/distribution.ts';

const seconds = z.string().regex(/^[1-9][0-9]*(ms|s|m)$/);
/** `default/layer2-bridge` */
const qualifiedName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);

/** An RFC 1123 subdomain. */
const nodeName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/);

/** As `ip link` shows it. */
const macAddress = z.string().regex(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/);

const agentAttachment = z.strictObject({
  bridge: bridgeName,
  subnet: cidr.meta({ description: 'A lease outside it is refused.' }),
  mtu,
  clusterSubnets: z.array(cidr).meta({ description: 'The ranges of the cluster: a lease inside them is refused.' }),
  otherSubnets: z.array(cidr).optional().meta({
    description: 'Other networks and addresses, including that of the gateway: a lease inside them is refused.',
  }),
  lanSubnets: z
    .array(cidr)
    .optional()
    .meta({ description: 'Networks beyond the subnet to which a lease may bring routes.' }),
  servers: z.array(address).min(1).optional().meta({
    description:
      'The DHCP servers whose leases are accepted, by their server identifier (option 54). Default: any server.',
  }),
  nodes: z.array(nodeName).min(1).optional().meta({
    description: 'The nodes that have the bridge, on which the agent checks it. Default: every node.',
  }),
  withoutAddress: z.array(nodeName).min(1).optional().meta({
    description: 'Those of them whose bridge has no address in the subnet. Default: none.',
  }),
});

const agent = z
  .strictObject({
    leasesPerNode: z
      .int()
      .min(1)
      .max(1024)
      .meta({ description: 'How many addresses of the LAN the pods of one node may hold.' }),
    leasesPerNamespace: z
      .int()
      .min(1)
      .max(1024)
      .meta({ description: 'How many of them the pods of one namespace may hold.' }),
    leasesPerPod: z.int().min(1).max(1024).meta({ description: 'How many of them one pod may hold.' }),
    acquireTimeout: seconds.meta({ description: 'How long a pod waits for its address.' }),
    arpProbe: seconds.meta({ description: 'How long an address is probed before it is used.' }),
    repairInterval: seconds.meta({ description: 'How often the routes of pods are checked.' }),
    attachments: z.record(qualifiedName, agentAttachment).optional().meta({
      description:
        'The bridge and the allowed leases, by namespace/name of the definition. A definition without an entry gives no address.',
    }),
  })
  .meta({ description: 'agent.json (docs/node-contract.md).' });

export const attachmentsValuesSchema = z.strictObject({
  definitions: z
    .record(label, z.strictObject({ namespace: label, config: conflist }))
    .optional()
    .meta({ description: 'NetworkAttachmentDefinitions by name. Without one, this chart is empty.' }),
  access: z
    .record(qualifiedName, z.array(label).min(1))
    .meta({ description: 'The namespaces whose pods may use a definition, by namespace/name of the definition.' }),
  pins: z
    .record(macAddress, z.strictObject({ namespace: label, workload: label }))
    .meta({ description: 'Which workload may pin which MAC address; pods that request another one are refused.' }),
  ranges: z.record(qualifiedName, z.array(cidr).min(1)).meta({
    description:
      'The addresses that any pod which may use a definition may request (ips), by namespace/name of the definition. Only for definitions with static addresses.',
  }),
  addresses: z
    .record(address, z.strictObject({ attachment: qualifiedName, namespace: label, workload: label }))
    .meta({ description: 'Which workload alone may request which address (ips), and by which definition.' }),
  agent,
  listen: z.enum(['127.0.0.1:9479', '0.0.0.0:9479']).meta({
    description: 'Where the agent serves metrics and probes: on the node only, or on every address for Prometheus.',
  }),
  hostBinDir: absolutePath.meta({ description: 'The folder of CNI plugins on the node.' }),
  hostNetnsDir: absolutePath.meta({
    description:
      'The folder on the node in which its container runtime mounts the network namespaces of pods; /var/run/netns on Talos.',
  }),
  healer: z.boolean().meta({
    description:
      'Deletes a pod that started without the attachment that it requests, if a controller owns it. Default: off, because it deletes pods.',
  }),
  resources,
  tolerations,
  affinity,
});

export type AttachmentsValues = z.output<typeof attachmentsValuesSchema>;

export const attachmentsDefaults = {
  access: {},
  pins: {},
  ranges: {},
  addresses: {},
  agent: {
    leasesPerNode: 32,
    leasesPerNamespace: 16,
    leasesPerPod: 4,
    acquireTimeout: '15s',
    arpProbe: '200ms',
    repairInterval: '30s',
  },
  listen: '127.0.0.1:9479',
  hostBinDir: CNI_FOLDERS.binDir,
  hostNetnsDir: NETNS_FOLDER,
  healer: false,
  // A flood of frames costs the node half a core at most. An agent with 50 leases uses 15 MiB (docs/architecture.md). After
  // a kill it reads its leases from disk, long before the first of them expires.
  resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
  tolerations: [{ operator: 'Exists' }],
  affinity: {},
} satisfies AttachmentsValues;
