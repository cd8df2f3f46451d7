/** Networks, the routers between them and the links that join routers. */
import { z } from 'zod';
import { keysOf } from '../../platforms/keys.ts';
import { routers } from '../../platforms/routers/index.ts';
import { address, asn, cidr, count, mtu, range, vlan } from './scalars.ts';
import { duration, hostName, label, reference, secretName } from './words.ts';

const dhcp = z
  .strictObject({
    server: label.meta({
      description:
        'The router that serves DHCP here, by its name under routers; or a name for another server, which you configure yourself.',
      examples: ['edgerouter'],
    }),
    servers: z
      .array(address({ description: 'The address of one.' }))
      .default([])
      .meta({
        description:
          'The addresses by which further servers give leases here: the second of a pair, or the one that is none of the routers. Pods take leases of these and of the router that serves, of no other. None: most networks have one server; where that is none of the routers, pods take leases of any.',
      }),
    range: range({
      description:
        'The addresses that the server hands out, first and last included. Pods, load balancers and fixed addresses that it does not reserve itself stay out of it.',
    }),
    lease: duration.optional().meta({
      description: 'How long a lease lasts: a number and s, m, h or d. Without it the server keeps its own default.',
    }),
    clients: count(0).default(0).meta({
      description:
        'How many devices take an address from the range, nodes and pods not counted. The range is checked against it; 0, because only you know.',
    }),
  })
  .meta({ description: 'DHCP on this network. Without it nothing about DHCP is checked or generated here.' });

export const network = z
  .strictObject({
    subnet: cidr({ description: 'The addresses of this network: an IPv4 subnet, written by its first address.' }),
    gateway: address({
      description: 'The address by which its hosts reach everything else. Without it nodes get no default route here.',
    }).optional(),
    clients: z.boolean().default(false).meta({
      description:
        "Whether people's devices (phones, televisions) are on this network. False, so that the checks about them come only where you say so.",
    }),
    reach: z.enum(['house', 'site']).optional().meta({
      description:
        "How far routes to this network go. house: to the routers of all sites, so that pods anywhere answer its devices. site: not beyond its own router. Networks of nodes and of people's devices have house, others site, since nobody asks from there.",
    }),
    vlan: vlan.optional().meta({
      description:
        'The VLAN number of this segment, 1 to 4094. A switch or hypervisor tags it and a node sees it untagged, unless its interface says tagged: true. Without it the network is untagged everywhere.',
    }),
    mtu: mtu.default(1500).meta({
      description:
        "The MTU between the hosts of this network, in bytes. 1500 is Ethernet's own; 9000 needs every switch to carry it.",
    }),
    gatewayMtu: mtu.optional().meta({
      description:
        "The MTU of the gateway's port, in bytes, where it is smaller than that between the hosts. The same as mtu without it, since most networks have one.",
    }),
    dns: z
      .array(address({ description: 'The address of one.' }))
      .default([])
      .meta({
        description:
          "The DNS servers that the nodes here use. None, because DHCP or the node's own configuration may name them.",
      }),
    dhcp: dhcp.optional(),
    reserved: z
      .record(label, address({ description: 'Its address.' }))
      .default({})
      .meta({
        description:
          'Devices with a fixed address, name to address: printers, access points. Nothing else gets their addresses.',
      }),
  })
  .meta({ description: 'One subnet.' });

export const router = z
  .strictObject({
    software: z.enum(keysOf(routers)).meta({
      description: 'What runs on the router; it decides the form of the generated configuration.',
    }),
    asn: asn.meta({
      description:
        'The AS number of the router and of the nodes behind it (iBGP): 64512 to 65534 are private. Each site has its own.',
    }),
    addresses: z
      .record(label, address({ description: 'Its address there.' }))
      .meta({ description: "The router's address on each of its networks, network to address." }),
    stateful: z.boolean().default(true).meta({
      description: 'Whether its firewall follows connections between its networks. True, because home routers do.',
    }),
    public: hostName.optional().meta({
      description:
        'The name or address by which other sites reach it, for tunnels. Without it the router only calls out.',
      examples: ['home.example.net'],
    }),
  })
  .meta({ description: 'A router. A site is a router and the networks behind it.' });

export const link = z
  .strictObject({
    between: z
      .tuple([reference, reference])
      .meta({ description: 'The two routers that it joins, by name.', examples: [['home-a', 'home-b']] }),
    kind: z.enum(['ipsec', 'wireguard']).meta({ description: 'How it is encrypted.' }),
    subnet: cidr({ description: "The tunnel's own addresses, one for each end.", examples: ['10.255.0.0/30'] }),
    mtu: mtu.meta({
      description: 'The MTU inside the tunnel, in bytes: that of the line less the encryption.',
      examples: [1400],
    }),
    keySecret: secretName.optional().meta({
      description:
        'The name under which you keep the key; never the key itself. Without it the generated files say where to put one.',
      examples: ['a-b'],
    }),
  })
  .meta({ description: 'A tunnel between two routers.' });
