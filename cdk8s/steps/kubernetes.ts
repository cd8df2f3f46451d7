/** The distribution, made without a network of its own. What is true of one distribution stands in platforms/distributions. */
import { must } from '../plan/must.ts';
import { isCalico } from '../plan/network/calico.ts';
import type { Kubernetes, Network, Node } from '../plan/network/index.ts';
import { NETWORK_LABEL } from '../plan/network/node-selection.ts';
import { distributions, type DistributionTraits, type Document } from '../platforms/distributions/index.ts';
import { yamlText } from '../yaml-text.ts';
import { endpointBullets, endpointCheck } from './endpoint.ts';
import { block, bullets, code, codes, LONGEST_LIST, namesOr, table } from './markdown.ts';
import { word } from './shell.ts';
import type { Step } from './step.ts';
import { taintBullets, taintChecks } from './taints.ts';
import { dataplanes } from '../platforms/calico.ts';

export function kubernetesStep(network: Network): Step {
  const { nodes, kubernetes } = network;
  const traits = distributions[kubernetes.distribution];
  const names = namesOr(
    `all ${nodes.length} nodes`,
    nodes.map(({ name }) => name),
  );
  const addresses = nodes.flatMap(({ uplink }) => (uplink.address ? [uplink.address] : []));
  const shown =
    addresses.length > 0 && addresses.length <= LONGEST_LIST
      ? ` ${codes(addresses)}`
      : ` the address of each on the network of its pods`;
  const labelled = nodes.filter(({ labels }) => Object.keys(labels).length > 0);
  return {
    title: traits.title,
    todo: [
      `Kubernetes ${kubernetes.version}. ${isCalico(network) ? 'Calico gives' : 'The nodes give'} pods their addresses, so the distribution brings no network and gives nodes no ranges of their own.`,
      `${traits.clusterFile}:`,
      yamlBlock(kubernetes.settings),
      ...nodeSettings(traits, nodes),
      bullets([
        ...endpointBullets(network),
        ...dnsBullets(network),
        ...taintBullets(network),
        ...(isCalico(network) ? [kubeProxyBullet(kubernetes, traits)] : []),
        ...byDhcpBullets(traits, nodes),
      ]),
    ],
    see: [
      `\`kubectl get nodes --output wide\` lists ${names} ${code('NotReady')} (there is no network yet) with INTERNAL-IP${shown}. ${isCalico(network) ? 'Calico speaks BGP from that address' : "It is the node's address on its bridge"}: where it is another, correct ${code(traits.addressSetting)} (${traits.changed}) before you go on.`,
      ...(labelled.length > 0
        ? [
            `\`kubectl get nodes --label-columns ${NETWORK_LABEL}\` shows a network for ${labelled.length === nodes.length ? 'every node' : `${labelled.length} nodes`}: by that label routers' sessions find their nodes. A node without it has no BGP session.`,
          ]
        : []),
      ...endpointCheck(network),
      ...(isCalico(network) ? [kubeProxyCheck(kubernetes)] : []),
      ...taintChecks(network),
      `\`kubectl get pods --all-namespaces\` shows the cluster's DNS ${code('Pending')}: that is right.`,
    ],
    back: [traits.uninstall],
  };
}

function yamlBlock(documents: readonly Document[]): string {
  return block(
    'yaml',
    documents
      .map((one) => yamlText(one).trimEnd())
      .join('\n---\n')
      .split('\n'),
  );
}

