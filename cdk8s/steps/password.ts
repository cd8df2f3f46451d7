/** The BGP password: the one thing that no file of flatlan holds. */
import type { Network, SecretKey } from '../plan/network/index.ts';
import { block, code } from './markdown.ts';
import { word } from './shell.ts';
import type { Step } from './step.ts';
import { CALICO_NAMESPACE, CALICO_NODE } from '../platforms/calico.ts';

export function passwordSteps({ bgp }: Network): Step[] {
  return bgp?.passwordSecret ? [passwordStep(bgp.passwordSecret)] : [];
}

function passwordStep({ name, key }: SecretKey): Step {
  return {
    title: `The BGP password: Secret ${code(name)}`,
    todo: [
      `The same as at the router's neighbors; letters and digits, since a line break or a double quote stops BGP on every node. ${code(CALICO_NAMESPACE)} is made by the operator, soon after the step before.`,
      block('sh', [
        `kubectl wait namespace ${CALICO_NAMESPACE} --for=create --timeout 3m`,
        'read -rs PASSWORD',
        `kubectl create secret generic ${word(name)} --namespace ${CALICO_NAMESPACE} --from-literal=${word(key)}="$PASSWORD"`,
        'unset PASSWORD',
      ]),
    ],
    see: [
      block('console', [
        `$ kubectl wait daemonset/${CALICO_NODE} --namespace ${CALICO_NAMESPACE} --for=create --timeout 5m`,
        `daemonset.apps/${CALICO_NODE} condition met`,
        `$ kubectl rollout status daemonset/${CALICO_NODE} --namespace ${CALICO_NAMESPACE} --timeout 5m`,
        `daemon set "${CALICO_NODE}" successfully rolled out`,
      ]),
      'A node is ready once its session is established. One that stays unready has another password than the router, or no neighbor there.',
    ],
    back: [
      `${code(`kubectl delete secret ${word(name)} --namespace ${CALICO_NAMESPACE}`)}: sessions then run without a password, and a router that asks for one refuses them. The Secret is deleted with the network, too; create it again after a new installation.`,
    ],
  };
}
