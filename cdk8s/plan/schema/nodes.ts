/** Nodes and their interfaces. */
import * as z from 'zod';
import { MOST } from '../bounds.ts';
import { hypervisors } from '../../platforms/hypervisors/index.ts';
import { platformNames } from '../../platforms/platform-names.ts';
import { nodeSystems } from '../../platforms/node-systems/index.ts';
import { address, mac } from './scalars.ts';
import { interfaceName, reference } from './words.ts';

const bond = z
  .strictObject({
    members: z
      .array(interfaceName)
      .min(1)
      .meta({ description: 'The member interfaces.', examples: [['eth1', 'eth2']] }),
    mode: z.enum(['802.3ad', 'active-backup', 'balance-xor', 'balance-rr', 'balance-tlb', 'balance-alb']).meta({
      description:
        'The bonding mode, by the names of the Linux kernel. 802.3ad (LACP) must be configured on the switch, too.',
    }),
  })
  .meta({ description: 'Makes this interface a bond of several interfaces.' });

const nodeInterface = z
  .strictObject({
    network: reference.meta({
      description: 'The network of the interface, by its name under networks.',
      examples: ['home'],
    }),
    address: z
      .union([z.enum(['dhcp', 'none']), address({ description: 'A fixed address.', examples: ['192.168.2.225'] })])
      .meta({
        description:
          'Its address; or dhcp, if the plan does not need to know it; or none, if the node has no address on this network and its bridge is for pods only.',
        examples: ['192.168.2.225', 'dhcp', 'none'],
      }),
    assigned: z.literal('dhcp').optional().meta({
      description:
        'dhcp: the DHCP server reserves the address for the MAC address, and the node gets it by DHCP. Without it, the address is configured on the node.',
    }),
    mac: mac({
      description:
        'Its MAC address. Required with assigned: dhcp; otherwise STEPS.md shows it, to identify the interface.',
    }).optional(),
    bridge: interfaceName.optional().meta({
      description:
        'Makes the interface a port of a bridge of this name and puts the address on the bridge, so that pods can join the network. Without it, there is no bridge.',
      examples: ['br0'],
    }),
    tagged: z.boolean().default(false).meta({
      description:
        'Whether the VLAN of the network is tagged on this interface. Default: false, because the switch or hypervisor usually removes the tag.',
    }),
    bond: bond.optional(),
    defaultRoute: z.enum(['preferred', 'none']).optional().meta({
      description:
        'preferred: the default route of the node uses this interface (metric 90, the others 1024); required if several interfaces have one. none: no default route by this interface, because the gateway serves other devices only. Default: one where the network has a gateway.',
    }),
  })
  .meta({ description: 'A network interface of a node.' });

export const node = z
  .strictObject({
    roles: z
      .array(z.enum(['control-plane', 'worker']))
      .min(1)
      .default(['worker'])
      .meta({
        description:
          "The roles of the node. Default: worker. Calico's controllers (not calico-node, which is on every node) run on control-plane nodes only, where the plan has any.",
      }),
    arch: z
      .enum(['amd64', 'arm64'])
      .default('amd64')
      .meta({ description: 'Its processor architecture. Default: amd64; a Raspberry Pi is arm64.' }),
    os: z.enum(platformNames(nodeSystems)).optional().meta({
      description:
        'What configures its network. Default: talos with distribution talos; networkd with the others, because every Linux with systemd has it.',
    }),
    host: z.enum(platformNames(hypervisors)).default('metal').meta({
      description:
        'What it runs on. Hypervisors need a setting that passes the MAC addresses of bridged pods. Default: metal, which needs none.',
    }),
    interfaces: z.record(interfaceName, nodeInterface).meta({
      maxProperties: MOST.interfaces,
      description: 'Its network interfaces, by name. Every node has at least one, written here or in a pattern.',
    }),
  })
  .meta({ description: 'A node; "node{1..100}" means a hundred nodes, and {} in its values is the number.' });
