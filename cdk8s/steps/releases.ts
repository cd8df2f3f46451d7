/** The chart's releases, in their order, by Helm. Flux makes the same ones (flux.ts). */
import { ATTACHMENT_CRD } from '../constructs/release/attachment-crd.ts';
import { neededCrds } from '../constructs/release/needed-crds.ts';
import { repositories } from '../helm/chart-metadata.ts';
import { layerPath, NAMESPACE, network as networkLayer, operators, prerequisites, type Layer } from '../helm/layers.ts';
import type { CalicoNetwork } from '../plan/network/calico.ts';
import type { Network } from '../plan/network/index.ts';
import { CALICO_NODE } from '../platforms/calico.ts';
import { CHART_FOLDER, generatedValues, ownValues } from '../paths.ts';
import { block, code } from './markdown.ts';
import { waitFor, word } from './shell.ts';
import type { Step } from './step.ts';

export function install(layer: Layer, { cluster }: Network): string[] {
  return [
    `helm install ${layer.release} ${CHART_FOLDER} --namespace ${NAMESPACE} \\`,
    `  -f ${CHART_FOLDER}/${layerPath(layer)} -f ${word(generatedValues(cluster))} -f ${word(ownValues(cluster))}`,
  ];
}

/** Uninstalling is refused until it is allowed. */
export function uninstall(layer: Layer): string[] {
  return [
    `helm upgrade ${layer.release} ${CHART_FOLDER} --namespace ${NAMESPACE} --reuse-values --set global.allowUninstall=true`,
    `helm uninstall ${layer.release} --namespace ${NAMESPACE}`,
  ];
}

/** What comes before the first release. */
function beginning({ cluster }: Network): string[] {
  return [
    ...Object.entries(repositories).map(([name, url]) => `helm repo add ${name} ${url}`),
    `helm dependency build ${CHART_FOLDER}`,
    `touch ${word(ownValues(cluster))}`,
    `kubectl create namespace ${NAMESPACE}`,
    `kubectl label namespace ${NAMESPACE} pod-security.kubernetes.io/enforce=privileged`,
  ];
}

function aboutOwnValues({ cluster }: Network): string {
  return `${code(ownValues(cluster))} is yours and may stay empty: what stands there wins over the plan in every release, and flatlan never touches it.`;
}

/** Where a plan has no Calico. */
export function prerequisitesStep(network: Network): Step {
  return {
    title: `The prerequisites: release ${code(prerequisites.release)}`,
    todo: [
      'From the folder that holds `charts/`, with a kubeconfig of the cluster:',
      block('sh', [...beginning(network), ...install(prerequisites, network)]),
      'Helm wants all charts that this one may install; none of upstream is installed here.',
      aboutOwnValues(network),
    ],
    see: [
      block('console', [
        ...waitFor(`crd ${ATTACHMENT_CRD}`, 'condition=Established', '1m'),
        `customresourcedefinition.apiextensions.k8s.io/${ATTACHMENT_CRD} condition met`,
      ]),
    ],
    back: ['The CRD and the namespaces stay, since others may use them.', block('sh', uninstall(prerequisites))],
  };
}

/** The network's release of a plan without Calico: Multus, the node plane and the attachments. */
export function additionsStep(network: Network): Step {
  return {
    title: `The additions: release ${code(networkLayer.release)}`,
    todo: [
      'Multus, the node plane, the attachments and the policy on who may have one. Pods that run go on as they are.',
      block('sh', install(networkLayer, network)),
    ],
    see: [
      block('console', [
        `$ helm test ${networkLayer.release} --namespace ${NAMESPACE} --logs`,
        '...',
        'Phase: Succeeded',
      ]),
      `On a node ${code(`ls ${word(network.kubernetes.cni.confDir)}`)} has ${code('0-multus.conf')} as the first file beside ${code(network.clusterNetwork.readinessFile.split('/').at(-1))}. A new pod without an annotation starts as before.`,
    ],
    back: [
      'Take away what uses an attachment first. Multus takes its file off every node, and new pods start by the old network alone.',
      block('sh', uninstall(networkLayer)),
    ],
  };
}

export function operatorsStep(network: CalicoNetwork): Step {
  return {
    title: `The operators: release ${code(operators.release)}`,
    todo: [
      'From the folder that holds `charts/`, with a kubeconfig of the new cluster:',
      block('sh', [...beginning(network), ...install(operators, network)]),
      aboutOwnValues(network),
      "Without `--wait`: MetalLB's controller waits for the network, which comes next.",
    ],
    see: [
      block('console', [
        `$ kubectl rollout status deployment/tigera-operator --namespace ${NAMESPACE} --timeout 3m`,
        'deployment "tigera-operator" successfully rolled out',
        ...waitFor(`crd ${neededCrds[0]}`, 'condition=Established', '3m'),
        `customresourcedefinition.apiextensions.k8s.io/${neededCrds[0]} condition met`,
      ]),
      `MetalLB's controller is ${code('Pending')} or ${code('ContainerCreating')}: that is right.`,
    ],
    back: [block('sh', uninstall(operators))],
  };
}

export function networkStep(network: CalicoNetwork): Step {
  const names =
    network.nodes.length === 1 ? `${code(network.nodes[0]?.name)} is` : `all ${network.nodes.length} nodes are`;
  const password = network.bgp.passwordSecret !== undefined;
  return {
    title: `The network: release ${code(networkLayer.release)}`,
    todo: [
      'It is refused, in one sentence, while the CRDs of the operator are not installed yet.',
      block('sh', install(networkLayer, network)),
    ],
    see: [
      'Within two minutes:',
      block('console', [
        ...waitFor('tigerastatus ippools', 'condition=Available', '5m'),
        'tigerastatus.operator.tigera.io/ippools condition met',
      ]),
      password
        ? `The nodes' sessions wait for the password, which comes next: ${code(CALICO_NODE)} is running and not ready, \`kubectl get tigerastatus calico\` not yet ${code('AVAILABLE')}.`
        : `\`kubectl get nodes\`: ${names} ${code('Ready')}.`,
    ],
    back: ['Every pod loses its network with it: take applications away first.', block('sh', uninstall(networkLayer))],
  };
}
