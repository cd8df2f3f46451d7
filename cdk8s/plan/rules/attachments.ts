/** Rules about attachments: their network, and the pods that use them. */
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import { CLUSTER_NETWORK } from '../../platforms/calico.ts';
import { cnis } from '../../platforms/cnis/index.ts';
import type { Path } from '../finding.ts';
import type { Rule, Violation } from './rule.ts';
import { bridgeNames, noNodeForApp, notBridged, offNetwork } from './attachments-bridges.ts';
import { pinnedLocal, pinnedNowhere, pinnedReplicas } from './attachments-pinned.ts';
import { routes } from './attachments-routes.ts';
import { staticRules } from './attachments-static.ts';
import { attachedToPods } from './pods-on-lan.ts';
import { unknownNames } from './view/unknown-name.ts';

const appPath: Path = ['apps', 'home-assistant'];

/** Multus looks for a NetworkAttachmentDefinition of that name before it reads the network's own configuration. */
function* reservedName({ plan }: CheckedPlan): Iterable<Violation> {
  const { mode, cni } = plan.pods ?? {};
  const own = mode === 'existing' ? (typeof cni === 'string' ? cnis[cni].network : cni?.name) : undefined;
  for (const [name, whose] of [
    [CLUSTER_NETWORK, "Calico's own network"],
    ...(own === undefined || own === CLUSTER_NETWORK ? [] : [[own, "the cluster's own network"] as const]),
  ] as const)
    if (plan.attachments && Object.hasOwn(plan.attachments, name))
      yield {
        at: ['attachments', name],
        problem: `${name} is the name of ${whose}: Multus could use the attachment in its place, and no pod would get its first interface`,
      };
}

function* unknownAttachments({ plan, names }: CheckedPlan): Iterable<Violation> {
  const unknown = unknownNames('attachment', names.attachments);
  const app = plan.apps?.['home-assistant'];
  for (const [index, name] of (app?.attachments ?? []).entries())
    yield* unknown(name, [...appPath, 'attachments', index]);
  for (const name of Object.keys(app?.addresses ?? {})) yield* unknown(name, [...appPath, 'addresses', name]);
}