/** One node's as an example, the others' in a table where they are few. */
function nodeSettings(traits: DistributionTraits, nodes: readonly Node[]): string[] {
  const rows = nodes.filter(({ settings }) => settings.length > 0);
  const [first, ...others] = rows;
  if (!first) return [];
  const label = rows.some(({ labels }) => Object.keys(labels).length > 0);
  const untaint = rows.some(({ untainted }) => untainted) ? traits.untaint : undefined;
  const head = [
    'node',
    ...(traits.addressBySubnet ? [] : [traits.addressSetting]),
    ...(label ? [NETWORK_LABEL] : []),
    ...(untaint === undefined ? [] : [code(untaint)]),
  ];
  const cells = (node: Node): string[] => [
    code(node.name),
    ...(traits.addressBySubnet ? [] : [node.uplink.address ? code(node.uplink.address) : 'see below']),
    ...(label ? [code(node.labels[NETWORK_LABEL] ?? 'none')] : []),
    ...(untaint === undefined ? [] : [node.untainted ? 'yes' : 'no']),
  ];
  return [
    `${traits.nodeFile}${others.length > 0 ? `, here that of ${code(first.name)}` : ''}:`,
    yamlBlock(first.settings),
    ...(others.length === 0
      ? []
      : others.length < LONGEST_LIST
        ? [table(head, rows.map(cells))]
        : [
            `Each of the ${rows.length} nodes with ${[
              ...(traits.addressBySubnet ? [] : ['its own address, as in the table of the step of nodes']),
              ...(label ? ['the name of the network that carries its pods'] : []),
              ...(untaint === undefined ? [] : [`${code(untaint)} where it is a control plane that takes pods`]),
            ].join(' and ')}.`,
          ]),
    ...(label ? [labelRunning(nodes)] : []),
  ];
}

/** A kubelet's setting labels a node when it joins; one that runs already is labelled by hand. */
function labelRunning(nodes: readonly Node[]): string {
  const one = must(
    nodes.find(({ labels }) => labels[NETWORK_LABEL] !== undefined),
    `node with the label ${NETWORK_LABEL}`,
  );
  const example = `kubectl label node ${word(one.name)} ${NETWORK_LABEL}=${word(one.labels[NETWORK_LABEL])}`;
  return `The label ${code(NETWORK_LABEL)} is there because the names of a network's nodes don't fit into a selector. Nodes that run already get it by hand, all of them before the network's release is upgraded: ${code(example)}.`;
}

function dnsBullets({ kubernetes }: Network): string[] {
  const { dnsSetting } = distributions[kubernetes.distribution];
  return dnsSetting === undefined
    ? []
    : [
        `The cluster's DNS is ${code(kubernetes.dns)}: the tenth address of services unless you set ${code(dnsSetting)} of the kubelet.`,
      ];
}

function kubeProxyBullet({ kubeProxy }: Kubernetes, { title }: DistributionTraits): string {
  const { linuxDataplane } = dataplanes[kubeProxy];
  return kubeProxy === 'iptables'
    ? `kube-proxy stays in its mode ${code('iptables')}, as ${title} has it: Calico writes its rules the same way (${code(linuxDataplane)}).`
    : `kube-proxy stays in its mode ${code('nftables')}, as ${title} has it. Calico looks at each node which way kube-proxy writes its rules and goes along (${code(linuxDataplane)}), so ${code('iptables')} works as well.`;
}

/** kube-proxy says its mode at its metrics address (k8s.io/kubernetes v1.36.3, cmd/kube-proxy/app/server.go), and in its log. */
function kubeProxyCheck({ kubeProxy }: Kubernetes): string {
  return kubeProxy === 'iptables'
    ? `\`curl --silent http://127.0.0.1:10249/proxyMode\` on a node prints ${code('iptables')}.`
    : `\`kubectl logs --namespace kube-system --selector k8s-app=kube-proxy --tail -1 | grep Proxier\` prints ${code('Using nftables Proxier')} for each node.`;
}

function byDhcpBullets({ addressBySubnet, addressSetting }: DistributionTraits, nodes: readonly Node[]): string[] {
  const unknown = nodes.filter(({ uplink }) => !uplink.address);
  if (unknown.length === 0) return [];
  const names = namesOr(
    `${unknown.length} nodes`,
    unknown.map(({ name }) => name),
  );
  const holders = [...new Set(unknown.map(({ uplink }) => uplink.holder))];
  const reserve =
    'Let the DHCP server reserve it: Calico reads it when it starts, and the router knows its neighbor by it. `address`, `mac` and `assigned: dhcp` in the plan make that a reservation.';
  return [
    addressBySubnet
      ? `The address of ${names} comes by DHCP. ${reserve}`
      : `The address of ${names} comes by DHCP: write the one that ${codes(
          holders.map((holder) => `ip -4 -brief address show ${word(holder)}`),
          'or',
        )} shows there as ${code(addressSetting)}. ${reserve}`,
  ];
}
