/** Attachments to the LAN: they come with the network's release; here is how to see that they work. */
import { ATTACHMENTS } from '../constructs/attachments/daemon-set.ts';
import { NETWORKS_ANNOTATION } from '../constructs/attachments/network-attachment.ts';
import { MULTUS } from '../constructs/multus/daemon-set.ts';
import { NAMESPACE } from '../helm/layers.ts';
import type { Attachment, Network } from '../plan/network/index.ts';
import { named } from '../plan/must.ts';
import { block, code, codes, namesOr, table } from './markdown.ts';
import { word } from './shell.ts';
import type { Step } from './step.ts';

export function attachmentSteps(network: Network): Step[] {
  const [first] = network.attachments;
  return first ? [attachmentStep(network, first)] : [];
}

const policyWords = [
  '**NetworkPolicy does not see this interface**, in either direction. Every device on the LAN reaches every port that the pod opens there: what must not be reached, bind to the pod address or to 127.0.0.1, or protect by a password.',
  'What the pod sends by it is held to the LAN, to multicast and to answers by the node plane; a program that binds to the LAN address to reach the internet or other pods is refused at once. NET_RAW or NET_ADMIN get past that: give such pods `securityContext.capabilities.drop: [ALL]`.',
];

function attachmentStep({ attachments, segments }: Network, first: Attachment): Step {
  const range = named(segments, first.network, 'network').dhcp?.range;
  return {
    title: 'Attachments to the LAN',
    todo: [
      'Nothing to install: they came with the network.',
      table(
        ['attachment', 'leads to', 'through', 'nodes', 'for pods of namespace'],
        attachments.map((one) => [
          code(`${one.namespace}/${one.name}`),
          code(one.subnet),
          code(one.bridge),
          nodesText(one),
          codes(one.namespaces),
        ]),
      ),
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
      'A pod that asks has a second interface:',
      block('sh', trial(first)),
      `The third line prints ${code('net1')} with an address of ${range ? code(range) : code(first.subnet)}, which the DHCP server's leases show too; the fourth ${code('dev net1')}, the fifth ${code('dev eth0')}: discovery leaves by the LAN, everything else by the cluster.`,
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

const TRIAL = 'lan-trial';

/** Busybox has all that is asked for; its `ip route get` needs no option. */
function trial({ name, namespace }: Attachment): string[] {
  const pod = `${TRIAL} --namespace ${word(namespace)}`;
  return [
    `kubectl run ${pod} --image=busybox:1.37 --annotations=${NETWORKS_ANNOTATION}=${word(`${namespace}/${name}`)} -- sleep 900`,
    `kubectl wait pod ${pod} --for condition=Ready --timeout 2m`,
    `kubectl exec ${pod} -- ip -4 address show net1`,
    `kubectl exec ${pod} -- ip route get 224.0.0.251`,
    `kubectl exec ${pod} -- ip route get 9.9.9.9`,
    `kubectl delete pod ${pod}`,
  ];
}
