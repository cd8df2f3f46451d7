/** What uses the network: pods, load balancers, BGP, attachments to the LAN and the example application. */
import * as z from 'zod';
import { BLOCK_SIZE, DEFAULT_BLOCK_SIZE, DEFAULT_HOLD, DEFAULT_KEEPALIVE, HOLD, PRIVATE_AS, span } from '../bounds.ts';
import { address, asn, blockSize, cidr, cidrOrRange, count, hold, keepalive, mac, mtu, range } from './scalars.ts';
import { cniFile, cniName, label, reference, secretKey, secretName, timeZone, volumeSize } from './words.ts';
import { CALICO_NAMESPACE } from '../../platforms/calico.ts';
import { cnis } from '../../platforms/cnis/index.ts';
import { platformNames } from '../../platforms/platform-names.ts';

/** `cni: cilium`, or `cni: {conf: 10-mine.conflist, name: mine}`. */
const cni = z
  .union([
    z.enum(platformNames(cnis)),
    z.strictObject({
      conf: cniFile.meta({
        description: 'The name of the file with its configuration, in the folder of CNI configurations of each node.',
        examples: ['10-mine.conflist'],
      }),
      name: cniName.meta({ description: 'What that file has as `name`.', examples: ['mine'] }),
    }),
  ])
  .meta({
    description:
      'The network plugin that the cluster has; required with existing, not allowed with the others. k3s: the network that k3s itself brings. One that is not in the list: {conf, name}.',
    examples: ['cilium', '{conf: 10-mine.conflist, name: mine}'],
  });

export const pods = z
  .strictObject({
    mode: z.enum(['routed', 'bridged', 'on-lan', 'existing']).meta({
      description:
        'routed: pods have a subnet of their own, which the router learns by BGP. bridged: pods get addresses of the LAN through a Linux bridge on each node. on-lan: Calico assigns addresses inside the subnet of the LAN. existing: the cluster keeps the network that it has, and gets attachments to the LAN.',
    }),
    cni: cni.optional(),
    network: reference.optional().meta({
      description:
        'The network that carries pod traffic, by its name. Default: the only network of each node, or the only one of them with a router of the plan; required if a node is on several with a router.',
      examples: ['home'],
    }),
    networks: z
      .array(reference)
      .min(1)
      .optional()
      .meta({
        description:
          'The networks that carry pod traffic, in place of network, if nodes are on different ones (a network at each site, or for each rack). Every node is on exactly one of them.',
        examples: [['servers-a', 'servers-b']],
      }),
    subnet: cidr({
      description:
        'The addresses of pods. Required with routed, on-lan and existing, not allowed with bridged. At least one block for each node; with existing the range that the cluster has.',
      examples: ['192.168.4.0/24'],
    }).optional(),
    blockSize: blockSize.default(DEFAULT_BLOCK_SIZE).meta({
      description: `The prefix length of the address blocks that nodes take, ${span(BLOCK_SIZE)}. Default: ${DEFAULT_BLOCK_SIZE} (64 addresses), Calico's own.`,
    }),
    mtu: mtu.optional().meta({
      description:
        'The MTU of pods, in bytes. Default: the smallest MTU on any path of their packets, which always fits.',
    }),
    perNode: z
      .strictObject({
        first: count(1).meta({
          description: "The offset of the first pod address from the node's own address: 1 is the next one.",
          examples: [1],
        }),
        count: count(1).meta({ description: 'How many pod addresses a node has.', examples: [100] }),
      })
      .optional()
      .meta({
        description: 'The range of pod addresses of each node. Required with bridged, not allowed with the others.',
      }),
    routes: z
      .array(cidr({ description: 'One network.', examples: ['10.11.0.0/16'] }))
      .default([])
      .meta({
        description:
          'Other networks that bridged pods reach through the gateway of the LAN. Default: none, because the default route of a pod points to its node.',
      }),
  })
  .meta({ description: 'How pods get their addresses.' });

