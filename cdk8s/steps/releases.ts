/** The chart's releases, in their order, by Helm. Flux makes the same ones (flux.ts). */
import { neededCrds } from '../constructs/release/needed-crds.ts';
import { repositories } from '../helm/chart-metadata.ts';
import { layerPath, NAMESPACE, network as networkLayer, operators, type Layer } from '../helm/layers.ts';
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
function uninstall(layer: Layer): string[] {
  return [
    `helm upgrade ${layer.release} ${CHART_FOLDER} --namespace ${NAMESPACE} --reuse-values --set global.allowUninstall=true`,
    `helm uninstall ${layer.release} --namespace ${NAMESPACE}`,
  ];
}

export function operatorsStep(network: Network): Step {
  return {
    title: `The operators: release ${code(operators.release)}`,
    todo: [
      'From the folder that holds `charts/`, with a kubeconfig of the new cluster:',
      block('sh', [
        ...Object.entries(repositories).map(([name, url]) => `helm repo add ${name} ${url}`),
        `helm dependency build ${CHART_FOLDER}`,
        `touch ${word(ownValues(network.cluster))}`,
        `kubectl create namespace ${NAMESPACE}`,
        `kubectl label namespace ${NAMESPACE} pod-security.kubernetes.io/enforce=privileged`,
        ...install(operators, network),
      ]),
      `${code(ownValues(network.cluster))} is yours and may stay empty: what stands there wins over the plan in every release, and flatlan never touches it.`,
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

export function networkStep(network: Network): Step {
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
