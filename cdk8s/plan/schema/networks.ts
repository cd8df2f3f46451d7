/**
 * Networks, the routers between them and the links between routers.
 *
 * A new key on networks also needs ../network/underlay.ts (Segment, DhcpScope) and ../resolve/underlay.ts, whoever
 * uses it (../../steps/), and `npm run docs` and `npm run synth`, which write docs/plan.md and plan.schema.json. A
 * key that nobody uses compiles.
 */
import * as z from 'zod';
import { DEFAULT_MTU, MOST, PRIVATE_AS, span } from '../bounds.ts';
import { platformNames } from '../../platforms/platform-names.ts';
import { routers } from '../../platforms/routers/index.ts';
import { address, asn, cidr, count, mtu, range, vlan } from './scalars.ts';
import { duration, hostName, label, reference, secretName } from './words.ts';

const dhcp = z
  .strictObject({
    server: label.meta({
      description:
        'The router that serves DHCP on this network, by its name under routers; or a name for another server, which you configure yourself.',
      examples: ['edgerouter'],
    }),
    servers: z
      .array(address({ description: 'The address of one server.' }))
      .meta({ maxItems: MOST.dhcpServers })
      .default([])
      .meta({
        description:
          'The addresses of further DHCP servers here: the second of a pair, or one that is not a router of the plan. Pods accept leases only from these and from the router that serves DHCP. Default: none; if then no router of the plan serves DHCP, pods accept leases from any server.',
      }),
    range: range({
      description:
        'The addresses that the server hands out, first and last included. Pods, load balancers and fixed addresses must be outside it, except addresses that the server itself reserves.',
    }),
    lease: duration.optional().meta({
      description: 'The lease time: a number followed by s, m, h or d. Default: that of the server.',
    }),
    clients: count(0).default(0).meta({
      description:
        'How many devices take an address from the range, not counting nodes and pods. The size of the range is checked against it. Default: 0, because only you know the number.',
    }),
  })
  .meta({
    description: 'DHCP on this network. Without it, nothing about DHCP is checked or generated for this network.',
  });

export const network = z
  .strictObject({
    subnet: cidr({ description: 'The addresses of this network: an IPv4 subnet, written with its first address.' }),
    gateway: address({
      description:
        'The default gateway of the hosts on this network. Without it, nodes get no default route on this network.',
    }).optional(),
    clients: z.boolean().default(false).meta({
      description:
        'Whether client devices (phones, televisions) are on this network. Default: false, so that the checks about clients run only where you ask for them.',
    }),
    reach: z.enum(['house', 'site']).optional().meta({
      description:
        'How far routes to this network are announced. house: to the routers of all sites, so that pods at every site can answer its devices. site: not beyond its own router. Default: house for networks that carry pods and networks with client devices, site for the others.',
    }),
    vlan: vlan.optional().meta({
      description:
        'The VLAN ID of this segment, 1 to 4094. The switch or hypervisor tags it and a node receives it untagged, unless its interface has tagged: true. Without it, the network is untagged everywhere.',
    }),
    mtu: mtu.default(DEFAULT_MTU).meta({
      description:
        'The MTU between the hosts of this network, in bytes. 1500 is the default of Ethernet; for 9000 every switch must support it.',
    }),
    gatewayMtu: mtu.optional().meta({
      description:
        "The MTU of the gateway's port, in bytes, if it is smaller than that between the hosts. Default: the same as mtu.",
    }),
    dns: z
      .array(address({ description: 'The address of one server.' }))
      .meta({ maxItems: MOST.dns })
      .default([])
      .meta({
        description:
          "The DNS servers of the nodes on this network. Default: none, because DHCP or the node's own configuration may name them.",
      }),
    dhcp: dhcp.optional(),
    reserved: z
      .record(label, address({ description: 'Its address.' }))
      .default({})
      .meta({
        description:
          'Devices with a fixed address (printers, access points), name to address. Nothing else gets these addresses: the DHCP server keeps those inside its range for their devices, where it can.',
      }),
  })
  .meta({ description: 'One subnet.' });

export const router = z
  .strictObject({
    software: z.enum(platformNames(routers)).meta({
      description: 'The software of the router. It decides the commands in STEPS.md.',
    }),
    asn: asn.optional().meta({
      description: `The AS number of the router and of the nodes behind it (iBGP), unless bgp.asn gives nodes another (eBGP); ${span(PRIVATE_AS)} are private. Each site has its own. Required where pods are routed or on-lan; the other modes have no BGP.`,
      examples: [PRIVATE_AS.minimum],
    }),
    addresses: z
      .record(label, address({ description: 'Its address on that network.' }))
      .meta({ description: 'The address of the router on each of its networks, network to address.' }),
    stateful: z.boolean().default(true).meta({
      description:
        'Whether its firewall is stateful (tracks connections) between its networks. Default: true, because that of home routers is.',
    }),
    public: hostName.optional().meta({
      description:
        'The public name or address of the router, for tunnels from other sites. Without it, the router only opens tunnels itself.',
      examples: ['home.example.net'],
    }),
  })
  .meta({ description: 'A router. A site is a router and the networks behind it.' });

export const link = z
  .strictObject({
    between: z
      .tuple([reference, reference])
      .meta({ description: 'The two routers that it connects, by name.', examples: [['home-a', 'home-b']] }),
    kind: z.enum(['ipsec', 'wireguard']).meta({ description: 'How the tunnel is encrypted.' }),
    subnet: cidr({ description: 'The addresses of the tunnel, one for each end.', examples: ['10.255.0.0/30'] }),
    mtu: mtu.meta({
      description:
        'The MTU inside the tunnel, in bytes: that of the internet line minus the overhead of the encryption.',
      examples: [1400],
    }),
    keySecret: secretName.optional().meta({
      description:
        'The name of the secret with the key, never the key itself. Without it, STEPS.md names no place for the key.',
      examples: ['a-b'],
    }),
  })
  .meta({ description: 'A tunnel between two routers.' });