export const loadBalancerPool = z
  .strictObject({
    subnet: cidrOrRange({
      description:
        'The addresses for Services of type LoadBalancer, outside every network: the router learns routes to them by BGP. A range is accepted too.',
      examples: ['192.168.6.0/24'],
    }).optional(),
    range: range({
      description:
        'The first and the last address, in place of subnet. It is split into the fewest subnets that cover it exactly, because BGP announces subnets.',
      examples: ['192.168.6.10-192.168.6.49'],
    }).optional(),
    router: reference.optional().meta({
      description:
        'The router whose nodes announce the addresses. Default: the router that has the name of the pool, otherwise all routers with nodes. Several pools may have one router.',
      examples: ['edgerouter'],
    }),
    autoAssign: z.boolean().optional().meta({
      description:
        'Whether a Service that asks for no pool and no address may get one of these. Default: true, unless the client devices of some network do not reach them.',
    }),
    avoidBuggyIPs: z.boolean().default(true).meta({
      description: 'Leaves out addresses that end in .0 and .255. Default: true, because some old devices reject them.',
    }),
  })
  .meta({ description: 'The addresses of Services of type LoadBalancer.' });

export const bgp = z
  .strictObject({
    passwordSecret: z
      .strictObject({
        name: secretName.meta({ description: `The name of the Secret in namespace ${CALICO_NAMESPACE}.` }),
        key: secretKey.meta({ description: 'The key of the Secret with the password.' }),
      })
      .optional()
      .meta({
        description:
          'The Secret with the BGP password, never the password itself. Without it, any device on the network can announce routes, and flatlan warns.',
      }),
    asn: asn.optional().meta({
      description: `An AS number for all nodes (eBGP with their routers), which no router has; ${span(PRIVATE_AS)} are private. Default: that of their router (iBGP), so that there is one number less.`,
      examples: [PRIVATE_AS.minimum + 1],
    }),
    mesh: z.boolean().default(false).meta({
      description:
        'Whether each node also has a BGP session with each other node, so that pods of different nodes reach each other while the router is off. All nodes must be on one network. Default: false, because a node that is off then holds up the routes of every node that starts, for up to 240 s.',
    }),
    hold: hold.default(DEFAULT_HOLD).meta({
      description: `The hold time in seconds, ${span(HOLD)}: a session without any message for this time is down. Default: ${DEFAULT_HOLD}, so that a lost node is noticed soon and one lost packet does no harm.`,
    }),
    keepalive: keepalive.default(DEFAULT_KEEPALIVE).meta({
      description: 'The seconds between two keepalive messages, at most a third of hold. Default: 3, a third of 9.',
    }),
  })
  .meta({ description: 'The BGP sessions between nodes and routers.' });

/** The words of Kubernetes, as in the manifest of the workload. */
const workload = z
  .strictObject({
    namespace: label.optional().meta({
      description: 'The Kubernetes namespace that it runs in. Default: that of the attachment.',
    }),
    kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet']).default('Deployment').meta({
      description: 'Its kind. Default: Deployment. A DaemonSet has a pod on every node and ignores replicas.',
    }),
    replicas: count(0).default(1).meta({ description: 'How many pods it has. Default: 1.' }),
    surge: count(0).optional().meta({
      description:
        'How many extra pods it has during an update (maxSurge). Default: a quarter of the replicas, rounded up, for a Deployment, as in Kubernetes; 0 for the other kinds and with mac.',
    }),
    mac: mac({
      description:
        'The MAC address that its annotation pins. No other workload may have it; the workload then has one pod and the update strategy Recreate.',
      examples: ['02:f1:a7:00:00:01'],
    }).optional(),
    address: address({
      description:
        'Its address on an attachment with static addresses, which its annotation requests (ips). No other workload may have it; the workload then has one pod and the update strategy Recreate.',
      examples: ['192.168.2.200'],
    }).optional(),
  })
  .meta({ description: 'A workload that gets an address through this attachment.' });

