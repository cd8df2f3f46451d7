/** Nodes and their interfaces. */
import { z } from 'zod';
import { hypervisors } from '../../platforms/hypervisors/index.ts';
import { keysOf } from '../../platforms/keys.ts';
import { nodeSystems } from '../../platforms/node-systems/index.ts';
import { address, mac } from './scalars.ts';
import { interfaceName, label, reference } from './words.ts';

const bond = z
  .strictObject({
    members: z
      .array(interfaceName)
      .min(1)
      .meta({ description: 'The interfaces that it is made of.', examples: [['eth1', 'eth2']] }),
    mode: z.enum(['802.3ad', 'active-backup', 'balance-xor', 'balance-rr', 'balance-tlb', 'balance-alb']).meta({
      description:
        'How they share the traffic, by the names of the Linux kernel. 802.3ad (LACP) needs a switch that does it too.',
    }),
  })
  .meta({ description: 'Makes this interface a bond of several.' });

const nodeInterface = z
  .strictObject({
    network: reference.meta({
      description: 'The network that it is on, by its name under networks.',
      examples: ['home'],
    }),
    address: z
      .union([z.literal('dhcp'), address({ description: 'A fixed address.', examples: ['192.168.2.225'] })])
      .meta({
        description: 'Its address; or dhcp, where nobody has to know it.',
        examples: ['192.168.2.225', 'dhcp'],
      }),
    assigned: z.literal('dhcp').optional().meta({
      description:
        'dhcp: the DHCP server reserves the address for the MAC, and the node asks for it. Without it the node sets it itself.',
    }),
    mac: mac({
      description: 'Its MAC address. Needed with assigned: dhcp; else for generated files that tell interfaces by it.',
    }).optional(),
    bridge: interfaceName.optional().meta({
      description:
        'Puts the interface under a bridge of this name, and the address on the bridge, so that pods can join the network. Without it there is no bridge.',
      examples: ['cni0'],
    }),
    tagged: z.boolean().default(false).meta({
      description:
        "Whether the network's VLAN is tagged at this interface. False, because a switch or hypervisor usually takes the tag off.",
    }),
    bond: bond.optional(),
    defaultRoute: z.literal('preferred').optional().meta({
      description:
        "preferred: the node's own traffic leaves by this interface (metric 90, the others 1024). Needed where several have a gateway.",
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
          "What it does. worker, because most nodes do nothing else; Calico's own pods are kept on control-plane nodes.",
      }),
    arch: z
      .enum(['amd64', 'arm64'])
      .default('amd64')
      .meta({ description: 'Its processor. amd64, what most machines are; a Raspberry Pi is arm64.' }),
    os: z.enum(keysOf(nodeSystems)).default('networkd').meta({
      description: 'What configures its network. networkd, because it is on every distribution with systemd.',
    }),
    host: z.enum(keysOf(hypervisors)).default('metal').meta({
      description:
        'What it runs on: hypervisors need a setting that lets the MAC addresses of bridged pods through. metal needs none.',
    }),
    interfaces: z
      .record(interfaceName, nodeInterface)
      .meta({ description: 'Its network interfaces, by name. Each node has some, from here or from a pattern.' }),
  })
  .meta({ description: 'A node; "node{1..100}" stands for a hundred, with {} for the number in its values.' });

/** The name of a node; patterns of names are expanded before (read/patterns.ts). */
export const nodeName = label;
