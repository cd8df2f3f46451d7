/** Attachments to the LAN: they come with the network's release; here is how to see that they work. */
import { ATTACHMENTS } from '../constructs/attachments/daemon-set.ts';
import { asIps, NETWORKS_ANNOTATION } from '../constructs/attachments/network-attachment.ts';
import { MULTUS } from '../constructs/multus/daemon-set.ts';
import { NAMESPACE } from '../helm/layers.ts';
import { IntervalSet, type Address } from '../address/index.ts';
import type { Attachment, Network } from '../plan/network/index.ts';
import { named } from '../plan/must.ts';
import { block, code, codes, namesOr, table } from './markdown.ts';
import { word } from './shell.ts';
import type { Step } from './step.ts';

export function attachmentSteps(network: Network): Step[] {
  const tries = network.attachments.flatMap(trialOf);
  // One that a DHCP server gives an address shows more.
  const trial = tries.find(({ address }) => address === undefined) ?? tries[0];
  return network.attachments.length > 0 ? [attachmentStep(network, trial)] : [];
}

const policyWords = [
  '**NetworkPolicy does not see this interface**, in either direction. Every device on the LAN reaches every port that the pod opens there: what must not be reached, bind to the pod address or to 127.0.0.1, or protect by a password.',
  'What the pod sends by it is held to the LAN, to multicast and to answers by the node plane; a program that binds to the LAN address to reach the internet or other pods is refused at once. NET_RAW or NET_ADMIN get past that: give such pods `securityContext.capabilities.drop: [ALL]`.',
];

function attachmentStep({ attachments, segments }: Network, trial: Trial | undefined): Step {
  const fixed = attachments.filter((one) => one.fixed !== undefined);
  return {
    title: 'Attachments to the LAN',
    todo: [
      'Nothing to install: they came with the network.',
      table(
        [
          'attachment',
          'leads to',
          'through',
          'nodes',
          'for pods of namespace',
          ...(fixed.length > 0 ? ['addresses'] : []),
        ],
        attachments.map((one) => [
          code(`${one.namespace}/${one.name}`),
          code(one.subnet),
          code(one.bridge),
          nodesText(one),
          codes(one.namespaces),
          ...(fixed.length > 0 ? [addressesText(one)] : []),
        ]),
      ),
      ...fixed.slice(0, 1).flatMap(howToAsk),
      ...policyWords,
    ],
    see: [
      block(
        'console',
        [MULTUS, ATTACHMENTS].flatMap((name) => [
          `$ kubectl rollout status daemonset/${name} --namespace ${NAMESPACE} --timeout 5m`,
          `daemon set "${name}" successfully rolled out`,
        ]),
      ),
      ...(trial ? seeTrial(trial, segments) : []),
    ],
    back: [
      'Take the attachments, and the apps that use them, out of the plan, synthesize and upgrade the network release. New pods then start with the cluster network alone; delete pods that have a second interface, so that its address is given back.',
    ],
  };
}

function nodesText({ nodes }: Attachment): string {
  if (nodes === undefined) return 'every node';
  return namesOr(`${nodes.length} nodes`, nodes);
}

function addressesText({ fixed }: Attachment): string {
  if (!fixed) return 'by DHCP';
  const own = fixed.owners.map(({ address, workload }) => `${code(address)} for ${code(workload)}`);
  const shown = own.length > MOST ? [...own.slice(0, MOST), `${own.length - MOST} more`] : own;
  return [...(fixed.range ? [`any of ${code(fixed.range)}`] : []), ...shown].join('; ');
}

/** A cell of the table names this many at most. */
const MOST = 4;

function howToAsk(attachment: Attachment): string[] {
  const address = freeAddress(attachment) ?? attachment.fixed?.owners[0]?.address;
  if (!address) return [];
  return [
    `With static addresses a pod requests its own, with the prefix length of the network. Nothing notices two pods, or a pod and another device, with one address: list each under ${code('workloads')} of the attachment, where the plan is checked, and no other workload may request it. In the template of a Deployment (strategy Recreate):`,
    block('yaml', ['metadata:', '  annotations:', `    ${NETWORKS_ANNOTATION}: '${annotation(attachment, address)}'`]),
  ];
}

/** The JSON form, since the short one names no address. */
function annotation(attachment: Attachment, address: Address): string {
  const { name, namespace } = attachment;
  return JSON.stringify([{ name, namespace, ips: asIps(attachment, address) }]);
}

/** The last of the range that the plan has for nobody. */
function freeAddress({ fixed }: Attachment): Address | undefined {
  if (!fixed?.range) return undefined;
  return IntervalSet.of(fixed.range)
    .difference(IntervalSet.of(...fixed.owners.map(({ address }) => address)))
    .ranges()
    .at(-1)?.last;
}

const TRIAL = 'lan-trial';

/** A pod that tries an attachment. */
interface Trial {
  readonly attachment: Attachment;
  /** Undefined: by DHCP. */
  readonly address: Address | undefined;
}

/** None where each address has an owner, whose own pod shows it. */
function trialOf(attachment: Attachment): Trial[] {
  const address = freeAddress(attachment);
  return attachment.fixed && !address ? [] : [{ attachment, address }];
}

function seeTrial(trial: Trial, segments: Network['segments']): string[] {
  const { attachment, address } = trial;
  const range = named(segments, attachment.network, 'network').dhcp?.range;
  const shown = address
    ? `the address ${code(address)}`
    : `an address of ${range ? code(range) : code(attachment.subnet)}, which the DHCP server's leases show too`;
  return [
    'A pod that asks has a second interface:',
    block('sh', trialCommands(trial)),
    `The third line prints ${code('net1')} with ${shown}; the fourth ${code('dev net1')}, the fifth ${code('dev eth0')}: discovery leaves by the LAN, everything else by the cluster.`,
  ];
}

/** Busybox has all that is asked for; its `ip route get` needs no option. */
function trialCommands({ attachment, address }: Trial): string[] {
  const { name, namespace } = attachment;
  const pod = `${TRIAL} --namespace ${word(namespace)}`;
  const asked = address ? annotation(attachment, address) : `${namespace}/${name}`;
  return [
    `kubectl run ${pod} --image=busybox:1.37 --annotations=${NETWORKS_ANNOTATION}=${word(asked)} -- sleep 900`,
    `kubectl wait pod ${pod} --for condition=Ready --timeout 2m`,
    `kubectl exec ${pod} -- ip -4 address show net1`,
    `kubectl exec ${pod} -- ip route get 224.0.0.251`,
    `kubectl exec ${pod} -- ip route get 9.9.9.9`,
    `kubectl delete pod ${pod}`,
  ];
}
