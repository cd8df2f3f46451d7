/** Rules about attachments: the network that they lead to, and who takes them. */
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import { CLUSTER_NETWORK } from '../cluster-network.ts';
import type { Path } from '../finding.ts';
import type { Rule, Violation } from './rule.ts';
import { bridgeNames, notBridged, offNetwork } from './attachments-bridges.ts';
import { pinnedLocal, pinnedNowhere, pinnedReplicas } from './attachments-pinned.ts';
import { routes } from './attachments-routes.ts';
import { unknownNames } from './view/unknown-name.ts';

const appPath: Path = ['apps', 'home-assistant'];

/** Multus looks for a NetworkAttachmentDefinition of that name before it reads Calico's configuration. */
function* reservedName({ plan }: CheckedPlan): Iterable<Violation> {
  if (plan.attachments && Object.hasOwn(plan.attachments, CLUSTER_NETWORK))
    yield {
      at: ['attachments', CLUSTER_NETWORK],
      problem: `${CLUSTER_NETWORK} is the name of Calico's own network: Multus could take the attachment for it, and no pod would get its first interface`,
    };
}

function* unknownAttachments({ plan, names }: CheckedPlan): Iterable<Violation> {
  const unknown = unknownNames('attachment', names.attachments);
  for (const [index, name] of (plan.apps?.['home-assistant']?.attachments ?? []).entries())
    yield* unknown(name, [...appPath, 'attachments', index]);
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
      problem: `attachment ${name} takes its addresses from the DHCP server of network ${network}, and the plan has none there`,
      remedy: `add dhcp: {server: ..., range: ...} to network ${network}, so that the range can be checked against all who ask`,
    };
  }
}

function* namespaces({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  const app = plan.apps?.['home-assistant'];
  if (app?.namespace === undefined) return;
  for (const [index, name] of (app.attachments ?? []).entries()) {
    const attachment = plan.attachments?.[name];
    const at = ['attachments', name];
    if (attachment?.namespace === undefined || incomplete([...at, 'namespaces'])) continue;
    const allowed = [attachment.namespace, ...(attachment.namespaces ?? [])];
    if (allowed.includes(app.namespace)) continue;
    yield {
      at: [...appPath, 'attachments', index],
      problem: `home-assistant runs in namespace ${app.namespace}, and attachment ${name} may be used from ${allowed.join(', ')}`,
      remedy: `add ${app.namespace} to attachments.${name}.namespaces`,
    };
  }
}

/** Two interfaces of one pod on one network: each answers ARP for the other's address, and a pinned MAC address is there twice. */
function* oneANetwork({ plan }: CheckedPlan): Iterable<Violation> {
  const taken = new Map<string, string>();
  for (const [index, name] of (plan.apps?.['home-assistant']?.attachments ?? []).entries()) {
    const network = plan.attachments?.[name]?.network;
    if (network === undefined) continue;
    const other = taken.get(network);
    taken.set(network, other ?? name);
    if (other === undefined) continue;
    const problem =
      other === name
        ? `home-assistant takes attachment ${name} twice`
        : `home-assistant takes attachments ${other} and ${name}, which both lead to network ${network}`;
    yield { at: [...appPath, 'attachments', index], problem };
  }
}

export const attachmentRules: readonly Rule[] = [
  {
    code: 'attachments/reserved-name',
    severity: 'error',
    summary: "No attachment is called k8s-pod-network, the name of Calico's own network.",
    remedy: 'rename the attachment',
    check: reservedName,
  },
  {
    code: 'attachments/unknown',
    severity: 'error',
    summary: 'Apps name attachments of the plan.',
    remedy: 'name an attachment that stands under attachments',
    check: unknownAttachments,
  },
  {
    code: 'attachments/not-bridged',
    severity: 'error',
    summary:
      'A node that runs pods and has a cable to the network of an attachment has a bridge over it; at least one such node is there.',
    remedy: 'add bridge: cni0 to the interface, or take the role worker from the node',
    check: notBridged,
  },
  {
    code: 'attachments/off-network',
    severity: 'warning',
    summary: 'Every node that runs pods has a cable to the network of an attachment.',
    remedy: "keep pods that ask for it on the nodes that have, by node affinity, as the plan's apps are",
    check: offNetwork,
  },
  {
    code: 'attachments/bridge-names',
    severity: 'error',
    summary: 'The bridges on the network of an attachment have one name on all nodes: the attachment names one.',
    remedy: 'call the bridge the same on every node',
    check: bridgeNames,
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
    remedy: 'add the namespace to namespaces of the attachment',
    check: namespaces,
  },
  {
    code: 'attachments/routes',
    severity: 'error',
    summary:
      "Leases bring no routes to pods, services, load balancers, the nodes' other networks or ranges in which no host can live.",
    remedy: 'list networks of the house that are behind a router of the LAN',
    check: routes,
  },
  {
    code: 'attachments/one-a-network',
    severity: 'error',
    summary: 'A pod takes one attachment of a network.',
    remedy: 'keep one of them',
    check: oneANetwork,
  },
  {
    code: 'attachments/pinned-replicas',
    severity: 'error',
    summary:
      'A pinned MAC address belongs to one pod: one replica, none besides it during an update (strategy Recreate).',
    remedy: 'take mac out, or write replicas: 1 and no surge',
    check: pinnedReplicas,
  },
  {
    code: 'attachments/pinned-local',
    severity: 'warning',
    summary: 'A pinned MAC address is locally administered, unless you know that its device is gone.',
    remedy: 'choose one whose second digit is 2, 6, a or e, such as 02:f1:a7:00:00:01',
    check: pinnedLocal,
  },
  {
    code: 'attachments/pinned-nowhere',
    severity: 'warning',
    summary: 'An app with a pinned MAC address has an attachment to pin it at.',
    remedy: 'add the attachment, or take mac out',
    check: pinnedNowhere,
  },
];