function* noDhcp({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  for (const [name, { network, addresses }] of entries(plan.attachments)) {
    const found = network === undefined ? undefined : plan.networks?.[network];
    if (
      network === undefined ||
      !found ||
      addresses !== 'dhcp' ||
      found.dhcp ||
      incomplete(['networks', network, 'dhcp'])
    )
      continue;
    yield {
      at: ['attachments', name, 'network'],
      problem: `attachment ${name} gets its addresses from the DHCP server of network ${network}, but the plan has none there`,
      remedy: `add dhcp: {server: ..., range: ...} to network ${network}, so that the size of the range can be checked`,
    };
  }
}

function* namespaces({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  const app = plan.apps?.['home-assistant'];
  if (app?.namespace === undefined) return;
  const told = new Set<string>();
  for (const [index, name] of (app.attachments ?? []).entries()) {
    if (told.has(name)) continue;
    told.add(name);
    const attachment = plan.attachments?.[name];
    const at = ['attachments', name];
    if (attachment?.namespace === undefined || incomplete([...at, 'namespaces'])) continue;
    const allowed = [attachment.namespace, ...(attachment.namespaces ?? [])];
    if (allowed.includes(app.namespace)) continue;
    yield {
      at: [...appPath, 'attachments', index],
      problem: `home-assistant runs in namespace ${app.namespace}, but attachment ${name} may be used from ${allowed.join(', ')} only`,
      remedy: `add ${app.namespace} to attachments.${name}.namespaces`,
    };
  }
}

/** Two interfaces of one pod on one network: each answers ARP for the other's address, and a pinned MAC address exists twice. */
function* oneANetwork({ plan }: CheckedPlan): Iterable<Violation> {
  const taken = new Map<string, string>();
  const told = new Set<string>();
  for (const [index, name] of (plan.apps?.['home-assistant']?.attachments ?? []).entries()) {
    const network = plan.attachments?.[name]?.network;
    if (network === undefined) continue;
    const other = taken.get(network);
    taken.set(network, other ?? name);
    if (other === undefined || told.has(name)) continue;
    told.add(name);
    const problem =
      other === name
        ? `home-assistant has attachment ${name} twice`
        : `home-assistant has attachments ${other} and ${name}, which are both on network ${network}`;
    yield { at: [...appPath, 'attachments', index], problem };
  }
}

export const attachmentRules: readonly Rule[] = [
  {
    code: 'attachments/reserved-name',
    severity: 'error',
    summary: `No attachment has the name of the cluster's own network: ${CLUSTER_NETWORK}, that of Calico, or that of pods.cni.`,
    remedy: 'rename the attachment',
    check: reservedName,
  },
  {
    code: 'attachments/unknown',
    severity: 'error',
    summary: 'Apps refer to attachments of the plan.',
    remedy: 'name one of the attachments under attachments',
    first: true,
    check: unknownAttachments,
  },
  {
    code: 'attachments/not-bridged',
    severity: 'error',
    summary:
      'Every node that runs pods and has a cable to the network of an attachment has a bridge on that interface, and at least one node has.',
    remedy: 'add bridge: br0 to the interface, or remove the role worker from the node',
    check: notBridged,
  },
  {
    code: 'attachments/off-network',
    severity: 'warning',
    summary: 'Every node that runs pods has a cable to the network of an attachment.',
    remedy: "let pods with this attachment run only on nodes with such a cable (node affinity), as the plan's apps do",
    check: offNetwork,
  },
  {
    code: 'attachments/no-node',
    severity: 'error',
    summary: 'A node that runs pods has all attachments of an app.',
    remedy: 'keep the attachments of one node, or give a node a bridge on each of their networks',
    check: noNodeForApp,
  },
  {
    code: 'attachments/bridge-names',
    severity: 'error',
    summary:
      'The bridges on the network of an attachment have the same name on all nodes, because an attachment names one bridge.',
    remedy: 'use the same bridge name on every node',
    check: bridgeNames,
  },
  {
    code: 'attachments/on-lan-pods',
    severity: 'error',
    summary: 'No attachment leads to the network that has on-lan pods inside it, or bridged pods on it.',
    remedy: 'lead it to another network; bridged pods need none on theirs, and mode routed has no pods on the LAN',
    check: attachedToPods,
  },
  {
    code: 'attachments/no-dhcp',
    severity: 'error',
    summary: 'The network of an attachment has a DHCP server.',
    remedy: 'add dhcp to the network',
    check: noDhcp,
  },
  {
    code: 'attachments/namespace',
    severity: 'error',
    summary: 'An app runs in a namespace that may use its attachments.',
    remedy: 'add the namespace to the namespaces of the attachment',
    check: namespaces,
  },
  {
    code: 'attachments/routes',
    severity: 'error',
    summary:
      'Leases bring no routes to pods, services, load balancers, other networks of the nodes, or special ranges (loopback, link-local, multicast).',
    remedy: 'list only networks of the home that are behind a router on the LAN',
    check: routes,
  },
  {
    code: 'attachments/one-a-network',
    severity: 'error',
    summary: 'A pod has at most one attachment per network.',
    remedy: 'keep one of them',
    check: oneANetwork,
  },
  {
    code: 'attachments/pinned-replicas',
    severity: 'error',
    summary:
      'A pinned MAC address or a static address belongs to one pod: one replica, and no second pod during an update (strategy Recreate).',
    remedy: 'remove mac or address, or write replicas: 1 and no surge',
    check: pinnedReplicas,
  },
  {
    code: 'attachments/pinned-local',
    severity: 'warning',
    summary: 'A pinned MAC address is locally administered, not one of a hardware vendor.',
    remedy: 'choose one whose second digit is 2, 6, a or e, such as 02:f1:a7:00:00:01',
    check: pinnedLocal,
  },
  {
    code: 'attachments/pinned-nowhere',
    severity: 'warning',
    summary: 'An app with a pinned MAC address has an attachment that uses it.',
    remedy: 'add the attachment, or remove mac',
    check: pinnedNowhere,
  },
  ...staticRules,
];
