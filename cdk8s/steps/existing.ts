/** The network that the cluster has and keeps: how to see that it is the plan's, and what it must be told. */
import type { ExistingPods, Network } from '../plan/network/index.ts';
import { cnis, type CniTraits } from '../platforms/cnis/index.ts';
import { distributions } from '../platforms/distributions/index.ts';
import { bullets, code, codes } from './markdown.ts';
import { word } from './shell.ts';
import type { Step } from './step.ts';

export function existingStep(network: Network, pods: ExistingPods): Step {
  const { kubernetes, clusterNetwork } = network;
  const { title } = distributions[kubernetes.distribution];
  const traits: CniTraits | undefined = pods.cni && cnis[pods.cni];
  const settings = traits?.settings ?? [];
  const file = word(clusterNetwork.readinessFile);
  return {
    title: `The cluster as it is: ${traits?.title ?? `network ${code(clusterNetwork.name)}`}`,
    todo: [
      `Kubernetes ${kubernetes.version}, ${title}. Its network stays: flatlan changes none of its objects and none of its files.`,
      ...(settings.length > 0 ? [bullets(settings.map(({ todo }) => todo))] : ['Nothing to set.']),
      ...(traits?.notes ?? []),
    ],
    see: [
      `On every node ${code(`grep '"name"' ${file}`)} has ${code(`"name": "${clusterNetwork.name}"`)}: Multus hands the first interface of every pod to that network, and waits until the file is there.`,
      `The plugins of that file are in ${code(kubernetes.cni.binDir)}. If a node has these files elsewhere, its runtime was told other folders than ${codes([kubernetes.cni.confDir, kubernetes.cni.binDir], 'and')}: the attachments would not work there.`,
      `\`kubectl get pods --all-namespaces --output wide\` shows pods with addresses of ${code(network.pods.subnet)}, \`kubectl get services --all-namespaces\` CLUSTER-IPs of ${code(kubernetes.services)}. Correct the plan if not: what a pod with an attachment reaches by the cluster's interface, whatever routes the LAN brings, is just these.`,
      ...settings.map(({ check, prints }) => `${code(check)} prints ${code(prints)}.`),
    ],
    back: [
      settings.length > 0
        ? 'Put the settings back after everything below is removed.'
        : 'None needed: nothing was changed.',
    ],
  };
}