export const attachment = z
  .strictObject({
    namespace: label.meta({ description: 'The Kubernetes namespace that it is created in.', examples: ['default'] }),
    network: reference.meta({
      description:
        'The network that it connects to, by its name. The interface of each node on that network is a port of a bridge.',
      examples: ['lan'],
    }),
    addresses: z
      .union([
        z.literal(['dhcp', 'static']),
        range({ description: 'A range.', examples: ['192.168.2.200-192.168.2.220'] }),
      ])
      .meta({
        description:
          'Where its addresses come from. dhcp: the DHCP server of the network. static: each pod requests the one that the plan has for its workload or app. A range: static, too, and other pods may request any other address of it; nothing notices two with the same one.',
        examples: ['dhcp', 'static', '192.168.2.200-192.168.2.220'],
      }),
    namespaces: z.array(label).default([]).meta({
      description:
        'Further namespaces whose pods may use it. Default: none, because network policies do not apply to a pod on the LAN.',
    }),
    isolated: z.boolean().default(false).meta({
      description:
        'Whether its pods on one node are isolated from each other (portIsolation of the upstream bridge plugin). They still reach the LAN. Default: false, because pods of one home mostly belong together. Pods on two nodes reach each other through the LAN switch; isolate them there, too.',
    }),
    routes: z
      .array(cidr({ description: 'One network.', examples: ['192.168.50.0/24'] }))
      .default([])
      .meta({
        description:
          'Networks to which its leases may bring routes (DHCP option 121), such as one behind a second router; with static addresses, networks that its pods reach through the gateway. Default: none, because otherwise any DHCP server on the LAN could divert the traffic of its pods.',
      }),
    workloads: z.record(label, workload).default({}).meta({
      description:
        "Your own workloads that will use it, by name, besides the plan's apps. The size of the DHCP range is checked against them; nothing is generated. Default: none, because only you know them.",
    }),
  })
  .meta({ description: 'A second interface on the LAN for pods that request it.' });

/** Enough for years of an average home. */
export const DEFAULT_VOLUME_SIZE = '5Gi';

export const homeAssistant = z
  .strictObject({
    namespace: label.meta({ description: 'The Kubernetes namespace that it runs in.', examples: ['smarthome'] }),
    attachments: z.array(reference).default([]).meta({
      description:
        'The attachments of its pod, by name; multicast leaves through the first. Default: none, but then it discovers no device on the LAN.',
    }),
    mac: mac({
      description:
        'Its MAC address on the first of its attachments, so that the DHCP server can reserve an address. Without it, the address may change.',
    }).optional(),
    addresses: z
      .record(label, address({ description: 'Its address on that attachment.' }))
      .default({})
      .meta({
        description:
          'Its address on each of its attachments with static addresses, attachment to address. Default: none, because the others have theirs by DHCP.',
      }),
    loadBalancerIP: address({
      description:
        'The address that its Service asks for, one of loadBalancers, so that names and bookmarks stay right. Default: any that MetalLB gives it.',
      examples: ['192.168.6.10'],
    }).optional(),
    timeZone: timeZone.default('Etc/UTC').meta({
      description:
        'Its time zone, a name of the IANA database. Default: UTC, because a plan does not say where you live.',
    }),
    storage: z
      .strictObject({
        size: volumeSize
          .default(DEFAULT_VOLUME_SIZE)
          .meta({ description: 'The size of its volume. Default: 5Gi, enough for years of an average home.' }),
        class: label.optional().meta({ description: 'The StorageClass of its volume. Default: that of the cluster.' }),
        otherOwner: z.boolean().default(false).meta({
          description:
            'Whether files of its volume belong to another user than root, since they come from another installation. Home Assistant runs as root without any capability and cannot read them; with true it gets one, DAC_OVERRIDE. Default: false.',
        }),
      })
      .optional()
      .meta({ description: 'Its volume. Without it, size and class have their defaults.' }),
  })
  .meta({ description: 'Home Assistant, the example of an application on the LAN.' });
