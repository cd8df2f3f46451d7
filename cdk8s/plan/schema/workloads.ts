/** What runs on the network: pods, load balancers, their BGP, attachments to the LAN and the example application. */
import { z } from 'zod';
import { blockSize, cidr, count, hold, keepalive, mac, mtu } from './scalars.ts';
import { label, reference, secretKey, secretName, timeZone, volumeSize } from './words.ts';

export const pods = z
  .strictObject({
    mode: z.enum(['routed', 'bridged', 'on-lan']).meta({
      description:
        'routed: addresses of their own, which the router learns by BGP. bridged: addresses of the LAN, by a plain bridge on each node. on-lan: Calico gives addresses inside the LAN.',
    }),
    network: reference.optional().meta({
      description:
        "The network that carries pods, by its name. Each node's only network without it; needed where a node is on several.",
      examples: ['home'],
    }),
    subnet: cidr({
      description:
        "The pods' addresses; needed with routed and on-lan, meaningless with bridged. At least one block for each node.",
      examples: ['192.168.4.0/24'],
    }).optional(),
    blockSize: blockSize.default(26).meta({
      description:
        "The prefix length of the blocks that nodes take addresses in, 20 to 32. 26 (64 addresses) is Calico's own.",
    }),
    mtu: mtu.optional().meta({
      description:
        'The MTU of pods, in bytes. Without it the smallest on any way that their packets take, which always fits.',
    }),
    perNode: z
      .strictObject({
        first: count(1).meta({
          description: "The first pod address, counted from the node's own: 1 is the next one.",
          examples: [1],
        }),
        count: count(1).meta({ description: 'How many pod addresses a node has.', examples: [100] }),
      })
      .optional()
      .meta({
        description: "Each node's own range of pod addresses; needed with bridged, meaningless with the others.",
      }),
    routes: z
      .array(cidr({ description: 'One of them.', examples: ['10.11.0.0/16'] }))
      .default([])
      .meta({
        description:
          'Other networks that bridged pods reach by the gateway of the LAN. None, because the default route leads to the node.',
      }),
  })
  .meta({ description: 'How pods get their addresses.' });

export const loadBalancerPool = z
  .strictObject({
    subnet: cidr({
      description:
        'The addresses for Services of type LoadBalancer, outside every network: the router learns the way to them by BGP.',
      examples: ['192.168.6.0/24'],
    }),
    avoidBuggyIPs: z.boolean().default(true).meta({
      description: 'Leaves out addresses that end in .0 and .255. True, because some old devices refuse them.',
    }),
  })
  .meta({ description: 'The addresses of Services of type LoadBalancer.' });

export const bgp = z
  .strictObject({
    passwordSecret: z
      .strictObject({
        name: secretName.meta({ description: 'The name of the Secret, in namespace calico-system.' }),
        key: secretKey.meta({ description: 'The key in it that holds the password.' }),
      })
      .optional()
      .meta({
        description:
          'The Secret that holds the BGP password; never the password itself. Without it any device on the network can announce routes, which is a warning.',
      }),
    hold: hold.default(9).meta({
      description:
        'After how many seconds without a word a session counts as dead, 3 to 65535. 9: a lost node is noticed soon, one lost packet does no harm.',
    }),
    keepalive: keepalive.default(3).meta({
      description: 'How many seconds between signs of life, at most a third of hold. 3 is the third of 9.',
    }),
  })
  .meta({ description: 'The BGP sessions between nodes and routers.' });

/** Kubernetes' own words, as they stand in the manifest of the workload. */
const workload = z
  .strictObject({
    namespace: label.optional().meta({
      description: 'The Kubernetes namespace that it runs in. That of the attachment without it.',
    }),
    kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet']).default('Deployment').meta({
      description: 'Its kind. Deployment, the usual one; a DaemonSet has a pod on every node, whatever replicas says.',
    }),
    replicas: count(0).default(1).meta({ description: 'How many pods it has. 1, because most at home have one.' }),
    surge: count(0).optional().meta({
      description:
        'How many more pods it has while it is updated (maxSurge). Without it a fourth of the replicas, rounded up, for a Deployment, as Kubernetes does it; none for the others and with mac.',
    }),
    mac: mac({
      description:
        'The MAC address that its annotation pins, which no pod of another workload may. It has one pod then and is updated by Recreate.',
      examples: ['02:f1:a7:00:00:01'],
    }).optional(),
  })
  .meta({ description: 'A workload that takes an address by this attachment.' });

export const attachment = z
  .strictObject({
    namespace: label.meta({ description: 'The Kubernetes namespace that it is made in.', examples: ['default'] }),
    network: reference.meta({
      description: "The network that it leads to, by its name; each node's interface there is under a bridge.",
      examples: ['lan'],
    }),
    addresses: z.literal('dhcp').meta({ description: "Where its addresses come from: the network's DHCP server." }),
    namespaces: z.array(label).default([]).meta({
      description:
        'Further namespaces whose pods may use it. None, because a pod on the LAN is past every network policy.',
    }),
    isolated: z.boolean().default(false).meta({
      description:
        "Whether its pods are kept from each other on a node's bridge (portIsolation of upstream's bridge plugin); they reach the LAN all the same. false, because pods of one house mostly belong together. Pods on two nodes meet on the LAN's switch, which has a setting of its own.",
    }),
    routes: z
      .array(cidr({ description: 'One of them.', examples: ['192.168.50.0/24'] }))
      .default([])
      .meta({
        description:
          'Networks beyond it to which its leases may bring routes (DHCP option 121), such as one behind a second router. None, because whoever answers DHCP on the LAN could lead its pods anywhere.',
      }),
    workloads: z.record(label, workload).default({}).meta({
      description:
        "Your own workloads that will use it, by name, besides the plan's apps: the DHCP range is checked against them, nothing is generated. None, because only you know.",
    }),
  })
  .meta({ description: 'A second interface, on the LAN, for the pods that ask for it.' });

/** Holds years of an average home. */
export const DEFAULT_VOLUME_SIZE = '5Gi';

export const homeAssistant = z
  .strictObject({
    namespace: label.meta({ description: 'The Kubernetes namespace that it runs in.', examples: ['smarthome'] }),
    attachments: z.array(reference).default([]).meta({
      description: 'The attachments that its pod takes, by name. None, but then it discovers no device on the LAN.',
    }),
    mac: mac({
      description:
        'Its MAC address on the first of its attachments, so that the DHCP server can reserve an address. Without it the address may change.',
    }).optional(),
    timeZone: timeZone.default('Etc/UTC').meta({
      description: 'Its time zone, by the names of the IANA database. UTC, because a plan does not say where you live.',
    }),
    storage: z
      .strictObject({
        size: volumeSize
          .default(DEFAULT_VOLUME_SIZE)
          .meta({ description: 'The size of its volume. 5Gi holds years of an average home.' }),
        class: label
          .optional()
          .meta({ description: "The StorageClass of its volume. The cluster's default one without it." }),
      })
      .optional()
      .meta({ description: 'Its volume. Without it, size and class have their defaults.' }),
  })
  .meta({ description: 'Home Assistant, the example of an application on the LAN.' });
