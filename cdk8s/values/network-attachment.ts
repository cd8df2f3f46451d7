/**
 * The CNI configuration of an attachment (docs/node-contract.md, "The pod network attachment"). Further keys are allowed
 * for upstream's plugins, but not for flatlan's own.
 */
import * as z from 'zod';
import { CLUSTER_NETWORK } from '../platforms/calico.ts';
import { absolutePath, label } from './container.ts';
import { cniVersion } from './multus.ts';
import { address, cidr, mtu } from './network.ts';

/** As the kernel accepts it (IFNAMSIZ). */
const interfaceName = z.string().regex(/^[^\s/]{1,15}$/);
export const bridgeName = interfaceName.meta({ description: "The node's bridge on the network." });

const option = z
  .string()
  .min(1)
  .meta({ description: 'A name of the DHCP plugin of containernetworking, or a number.' });

const lanDhcp = z.strictObject({
  type: z.literal('lan-dhcp'),
  daemonSocketPath: absolutePath,
  priority: z.int().min(1).meta({
    description: "The metric of the lease's routes. The cluster's default route has metric 0, so it is preferred.",
  }),
  provide: z
    .array(z.strictObject({ option, value: z.string().optional(), fromArg: z.string().optional() }))
    .optional()
    .meta({ description: 'DHCP options to send.' }),
  request: z
    .array(z.strictObject({ option, skipDefault: z.boolean().optional() }))
    .optional()
    .meta({ description: 'DHCP options to request.' }),
});

const fixed = z
  .strictObject({
    type: z.literal('static'),
    routes: z
      .array(z.strictObject({ dst: cidr, gw: address, priority: z.int().min(1) }))
      .optional()
      .meta({ description: 'The default route, by which route-fix learns the router of the network.' }),
  })
  .meta({ description: "Upstream's plugin static: pods request their address (ips), see attachments.addresses." });

const bridge = z.looseObject({
  type: z.literal('bridge'),
  bridge: bridgeName,
  mtu,
  capabilities: z.strictObject({ mac: z.literal(true), ips: z.literal(true).optional() }),
  ipam: z.discriminatedUnion('type', [lanDhcp, fixed]),
});

const tuning = z.looseObject({ type: z.literal('tuning'), sysctl: z.record(z.string(), z.string()) });

const routeFix = z.strictObject({
  type: z.literal('route-fix'),
  clusterInterface: interfaceName.optional(),
  clusterSubnets: z
    .array(cidr)
    .meta({ description: "Reached through the cluster's interface, whatever routes the LAN advertises." }),
  subnet: cidr
    .optional()
    .meta({ description: "The attachment's own subnet: an address or a router outside of it is refused." }),
  otherSubnets: z
    .array(cidr)
    .optional()
    .meta({ description: 'Other networks and addresses: a lease inside them is refused, as in clusterSubnets.' }),
  lanSubnets: z.array(cidr).optional().meta({ description: 'Further networks reached through this interface.' }),
  defaultRoute: z.enum(['cluster', 'lan']).optional(),
  multicast: z.boolean().optional(),
  egressFilter: z.boolean().optional().meta({
    description:
      'Limits what pods send through this interface to the LAN, multicast and replies. Default: true. With false, pods can bypass every NetworkPolicy through the LAN.',
  }),
  sourceGuard: z
    .boolean()
    .optional()
    .meta({ description: 'Limits pods to their own MAC and IPv4 addresses on the LAN. Default: true.' }),
  ipv6: z.enum(['none', 'ra']).optional(),
  statePath: absolutePath.optional(),
});

export const conflist = z
  .strictObject({
    cniVersion,
    // Multus would take a network of that name for the cluster's own.
    name: label.refine((name) => name !== CLUSTER_NETWORK, 'taken'),
    plugins: z.tuple([bridge, tuning, routeFix]),
  })
  .meta({ description: 'A CNI configuration of three plugins, in this order: bridge, tuning, route-fix.' });

export type Conflist = z.output<typeof conflist>;
