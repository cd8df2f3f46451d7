/** The network's release where pods are on each node's bridge: how to see that they work, and what they lack. */
import { BRIDGE, PLUGINS } from '../constructs/bridge/daemon-set.ts';
import { NAMESPACE, network as networkLayer } from '../helm/layers.ts';
import type { BridgedNode, BridgedPods, Network } from '../plan/network/index.ts';
import { BRIDGE_CONFLIST } from '../platforms/bridge-network.ts';
import { block, bullets, code, codes, LONGEST_LIST, table } from './markdown.ts';
import { install, uninstall } from './releases.ts';
import { word } from './shell.ts';
import type { Step } from './step.ts';

const TRIAL = 'bridge-trial';

export function bridgedStep(network: Network, pods: BridgedPods): Step {
  const { kubernetes, segments } = network;
  const [first] = pods.nodes;
  const device = segments.find(({ name }) => name === pods.network)?.gateway ?? first?.gateway;
  return {
    title: `The network: release ${code(networkLayer.release)}`,
    todo: [
      block('sh', install(networkLayer, network)),
      `DaemonSet ${code(BRIDGE)} puts upstream's plugins into ${code(kubernetes.cni.binDir)} and ${code(BRIDGE_CONFLIST)} into ${code(kubernetes.cni.confDir)} of each node, once its bridge has the node's address. A node that the plan does not have gets none.`,
      rangeTable(pods.nodes),
      bullets(limits),
      `By hand instead, on a node without that DaemonSet: the same file, byte for byte, and the plugins ${codes(PLUGINS)} of containernetworking/plugins in ${code(kubernetes.cni.binDir)}.`,
      block('sh', byHand(first)),
    ],
    see: [
      block('console', [
        `$ kubectl rollout status daemonset/${BRIDGE} --namespace ${NAMESPACE} --timeout 5m`,
        `daemon set "${BRIDGE}" successfully rolled out`,
        `$ helm test ${networkLayer.release} --namespace ${NAMESPACE} --logs`,
        '...',
        'Phase: Succeeded',
      ]),
      `A pod of it that is not ready says why: ${code(`kubectl logs daemonset/${BRIDGE} --namespace ${NAMESPACE}`)}, or that of one node by its pod's name.`,
      'A pod has an address of its node, and reaches the network and a Service:',
      block('sh', [
        `kubectl run ${TRIAL} --image=busybox:1.37 -- sleep 900`,
        `kubectl wait pod ${TRIAL} --for condition=Ready --timeout 2m`,
        `kubectl get pod ${TRIAL} --output wide`,
        ...(device ? [`kubectl exec ${TRIAL} -- ping -c 1 ${word(device)}`] : []),
        `kubectl exec ${TRIAL} -- nslookup kubernetes.default.svc.cluster.local ${word(kubernetes.dns)}`,
        `kubectl delete pod ${TRIAL}`,
      ]),
      `The third line shows an address of the node's range. From a device of network ${code(pods.network)} the pod answers ${code('ping')} at that address, whatever the gateway does.`,
    ],
    back: [
      'Every pod loses its network with it: take applications away first.',
      block('sh', uninstall(networkLayer)),
      `The release takes ${code(BRIDGE_CONFLIST)} off each node when it is uninstalled, not when its pods restart. On a node that was off meanwhile: ${code(`rm ${kubernetes.cni.confDir}/${BRIDGE_CONFLIST}`)}.`,
    ],
  };
}

/** What other modes have and this one has not. */
const limits = [
  '**NetworkPolicy does not exist in this mode**: nothing enforces it. Every device of the network reaches every port of every pod, and every pod reaches every device.',
  'There are no load balancers: nobody announces their addresses. Devices reach a Service by type `NodePort` at the address of any node, or a pod at its own address.',
  'A pod with a `hostPort` sees its node in place of devices of the network; a pod that asks a Service and is chosen to answer itself gets no answer: give such a pod `127.0.0.1`, or its Service a second pod.',
  'Addresses of pods are not kept: names of the house lead to a Service, not to a pod.',
];

/** Each where they are few, else the first and the last. */
function rangeTable(nodes: readonly BridgedNode[]): string {
  const rows = (some: readonly BridgedNode[]) =>
    some.map(({ name, bridge, range, gateway }) => [code(name), code(bridge), code(range), code(gateway)]);
  const head = ['node', 'bridge', 'addresses of its pods', 'their gateway'];
  if (nodes.length < LONGEST_LIST) return table(head, rows(nodes));
  return table(head, [...rows(nodes.slice(0, 2)), ['and so on', '', '', ''], ...rows(nodes.slice(-1))]);
}

/** jq's `*` lays one object over another, as `flatlan-node bridge` does. */
function byHand(first: BridgedNode | undefined): string[] {
  return [
    `kubectl get configmap ${BRIDGE} --namespace ${NAMESPACE} --output 'jsonpath={.data.bridge\\.json}' > bridge.json`,
    `jq --sort-keys --arg node ${word(first?.name)} '${ONE_NODE}' bridge.json > ${BRIDGE_CONFLIST}`,
  ];
}

/** From the settings to the conflist of `$node`. */
export const ONE_NODE = '.nodes[$node] as $own | .conflist | .plugins[0] *= $own';
